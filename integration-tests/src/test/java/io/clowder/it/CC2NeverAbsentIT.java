/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.clowder.farm.TomcatNode;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** CC-2: a session that is in use is never missing, not while nodes die and come back either. */
@Tag("any-tomcat")
@ExtendWith(ThreeNodes.Shared.class)
class CC2NeverAbsentIT {
    private static final int SESSIONS = 50;
    private static final int CLIENTS = 40;
    private static final Duration CALM = Duration.ofSeconds(5);
    private static final List<String> APPS = List.of(ThreeNodes.STICKY, ThreeNodes.ROAMING);

    private record Known(String app, HttpUser user, String base) {}

    @Test
    void fortyClientsAtRandomNodesFindEverySessionAlways(ThreeNodes three) {
        for (String app : APPS) {
            // Of a node that lives on; it hears of the entries of all.
            assertThat(Nodes.cluster(three.b(), "watch&text=:" + app)).isEqualTo("1");
        }
        List<Known> sessions = new ArrayList<>();
        for (String app : APPS) {
            for (int i = 0; i < SESSIONS; i++) {
                HttpUser user = new HttpUser();
                user.does(three.turn(i), app, "set:name=" + i);
                sessions.add(new Known(app, user, user.base()));
            }
        }

        AtomicBoolean over = new AtomicBoolean();
        CompletableFuture<List<Map<String, Integer>>> clients = CompletableFuture.supplyAsync(() ->
                Clients.work(CLIENTS, (client, connections) -> asked(client, connections, sessions, three, over)));
        try {
            Nodes.letPass(CALM);
            three.a().kill();
            three.a().start().awaitReady("/roaming/do?q=hello", Nodes.START);
            Nodes.letPass(CALM);
        } finally {
            over.set(true);
        }
        Map<String, Integer> answers = new TreeMap<>();
        clients.join().forEach(one -> one.forEach((answer, count) -> answers.merge(answer, count, Integer::sum)));
        System.out.println("Answers while a node died and came back: " + answers);
        assertThat(answers.keySet()).containsExactly("200 found");

        for (Known session : sessions) {
            assertThat(session.user().base()).isEqualTo(session.base());
        }
        assertThat(Nodes.cluster(three.b(), "watched"))
                .as("entries that came and that went")
                .isEqualTo(2 * SESSIONS + " 0");
    }

    /** Asks for sessions at random nodes until it is over; how often there was which answer. */
    private static Map<String, Integer> asked(
            int client, KeptConnections connections, List<Known> sessions, ThreeNodes three, AtomicBoolean over) {
        Random random = new Random(client);
        Map<String, Integer> answers = new TreeMap<>();
        while (!over.get()) {
            Known session = sessions.get(random.nextInt(sessions.size()));
            TomcatNode node = three.turn(random.nextInt(3));
            try {
                Answer answer = connections.get(
                        session.user(),
                        node,
                        HttpUser.doing(session.app(), "found", "int:by" + client + "=" + random.nextInt(100)));
                // While its applications start, Tomcat knows of none.
                if (answer.status() != 404) {
                    answers.merge(described(answer), 1, Integer::sum);
                }
            } catch (IOException e) {
                // It is dead: a balancer asks another one.
                assertThat(node).isEqualTo(three.a());
            }
        }
        return answers;
    }

    private static String described(Answer answer) {
        if (answer.status() != 200) {
            return answer.status() + " " + answer.body();
        }
        return answer.lines().get(0).contains("name") ? "200 found" : "200 " + answer.body();
    }
}
