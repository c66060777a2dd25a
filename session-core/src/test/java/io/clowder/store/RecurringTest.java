/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class RecurringTest {

    private final Recurring<String> names = new Recurring<>();

    @Test
    void equalValuesAreOne() {
        String first = names.of(copy("cart"));
        assertThat(names.of(copy("cart"))).isSameAs(first);
        assertThat(names.of(copy("user"))).isEqualTo("user").isNotSameAs(first);
    }

    @Test
    void whoComesLaterToAPlaceHasIt() {
        assertThat("Aa".hashCode()).isEqualTo("BB".hashCode());
        String first = names.of(copy("Aa"));
        String second = names.of(copy("BB"));
        assertThat(second).isEqualTo("BB");
        assertThat(names.of(copy("BB"))).isSameAs(second);
        assertThat(names.of(copy("Aa"))).isEqualTo("Aa").isNotSameAs(first);
    }

    /** Of a new object, as one that is decoded. */
    private static String copy(String text) {
        return new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8);
    }
}
