/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.store;

import static io.clowder.store.Rendered.render;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Reads what format 1 wrote, and writes it again. */
class GoldenFilesTest {

    @TestFactory
    Stream<DynamicTest> readsAndWritesFormat1() {
        return Golden.samples().stream().map(sample -> DynamicTest.dynamicTest(sample.name(), () -> check(sample)));
    }

    private static void check(Golden.Sample<?> sample) throws IOException {
        try (InputStream file =
                GoldenFilesTest.class.getResourceAsStream("/record/format-1/" + sample.name() + ".bin")) {
            assertThat(file).as("file of %s", sample.name()).isNotNull();
            byte[] bytes = file.readAllBytes();
            assertThat(render(sample.read(bytes))).isEqualTo(render(sample.value()));
            assertThat(sample.rewritten(bytes)).isEqualTo(bytes);
            assertThat(sample.written()).isEqualTo(bytes);
        }
    }
}
