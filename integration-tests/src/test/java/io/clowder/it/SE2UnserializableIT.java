/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** SE-2: what cannot be serialized stays on its node, the rest is replicated, and one warning names the culprit. */
@ExtendWith(TwoNodes.Shared.class)
class SE2UnserializableIT {
    private static final String APP = "/probe";

    @Test
    void theRestIsReplicated(TwoNodes two) {
        HttpUser user = new HttpUser();
        assertThat(user.does(two.a(), APP, "set:s=1", "int:n=2", "cart:c=milk", "object:thing", "holder:box"))
                .containsExactly("ok", "ok", "milk", "ok", "ok");
        assertThat(user.does(two.a(), APP, "names", "type:thing", "type:box", "get:s"))
                .containsExactly("box,c,n,s,thing", "java.lang.Object", "io.clowder.it.app.Holder", "1");

        assertThat(user.does(two.b(), APP, "names", "get:s", "get:n", "get:c"))
                .containsExactly("c,n,s", "1", "2", "milk");
    }

    @Test
    void oneWarningForEachNameSaysWhere(TwoNodes two) {
        HttpUser user = new HttpUser();
        for (int i = 0; i < 5; i++) {
            user.does(two.a(), APP, "object:warnPlain", "holder:warnHolder", "set:good=" + i);
            new HttpUser().does(two.a(), APP, "object:warnPlain", "holder:warnHolder");
        }
        assertThat(Nodes.linesWith(two.a().log(), "WARNING", "warnPlain"))
                .singleElement()
                .asString()
                .contains("java.lang.Object");
        assertThat(Nodes.linesWith(two.a().log(), "WARNING", "warnHolder"))
                .singleElement()
                .asString()
                .contains("io.clowder.it.app.Holder", "culprit", "java.lang.Object");
        assertThat(user.does(two.b(), APP, "names", "get:good")).containsExactly("good", "4");
    }

    @Test
    void strictRefusesWhatCannotBeReplicated(TwoNodes two) {
        HttpUser user = new HttpUser();
        List<String> lines =
                user.does(two.a(), "/strict", "set:s=1", "object:thing", "holder:box", "cart:c=milk", "names");
        assertThat(lines.get(1)).startsWith("refused ").contains("thing");
        assertThat(lines.get(2)).startsWith("refused ").contains("box");
        assertThat(lines).last().isEqualTo("c,s");
        assertThat(user.does(two.b(), "/strict", "names", "get:c")).containsExactly("c,s", "milk");
    }

    @Test
    void nullsAreHarmless(TwoNodes two) {
        for (String app : List.of(APP, "/strict")) {
            HttpUser user = new HttpUser();
            assertThat(user.does(two.a(), app, "set:s=1", "null:s", "null:never", "set:t=2", "names"))
                    .containsExactly("ok", "ok", "ok", "ok", "t");
            assertThat(user.does(two.b(), app, "names", "null:t", "names")).containsExactly("t", "ok", "");
            assertThat(user.does(two.a(), app, "names", "isNew")).containsExactly("", "false");
        }
    }

    @Test
    void whatIsNowSerializableIsReplicatedAgain(TwoNodes two) {
        HttpUser user = new HttpUser();
        user.does(two.a(), APP, "object:changing", "set:s=1");
        user.does(two.a(), APP, "set:changing=text");
        assertThat(user.does(two.b(), APP, "names", "get:changing")).containsExactly("changing,s", "text");
    }

    @Test
    void anAttributeThatBecameUnserializableIsNotShownWithItsOldValue(TwoNodes two) {
        HttpUser user = new HttpUser();
        user.does(two.a(), APP, "set:worse=good", "set:s=1");
        user.does(two.a(), APP, "object:worse");
        assertThat(user.does(two.b(), APP, "names", "get:worse")).containsExactly("s", "null");
    }
}
