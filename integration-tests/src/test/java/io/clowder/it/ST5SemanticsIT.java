/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.clowder.farm.TomcatNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** ST-5: in all corners of HttpSession's contract, the difference to Tomcat's StandardManager is empty. */
@ExtendWith(TwoNodes.Shared.class)
class ST5SemanticsIT {

    @Test
    void theDifferenceToStandardManagerIsEmpty(TwoNodes two) {
        List<String> standard = lines(two.a(), "/standard");
        assertThat(standard).hasSizeGreaterThan(150).contains("get what was set -> true", "same list -> true");
        assertThat(lines(two.a(), "/probe")).containsExactlyElementsOf(standard);
        assertThat(lines(two.a(), "/distributable")).containsExactlyElementsOf(standard);
    }

    /** The one difference is meant: a roaming session's id names no node. */
    @Test
    void soItIsInRoamingMode(TwoNodes two) {
        assertThat(withoutRoute(lines(two.a(), "/roaming")))
                .containsExactlyElementsOf(withoutRoute(lines(two.a(), "/standard")));
    }

    private static List<String> withoutRoute(List<String> lines) {
        return lines.stream()
                .filter(line -> !line.startsWith("route -> "))
                .map(line -> line.replace("<id>.a", "<id>"))
                .toList();
    }

    /** What a node's manager does with one session from its first request on, and with the next one until it expired. */
    static List<String> lines(TomcatNode node, String app) {
        HttpUser user = new HttpUser();
        List<String> lines = new ArrayList<>();
        for (String part : List.of("first", "second", "second", "ids", "second", "end", "after", "short")) {
            part(user, node, app, part, lines);
        }
        Nodes.letPass(Duration.ofMillis(2_100));
        part(user, node, app, "expired", lines);
        return lines;
    }

    private static void part(HttpUser user, TomcatNode node, String app, String part, List<String> lines) {
        Answer answer = user.get(node, app + "/semantics?part=" + part);
        assertThat(answer.status()).as("%s of %s: %s", part, app, answer.body()).isEqualTo(200);
        lines.add("part " + part + " sets " + answer.setCookies().size() + " cookies");
        lines.addAll(answer.lines());
    }
}
