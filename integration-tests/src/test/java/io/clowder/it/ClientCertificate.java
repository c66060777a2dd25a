/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.it;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The certificate of CN=tom, as a proxy that ends TLS passes it on. */
final class ClientCertificate {
    /** The header that Tomcat's SSLValve reads. */
    static final String HEADER = "ssl_client_escaped_cert";

    private static final String PASSWORD = "whatever";

    private ClientCertificate() {}

    /** A fresh one, as the value of {@link #HEADER}. */
    static String escaped() {
        try {
            Path folder = Files.createTempDirectory(Files.createDirectories(Path.of("target/certificates")), "tom");
            Path store = folder.resolve("tom.p12");
            keytool("-genkeypair", "-alias", "tom", "-dname", "CN=tom", "-keyalg", "EC", "-keystore", store.toString());
            String pem = keytool("-exportcert", "-rfc", "-alias", "tom", "-keystore", store.toString());
            return URLEncoder.encode(pem.substring(pem.indexOf("-----BEGIN")), StandardCharsets.UTF_8)
                    .replace("+", "%20");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String keytool(String... arguments) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
        command.addAll(List.of(arguments));
        command.addAll(List.of("-storepass", PASSWORD));
        Process process = new ProcessBuilder(command).start();
        process.getOutputStream().close();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
        try {
            if (process.waitFor() != 0) {
                throw new IOException(new String(process.getErrorStream().readAllBytes(), StandardCharsets.US_ASCII));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(e);
        }
        return out;
    }
}
