/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.chaos;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** The web archive that the nodes serve, made of the classes of {@code io.clowder.chaos.app}. */
final class Archive {
    private static final String WEB_XML = """
            <web-app xmlns="https://jakarta.ee/xml/ns/jakartaee" version="6.0" metadata-complete="true">
              <absolute-ordering/>
              <servlet>
                <servlet-name>chaos</servlet-name>
                <servlet-class>io.clowder.chaos.app.ChaosServlet</servlet-class>
              </servlet>
              <servlet>
                <servlet-name>node</servlet-name>
                <servlet-class>io.clowder.chaos.app.NodeServlet</servlet-class>
              </servlet>
              <servlet-mapping><servlet-name>chaos</servlet-name><url-pattern>/do</url-pattern></servlet-mapping>
              <servlet-mapping><servlet-name>node</servlet-name><url-pattern>/node</url-pattern></servlet-mapping>
              %s
            </web-app>
            """;

    /** Its classes need what a Tomcat has, so they cannot be named here. */
    private static final String APP = "io/clowder/chaos/app";

    private Archive() {}

    /**
     * Writes the archive.
     *
     * @param manager attributes of its Manager, in addition to its class
     * @param webXml what stands in web.xml besides the servlets
     */
    static Path write(Path war, String manager, String webXml) {
        try {
            Path root = Path.of(Archive.class
                    .getProtectionDomain()
                    .getCodeSource()
                    .getLocation()
                    .toURI());
            Path classes = root.resolve(APP);
            Files.createDirectories(war.getParent());
            try (Stream<Path> files = Files.list(classes);
                    OutputStream file = Files.newOutputStream(war);
                    ZipOutputStream zip = new ZipOutputStream(file)) {
                List<Path> all =
                        files.filter(one -> one.toString().endsWith(".class")).toList();
                for (Path one : all) {
                    put(zip, "WEB-INF/classes/" + root.relativize(one), Files.readAllBytes(one));
                }
                put(zip, "WEB-INF/web.xml", WEB_XML.formatted(webXml).getBytes(UTF_8));
                String context =
                        "<Context><Manager className=\"io.clowder.tomcat.ClowderManager\" " + manager + "/></Context>";
                put(zip, "META-INF/context.xml", context.getBytes(UTF_8));
            }
            return war;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void put(ZipOutputStream zip, String name, byte[] bytes) throws IOException {
        zip.putNextEntry(new ZipEntry(name));
        zip.write(bytes);
    }
}
