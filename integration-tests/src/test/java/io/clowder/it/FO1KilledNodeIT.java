/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.clowder.farm.TomcatNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.parallel.Isolated;

/** FO-1: the click right after a node died finds everything, and what it writes stays. */
@Tag("any-tomcat")
@ExtendWith(TwoNodes.Shared.class)
@Isolated("its bounds are those of a machine that does nothing else")
class FO1KilledNodeIT {
    private static final int SESSIONS = 300;
    private static final String APP = "/probe";

    private record Client(HttpUser user, String base, int number) {}

    @Test
    void threeHundredSessionsAreWholeOnTheOtherNode(TwoNodes two) {
        killAndGoOn(two.a(), List.of(two.b()));
    }

    @Test
    void threeHundredSessionsAreWholeOnTwoOtherNodes(TwoNodes two) {
        TomcatNode c = two.start("c", UnaryOperator.identity());
        try {
            two.nodes().settled();
            killAndGoOn(two.a(), List.of(two.b(), c));
        } finally {
            two.nodes().forget(c);
        }
    }

    private static void killAndGoOn(TomcatNode killed, List<TomcatNode> others) {
        List<Client> clients = new ArrayList<>();
        for (int i = 0; i < SESSIONS; i++) {
            HttpUser user = new HttpUser();
            user.does(killed, APP, "set:name=client " + i, "int:number=" + i, "cart:cart=milk", "cart:cart=fish " + i);
            clients.add(new Client(user, user.base(), i));
        }
        List<WaitingRequest> next = clients.stream()
                .map(client -> client.user()
                        .waiting(
                                others.get(client.number() % others.size()),
                                HttpUser.doing(
                                        APP,
                                        "set:after=written by " + client.number(),
                                        "get:name",
                                        "get:number",
                                        "get:cart",
                                        "names",
                                        "isNew")))
                .toList();

        killed.kill();
        long dead = System.nanoTime();
        next.get(0).send();
        Duration first = Duration.ofNanos(System.nanoTime() - dead);
        next.subList(1, next.size()).forEach(WaitingRequest::send);
        Duration last = Duration.ofNanos(System.nanoTime() - dead);
        System.out.printf(
                "After the death, the first request left after %d ms, the last after %d ms%n",
                first.toMillis(), last.toMillis());
        assertThat(first).isLessThan(Duration.ofMillis(100));
        assertThat(last).isLessThan(Duration.ofMillis(500));

        for (Client client : clients) {
            TomcatNode node = others.get(client.number() % others.size());
            Answer answer = next.get(client.number()).answer();
            assertThat(answer.status()).as(answer.body()).isEqualTo(200);
            assertThat(answer.lines())
                    .containsExactly(
                            "ok",
                            "client " + client.number(),
                            "" + client.number(),
                            "milk|fish " + client.number(),
                            "after,cart,name,number",
                            "false");
            assertThat(client.user().base()).isEqualTo(client.base());
            assertThat(client.user().route()).isEqualTo(HttpUser.routeOf(node));
        }
        for (Client client : clients) {
            assertThat(client.user().does(others.get(client.number() % others.size()), APP, "get:after", "names"))
                    .containsExactly("written by " + client.number(), "after,cart,name,number");
        }
    }
}
