/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.store;

import static io.clowder.store.Rendered.render;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.io.InputStream;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * Rolling upgrades: reads what format 1 wrote, and writes it again. The attributes' values have files of their own, see {@link
 * io.clowder.codec}.
 */
class RU1GoldenFilesTest {

    @TestFactory
    Stream<DynamicTest> readsAndWritesFormat1() {
        return Golden.samples().stream().map(sample -> DynamicTest.dynamicTest(sample.name(), () -> check(sample)));
    }

    @Test
    void everythingThatIsStoredOrSentHasItsFile() {
        Set<Class<?>> kinds = new HashSet<>();
        Golden.samples().forEach(sample -> kinds.add(sample.value().getClass()));
        Set<Class<?>> expected = new HashSet<>(Set.of(SessionDelta.class));
        for (Class<?> values : List.of(StoredSession.class, Command.class, Answer.class)) {
            expected.addAll(List.of(values.getPermittedSubclasses()));
        }
        assertThat(kinds).isEqualTo(expected);
    }

    @Test
    void whatALaterReleaseWroteIsNamedAndStaysAsItIs() {
        for (Golden.Sample<?> sample : Golden.samples()) {
            byte[] later = sample.written();
            later[0] = 2;
            byte[] before = later.clone();
            assertThatIllegalArgumentException()
                    .as(sample.name())
                    .isThrownBy(() -> sample.read(later))
                    .withMessage("This record has format 2; this version of Clowder reads format 1");
            assertThat(later).isEqualTo(before);
        }
    }

    @Test
    void noCommandTouchesAnEntryOfALaterRelease() {
        InMemoryCluster cluster = new InMemoryCluster();
        byte[] later =
                RecordFormat.write((StoredSession) Golden.samples().get(0).value());
        later[0] = 2;
        cluster.plant("ID", later.clone());
        for (Golden.Sample<?> sample : Golden.samples()) {
            if (sample.value() instanceof Command command) {
                assertThatIllegalArgumentException()
                        .as(sample.name())
                        .isThrownBy(() -> cluster.execute("ID", command))
                        .withMessageContaining("format 2");
            }
        }
        assertThat(cluster.bytes("ID")).isEqualTo(later);
    }

    private static void check(Golden.Sample<?> sample) throws IOException {
        String name = "/record/format-1/" + sample.name() + ".bin";
        try (InputStream file = RU1GoldenFilesTest.class.getResourceAsStream(name)) {
            assertThat(file).as("file of %s", sample.name()).isNotNull();
            byte[] bytes = file.readAllBytes();
            assertThat(render(sample.read(bytes))).isEqualTo(render(sample.value()));
            assertThat(sample.rewritten(bytes)).isEqualTo(bytes);
            assertThat(sample.written()).isEqualTo(bytes);
        }
    }
}
