/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What the README shows and names is there. */
class ReadmeTest {
    private static final Path ROOT = Path.of("").toAbsolutePath().getParent();

    private final String readme = text(ROOT.resolve("README.md"));

    @Test
    void everyBlockOfCodeIsAnExample() {
        List<String> files = examples().map(ReadmeTest::text).toList();
        List<String> blocks = found("(?ms)^```\\w+\\n(.*?)^```$");
        assertThat(blocks).isNotEmpty();
        for (String block : blocks) {
            assertThat(files).contains(block);
        }
    }

    @Test
    void everyElementIsPartOfAnExample() {
        List<String> files = examples().map(ReadmeTest::text).toList();
        List<String> elements = found("`(<[A-Z][^`]*>)`");
        assertThat(elements).isNotEmpty();
        for (String element : elements) {
            assertThat(files).as(element).anyMatch(file -> file.contains(element));
        }
    }

    @Test
    void everyLinkLeadsSomewhere() {
        for (String link : found("]\\(([^)#:]+)\\)")) {
            assertThat(ROOT.resolve(link)).exists();
        }
    }

    @Test
    void theVersionsAreThoseOfTheBuild() {
        String pom = text(ROOT.resolve("pom.xml"));
        for (String name : List.of("tomcat10", "tomcat11", "hazelcast")) {
            var version = Pattern.compile("<" + name + ".version>(.*)</").matcher(pom);
            assertThat(version.find()).isTrue();
            assertThat(readme).contains(version.group(1));
        }
    }

    @Test
    void everyTestThatIsNamedIsThere() throws IOException {
        List<String> tests = found("`(\\w+(?:IT|Test))`");
        assertThat(tests).isNotEmpty();
        List<String> there = new ArrayList<>();
        for (String module : List.of(
                "session-core",
                "hazelcast-config",
                "tomcat-manager",
                "conf-examples",
                "integration-tests",
                "chaos-tests")) {
            try (Stream<Path> files = Files.walk(ROOT.resolve(module).resolve("src/test"))) {
                files.forEach(file -> there.add(file.getFileName().toString()));
            }
        }
        assertThat(there).containsAll(tests.stream().map(test -> test + ".java").toList());
    }

    private List<String> found(String pattern) {
        return Pattern.compile(pattern)
                .matcher(readme)
                .results()
                .map((MatchResult result) -> result.group(1))
                .toList();
    }

    private static Stream<Path> examples() {
        try (Stream<Path> files = Files.walk(ROOT.resolve("conf-examples"), 2)) {
            return files
                    .filter(file -> file.toString().matches(".*\\.(xml|sh|conf)"))
                    .filter(file ->
                            !file.endsWith("pom.xml") && !file.toString().contains("target"))
                    .toList()
                    .stream();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
