/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.clowder.farm.TomcatNode;
import io.clowder.it.UserSocket.Closed;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** AW-2: what a WebSocket receives keeps its session alive on all nodes, if that is wanted; by default it does not, as Tomcat. */
@Tag("any-tomcat")
@ExtendWith(ThreeNodes.Shared.class)
class AW2SocketTrafficIT {
    private static final int TIMEOUT_SECONDS = 6;
    private static final Duration TIMEOUT = Duration.ofSeconds(TIMEOUT_SECONDS);
    private static final Duration EACH = Duration.ofMillis(1500);
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    /** After a timeout: a tenth of it, one look each second, the bound of AW-3, and a busy machine. */
    private static final Duration SLACK = Duration.ofSeconds(10);

    /** One of the sockets that are tried at once. */
    private record Case(String name, String app, HttpUser user, UserSocket socket, boolean pongs, long used) {
        static Case of(TomcatNode node, TomcatNode last, String app, boolean pongs) {
            HttpUser user = AW3ClosedSocketsIT.loggedIn(node, app);
            UserSocket socket = UserSocket.open(user, node, app);
            long used = System.nanoTime();
            user.does(last, app, "interval:" + TIMEOUT_SECONDS);
            return new Case(
                    "%s, socket on %s, last request on %s, %s".formatted(app, node, last, pongs ? "pongs" : "messages"),
                    app,
                    user,
                    socket,
                    pongs,
                    used);
        }

        void send() {
            if (pongs) {
                socket.sendsPong();
            } else {
                assertThat(socket.asks("hello")).as(name).isEqualTo("hello");
            }
        }

        /** Does not wait for an answer. */
        void sendUnlessClosed() {
            if (socket.isClosed()) {
                return;
            }
            if (pongs) {
                socket.sendsPong();
            } else {
                socket.sends("hello");
            }
        }

        Answer found(TomcatNode node) {
            return user.get(node, HttpUser.doing(app, "found"));
        }
    }

    @Test
    void trafficKeepsTheSessionAliveWhereThatIsWanted(ThreeNodes nodes) {
        List<Case> cases = new ArrayList<>();
        try {
            for (String app : List.of("/keep", "/roaming-keep")) {
                cases.add(Case.of(nodes.a(), nodes.a(), app, false));
                cases.add(Case.of(nodes.a(), nodes.a(), app, true));
                cases.add(Case.of(nodes.a(), nodes.b(), app, false));
            }
            Case moved = Case.of(nodes.a(), nodes.a(), "/keep", false);
            cases.add(moved);
            moved.user().does(nodes.c(), "/keep", "change");
            long end = System.nanoTime() + TIMEOUT.multipliedBy(4).toNanos();
            while (System.nanoTime() < end) {
                assertThat(cases.stream()
                                .filter(each -> each.socket().isClosed())
                                .map(Case::name))
                        .isEmpty();
                cases.forEach(Case::send);
                Nodes.letPass(EACH);
            }
            long last = System.nanoTime();
            for (Case each : cases) {
                assertThat(each.socket().isClosed()).as(each.name()).isFalse();
                // Whoever asks uses the session: one node each.
                TomcatNode node = nodes.turn(cases.indexOf(each));
                assertThat(each.found(node).body()).as(each.name()).contains("x");
            }
            for (Case each : cases) {
                Closed closed = each.socket().awaitClosed(PATIENCE);
                assertThat(closed.code()).as(each.name()).isEqualTo(UserSocket.POLICY);
                assertThat(closed.since(last)).as(each.name()).isBetween(TIMEOUT, TIMEOUT.plus(SLACK));
                assertThat(each.found(nodes.b()).body()).as(each.name()).isEqualTo("none");
            }
        } finally {
            cases.forEach(each -> each.socket().close());
        }
    }

    @Test
    void byDefaultTheSessionEndsAsWithStandardManager(ThreeNodes nodes) {
        List<Case> cases = new ArrayList<>();
        try {
            cases.add(Case.of(nodes.a(), nodes.a(), "/standard-socket", false));
            for (String app : List.of("/socket", "/roaming-socket")) {
                cases.add(Case.of(nodes.a(), nodes.a(), app, false));
                cases.add(Case.of(nodes.a(), nodes.a(), app, true));
                cases.add(Case.of(nodes.a(), nodes.b(), app, false));
            }
            long used = System.nanoTime();
            while (cases.stream().anyMatch(each -> !each.socket().isClosed())
                    && System.nanoTime() - used < TIMEOUT.plus(SLACK).toNanos()) {
                cases.forEach(Case::sendUnlessClosed);
                Nodes.letPass(EACH);
            }
            for (Case each : cases) {
                Closed closed = each.socket().awaitClosed(EACH);
                assertThat(closed.code()).as(each.name()).isEqualTo(UserSocket.POLICY);
                assertThat(closed.since(each.used()))
                        .as(each.name())
                        .isBetween(TIMEOUT.minusMillis(100), TIMEOUT.plus(SLACK).plusSeconds(5));
                TomcatNode other = each.app().startsWith("/standard") ? nodes.a() : nodes.c();
                assertThat(each.found(other).body()).as(each.name()).isEqualTo("none");
            }
        } finally {
            cases.forEach(each -> each.socket().close());
        }
    }
}
