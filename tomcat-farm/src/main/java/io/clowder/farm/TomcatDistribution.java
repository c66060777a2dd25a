/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.farm;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** An unpacked Tomcat: the CATALINA_HOME that any number of {@link TomcatNode}s share and none of them changes. */
public record TomcatDistribution(Path home) {
    /** System property naming the folder that holds the unpacked distributions. */
    public static final String FOLDER_PROPERTY = "clowder.tomcats";

    private static final String COMMAND = "mvn -pl tomcat-farm generate-resources";
    private static final String PREFIX = "apache-tomcat-";

    public TomcatDistribution {
        home = home.toAbsolutePath().normalize();
        if (!Files.isRegularFile(home.resolve("bin/bootstrap.jar"))) {
            throw new IllegalArgumentException("No Tomcat in " + home + ": bin/bootstrap.jar is missing");
        }
    }

    /** The distribution of Tomcat {@code major} (10 or 11) that the build of this module unpacked. */
    public static TomcatDistribution ofMajor(int major) {
        Path folder = folder();
        try (Stream<Path> found = Files.list(folder)) {
            return found.filter(dir -> dir.getFileName().toString().startsWith(PREFIX + major + "."))
                    .filter(dir -> Files.isRegularFile(dir.resolve("bin/bootstrap.jar")))
                    .max(Comparator.comparing(Path::getFileName, TomcatDistribution::compareVersions))
                    .map(TomcatDistribution::new)
                    .orElseThrow(() -> new IllegalStateException(
                            "No Tomcat " + major + " in " + folder + "; `" + COMMAND + "` fetches it"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** As in the name of its folder: {@code 10.1.59}. */
    public String version() {
        return home.getFileName().toString().replace(PREFIX, "");
    }

    @Override
    public String toString() {
        return "Tomcat " + version();
    }

    private static Path folder() {
        String given = System.getProperty(FOLDER_PROPERTY);
        return given != null ? Path.of(given) : Built.at("tomcat-farm/target/tomcats", COMMAND);
    }

    private static int compareVersions(Path one, Path other) {
        List<Integer> left = numbers(one);
        List<Integer> right = numbers(other);
        for (int i = 0; i < Math.min(left.size(), right.size()); i++) {
            int order = left.get(i).compareTo(right.get(i));
            if (order != 0) {
                return order;
            }
        }
        return Integer.compare(left.size(), right.size());
    }

    private static List<Integer> numbers(Path dir) {
        return Stream.of(dir.getFileName().toString().split("\\D+"))
                .filter(digits -> !digits.isEmpty())
                .map(Integer::valueOf)
                .toList();
    }
}
