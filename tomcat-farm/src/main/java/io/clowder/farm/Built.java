/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.farm;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** Finds what the build of a module left in its target folder, wherever in the source tree this JVM was started. */
public final class Built {
    private Built() {}

    /**
     * The file or folder at {@code relative} to the root of the source tree.
     *
     * @throws IllegalStateException naming {@code command}, which would make it
     */
    static Path at(String relative, String command) {
        // A test runs in its module's folder, the demo at the root, an IDE in either.
        for (Path dir = Path.of("").toAbsolutePath(); dir != null; dir = dir.getParent()) {
            if (Files.exists(dir.resolve(relative))) {
                return dir.resolve(relative);
            }
        }
        throw new IllegalStateException(
                "No " + relative + " here or in a folder above; `" + command + "` at the root makes it");
    }

    /** The jars that go into a Tomcat's lib/. */
    public static Path distributionLib() {
        String command = "mvn -pl tomcat-manager -am package -DskipTests";
        Path target = at("tomcat-manager/target", command);
        try (Stream<Path> found = Files.list(target)) {
            return found.filter(dir -> dir.getFileName().toString().startsWith("clowder-"))
                    .map(dir -> dir.resolve("lib"))
                    .filter(Files::isDirectory)
                    .findFirst()
                    .orElseThrow(() -> new IllegalStateException(
                            "No clowder-<version>/lib in " + target + "; `" + command + "` makes it"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static Path sample() {
        return at("sample-war/target/sample.war", "mvn -pl sample-war -am package");
    }
}
