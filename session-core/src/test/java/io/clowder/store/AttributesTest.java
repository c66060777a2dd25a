/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class AttributesTest {

    private static final OperationId OPERATION = new OperationId(NodeId.random(), 1);

    /** Random changes, beside a hash map. */
    @Test
    void itIsAMap() {
        Property.holds(100, 50, (seed, steps) -> {
            Random random = new Random(seed);
            Map<String, StoredAttribute> expected = new HashMap<>();
            Attributes attributes = Attributes.of(Map.of());
            for (int i = 0; i < steps; i++) {
                Attributes before = attributes;
                Map<String, StoredAttribute> then = new HashMap<>(expected);
                Map<String, StoredAttribute> set = new HashMap<>();
                Set<String> removed = new HashSet<>();
                for (int n = random.nextInt(4); n > 0; n--) {
                    set.put("n" + random.nextInt(12), attribute(i));
                }
                if (random.nextInt(3) == 0) {
                    removed.add("n" + random.nextInt(12));
                }
                expected.putAll(set);
                expected.keySet().removeAll(removed);
                attributes = attributes.with(set, removed);
                assertThat(attributes).isEqualTo(expected).hasSameSizeAs(expected);
                for (int n = 0; n < 12; n++) {
                    assertThat(attributes.get("n" + n)).isSameAs(expected.get("n" + n));
                    assertThat(attributes.containsKey("n" + n)).isEqualTo(expected.containsKey("n" + n));
                }
                assertThat(before).as("the state before").isEqualTo(then);
            }
            assertThat(Attributes.of(attributes)).isSameAs(attributes);
            assertThat(Attributes.of(expected)).isEqualTo(attributes);
            assertThat(List.copyOf(attributes.keySet())).isSorted();
        });
    }

    private static StoredAttribute attribute(int number) {
        return new StoredAttribute(new byte[0], new Version(number, OPERATION), number);
    }
}
