/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.clowder.farm.TomcatNode;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** ID-4 where applications share the cookie: an id is taken over from another application, and from nobody else. */
@ExtendWith(TwoNodes.Shared.class)
class ID4RootPathIT {
    private static final String APP = "/root1";
    private static final String OTHER = "/root2";

    @Test
    void anUnknownIdIsNotAdoptedAndCostsOneLookUp(TwoNodes two) {
        for (TomcatNode node : List.of(two.a(), two.b())) {
            String id = UUID.randomUUID().toString().replace("-", "").toUpperCase(Locale.ROOT);
            HttpUser user = new HttpUser().comesWith("/", id);
            long before = operations(two, APP);
            long others = operations(two, OTHER);
            List<String> made = user.does(node, APP, "found", "isNew", "id", "found");
            assertThat(made.subList(0, 2)).containsExactly("none", "true");
            assertThat(made.get(2)).doesNotStartWith(id);
            assertThat(operations(two, APP) - before)
                    .as("one look-up, one creation")
                    .isEqualTo(2);
            // Tomcat asks each application whether the id is one of its own.
            assertThat(operations(two, OTHER) - others).isEqualTo(1);
        }
    }

    @Test
    void anIdThatHasEndedEverywhereIsNotUsedAgain(TwoNodes two) {
        HttpUser user = new HttpUser();
        user.does(two.a(), APP, "set:x=1");
        user.does(two.b(), OTHER, "set:x=2");
        String id = user.base();
        user.does(two.a(), OTHER, "end");
        HttpUser again = new HttpUser().comesWith("/", id + ".a");
        assertThat(again.does(two.b(), OTHER, "isNew", "names")).containsExactly("true", "");
        assertThat(again.base()).as("of a session that lives in %s", APP).isEqualTo(id);
        again.does(two.a(), OTHER, "end");
        user.does(two.b(), APP, "end");
        for (TomcatNode node : List.of(two.a(), two.b())) {
            for (String app : List.of(APP, OTHER)) {
                HttpUser late = new HttpUser().comesWith("/", id + ".b");
                assertThat(late.does(node, app, "isNew", "names", "set:x=3")).containsExactly("true", "", "ok");
                assertThat(late.base()).as("%s%s", node, app).isNotEqualTo(id);
            }
        }
    }

    /** Who logs in to one application gets a new id for all; the attacker keeps what he had before, without a login. */
    @Test
    void aFixedIdIsNotLoggedInToAnyOfThem(TwoNodes two) {
        HttpUser attacker = new HttpUser();
        attacker.does(two.a(), OTHER, "set:bait=1");
        String fixed = attacker.sessionId();
        HttpUser victim = new HttpUser().comesWith("/", fixed);
        victim.does(two.b(), APP, "set:x=1", "login:tom=" + TwoNodes.PASSWORD, "user");
        assertThat(victim.base()).isNotEqualTo(attacker.base());
        assertThat(victim.asks(two.a(), APP, "user")).isEqualTo("tom by NONE");
        for (TomcatNode node : List.of(two.a(), two.b())) {
            for (String app : List.of(APP, OTHER)) {
                HttpUser again = new HttpUser().comesWith("/", fixed);
                assertThat(again.asks(node, app, "user")).as("%s%s", node, app).isEqualTo("null by null");
                assertThat(again.asks(node, app, "get:x")).as("%s%s", node, app).isEqualTo("null");
            }
        }
    }

    private static long operations(TwoNodes two, String app) {
        return Nodes.counter(two.a(), app, "storeOperations") + Nodes.counter(two.b(), app, "storeOperations");
    }
}
