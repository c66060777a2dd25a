/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.it;

import static org.assertj.core.api.Assertions.assertThat;

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

    /** Two clocks; shorter than the pauses between the requests, in milliseconds. */
    private static final long SLACK = 1_000;

    @Test
    void timesGoOnWhereverTheSessionIs(TwoNodes two) {
        HttpUser user = new HttpUser();
        long from = System.currentTimeMillis();
        List<String> first = user.does(two.a(), APP, "isNew", "created", "accessed", "interval:600");
        long until = System.currentTimeMillis();
        assertThat(first).startsWith("true", first.get(2));
        String created = first.get(1);
        assertThat(Long.parseLong(created)).isBetween(from - SLACK, until + SLACK);

        for (TomcatNode node : List.of(two.a(), two.b(), two.b(), two.a(), two.b())) {
            Nodes.letPass(Duration.ofMillis(2_200));
            long began = System.currentTimeMillis();
            List<String> later = user.does(node, APP, "isNew", "created", "accessed", "interval");
            assertThat(later.get(0)).isEqualTo("false");
            assertThat(later.get(1)).isEqualTo(created);
            assertThat(Long.parseLong(later.get(2))).as("last access, %s", node).isBetween(from - SLACK, until + SLACK);
            assertThat(later.get(3)).isEqualTo("600");
            from = began;
            until = System.currentTimeMillis();
        }
    }

    @Test
    void timesGoOnWithoutAHolderToo(ThreeNodes three) {
        HttpUser user = new HttpUser();
        long from = System.currentTimeMillis();
        List<String> first = user.does(three.a(), ThreeNodes.ROAMING, "isNew", "created", "accessed");
        long until = System.currentTimeMillis();
        assertThat(first).startsWith("true", first.get(2));
        for (int i = 1; i <= 9; i++) {
            Nodes.letPass(Duration.ofMillis(2_100));
            long began = System.currentTimeMillis();
            List<String> later = user.does(three.turn(i), ThreeNodes.ROAMING, "isNew", "created", "accessed");
            assertThat(later.get(0)).isEqualTo("false");
            assertThat(later.get(1)).isEqualTo(first.get(1));
            assertThat(Long.parseLong(later.get(2)))
                    .as("last access, click %d", i)
                    .isBetween(from - SLACK, until + SLACK);
            from = began;
            until = System.currentTimeMillis();
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
