/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.clowder.farm.TomcatNode;
import io.clowder.it.UserSocket.Closed;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** AW-3: when a session ends, wherever that is, the WebSockets of its logged-in user are closed on all nodes. */
@ExtendWith(ThreeNodes.Shared.class)
class AW3ClosedSocketsIT {
    private static final Duration BOUND = Duration.ofSeconds(5);

    /** Before a test is given up; the bound is asserted. */
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private static final String STICKY = "/socket";
    private static final String ROAMING = "/roaming-socket";
    private static final String STANDARD = "/standard-socket";

    @ParameterizedTest
    @CsvSource({
        STICKY + ", end",
        ROAMING + ", end",
        STICKY + ", change end",
        ROAMING + ", change end",
        STICKY + ", change change end",
        ROAMING + ", change change end"
    })
    void aSocketIsClosedWhenItsSessionEndsOnAnotherNode(String app, String steps, ThreeNodes nodes) {
        HttpUser user = loggedIn(nodes.a(), app);
        try (UserSocket socket = UserSocket.open(user, nodes.a(), app);
                UserSocket ofAnother = UserSocket.open(loggedIn(nodes.a(), app), nodes.a(), app)) {
            assertThat(socket.asks("set:n=1")).isEqualTo("set");
            int turn = 1;
            for (String step : steps.split(" ")) {
                user.does(nodes.turn(turn++), app, step);
            }
            assertClosedInTime(app + " " + steps, socket, System.nanoTime());
            assertThat(ofAnother.asks("hello")).isEqualTo("hello");
        }
    }

    /** Between the change of the id and the end there is time to learn of the one before the other. */
    @ParameterizedTest
    @ValueSource(strings = {STICKY, ROAMING})
    void aSocketFollowsItsSessionToItsNewId(String app, ThreeNodes nodes) {
        HttpUser user = loggedIn(nodes.a(), app);
        try (UserSocket first = UserSocket.open(user, nodes.a(), app)) {
            user.does(nodes.b(), app, "change");
            try (UserSocket second = UserSocket.open(user, nodes.a(), app);
                    UserSocket third = UserSocket.open(user, nodes.c(), app)) {
                Nodes.letPass(BOUND);
                assertThat(List.of(first.asks("hello"), second.asks("hello"), third.asks("hello")))
                        .containsOnly("hello");
                user.does(nodes.b(), app, "end");
                long ended = System.nanoTime();
                assertClosedInTime(app + ", opened before the change", first, ended);
                assertClosedInTime(app + ", opened after it", second, ended);
                assertClosedInTime(app + ", on a third node", third, ended);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        STANDARD + ", end",
        STICKY + ", end",
        ROAMING + ", end",
        STICKY + ", change end",
        ROAMING + ", change end"
    })
    void asOneEndedOnItsOwnNode(String app, String steps, ThreeNodes nodes) {
        HttpUser user = loggedIn(nodes.a(), app);
        try (UserSocket socket = UserSocket.open(user, nodes.a(), app)) {
            for (String step : steps.split(" ")) {
                user.does(nodes.a(), app, step);
            }
            Closed closed = socket.awaitClosed(PATIENCE);
            assertThat(closed.code()).isEqualTo(UserSocket.POLICY);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {STICKY, ROAMING})
    void aSocketStaysWhereItIsWhileItsSessionMoves(String app, ThreeNodes nodes) {
        HttpUser user = loggedIn(nodes.a(), app);
        try (UserSocket socket = UserSocket.open(user, nodes.a(), app)) {
            for (int turn = 1; turn < 5; turn++) {
                user.does(nodes.turn(turn), app, "set:n=" + turn);
                assertThat(socket.asks("hello")).isEqualTo("hello");
            }
            user.does(nodes.c(), app, "end");
            assertClosedInTime(app + ", after takeovers", socket, System.nanoTime());
        }
    }

    /** As Tomcat: a socket of somebody who is not logged in is the application's own affair. */
    @ParameterizedTest
    @ValueSource(strings = {STANDARD, STICKY, ROAMING})
    void aSocketOfNobodyStaysOpen(String app, ThreeNodes nodes) {
        HttpUser nobody = new HttpUser();
        nobody.does(nodes.a(), app, "set:n=1");
        try (UserSocket socket = UserSocket.open(nobody, nodes.a(), app)) {
            TomcatNode ending = app.equals(STANDARD) ? nodes.a() : nodes.b();
            nobody.does(ending, app, "end");
            Nodes.letPass(BOUND);
            assertThat(socket.asks("hello")).isEqualTo("hello");
        }
    }

    /** In each way of keeping sessions at once: on its own node, where another holds it, and where that one has died. */
    @Test
    void aSocketIsClosedWhenItsSessionExpires(ThreeNodes nodes) {
        List<UserSocket> sockets = new ArrayList<>();
        try {
            sockets.add(expiring(nodes.a(), nodes.a(), STANDARD));
            for (String app : List.of(STICKY, ROAMING)) {
                sockets.add(expiring(nodes.a(), nodes.a(), app));
                sockets.add(expiring(nodes.a(), nodes.b(), app));
            }
            nodes.b().kill();
            long used = System.nanoTime();
            for (UserSocket socket : sockets) {
                Closed closed = socket.awaitClosed(PATIENCE);
                assertThat(closed.code()).isEqualTo(UserSocket.POLICY);
                // The timeout, a tenth of it, one look each second; the death of a member costs some, too.
                assertThat(closed.since(used))
                        .isLessThan(Duration.ofMillis(8800 + 1000).plus(BOUND).plusSeconds(5));
            }
        } finally {
            sockets.forEach(UserSocket::close);
        }
    }

    /** A socket on one node, of a session that was used last on another, or the same. */
    private static UserSocket expiring(TomcatNode node, TomcatNode last, String app) {
        HttpUser user = loggedIn(node, app);
        UserSocket socket = UserSocket.open(user, node, app);
        user.does(last, app, "interval:8");
        return socket;
    }

    private static void assertClosedInTime(String what, UserSocket socket, long ended) {
        Closed closed = socket.awaitClosed(PATIENCE);
        assertThat(closed.code()).as(what).isEqualTo(UserSocket.POLICY);
        assertThat(closed.since(ended)).as(what).isLessThan(BOUND);
        System.out.printf(
                "AW-3 %s: closed %d ms after the end%n",
                what, closed.since(ended).toMillis());
    }

    /** Somebody whom each node knows by the session alone. */
    static HttpUser loggedIn(TomcatNode node, String app) {
        HttpUser user = new HttpUser();
        user.does(node, app, "set:x=1");
        user.basicLogin("tom", TwoNodes.PASSWORD);
        assertThat(user.get(node, app + "/secure/do" + HttpUser.query("user")).body())
                .isEqualTo("tom by BASIC");
        user.withoutLogin();
        assertThat(user.asks(node, app, "user")).isEqualTo("tom by BASIC");
        return user;
    }
}
