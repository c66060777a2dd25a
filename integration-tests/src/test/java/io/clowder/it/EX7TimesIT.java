/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.clowder.farm.TomcatNode;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** EX-7: times and newness of a session do not depend on the node that is asked. */
@Tag("any-tomcat")
@ExtendWith({TwoNodes.Shared.class, ThreeNodes.Shared.class})
class EX7TimesIT {
    private static final String APP = "/probe";

    @Test
    void timesGoOnWhereverTheSessionIs(TwoNodes two) {
        HttpUser user = new HttpUser();
        long previous = System.currentTimeMillis();
        List<String> first = user.does(two.a(), APP, "isNew", "created", "accessed", "interval:600");
        assertThat(first).startsWith("true", first.get(2));
        String created = first.get(1);
        assertThat(Long.parseLong(created)).isCloseTo(previous, within(1_000L));

        for (TomcatNode node : List.of(two.a(), two.b(), two.b(), two.a(), two.b())) {
            Nodes.letPass(Duration.ofMillis(2_200));
            long now = System.currentTimeMillis();
            List<String> later = user.does(node, APP, "isNew", "created", "accessed", "interval");
            assertThat(later.get(0)).isEqualTo("false");
            assertThat(later.get(1)).isEqualTo(created);
            assertThat(Long.parseLong(later.get(2))).as("last access, %s", node).isCloseTo(previous, within(1_000L));
            assertThat(later.get(3)).isEqualTo("600");
            previous = now;
        }
    }

    @Test
    void timesGoOnWithoutAHolderToo(ThreeNodes three) {
        HttpUser user = new HttpUser();
        long previous = System.currentTimeMillis();
        List<String> first = user.does(three.a(), ThreeNodes.ROAMING, "isNew", "created", "accessed");
        assertThat(first).startsWith("true", first.get(2));
        for (int i = 1; i <= 9; i++) {
            Nodes.letPass(Duration.ofMillis(2_100));
            long now = System.currentTimeMillis();
            List<String> later = user.does(three.turn(i), ThreeNodes.ROAMING, "isNew", "created", "accessed");
            assertThat(later.get(0)).isEqualTo("false");
            assertThat(later.get(1)).isEqualTo(first.get(1));
            assertThat(Long.parseLong(later.get(2)))
                    .as("last access, click %d", i)
                    .isCloseTo(previous, within(1_000L));
            previous = now;
        }
        assertThat(user.route()).isEmpty();
    }

    @Test
    void timesOutliveTheNode(TwoNodes two) {
        HttpUser user = new HttpUser();
        String created = user.asks(two.a(), APP, "created");
        two.a().kill();
        assertThat(user.does(two.b(), APP, "created", "isNew")).containsExactly(created, "false");
    }
}
