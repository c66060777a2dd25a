/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.clowder.farm.TomcatNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** K8-3: the network between five Tomcats splits for a while, and both sides go on. Each Tomcat has a host of its own. */
@Tag("any-tomcat")
@Timeout(300)
class K83SplitIT {
    /** How long the network is split; {@code -Dsplit.seconds=120} is the case's. A silent member is dropped after 10 s. */
    private static final Duration SPLIT = Duration.ofSeconds(Integer.getInteger("split.seconds", 25));

    /** By then a side has formed, and all are one cluster again. */
    private static final Duration FORMED = Duration.ofSeconds(40);

    private static final Duration MET = Duration.ofSeconds(90);

    /** On one machine two sides' clocks differ by less. */
    private static final Duration LATER = Duration.ofSeconds(1);

    private static final int SIZE = 5;
    private static final List<String> APPS = List.of(SplitNodes.STICKY, SplitNodes.ROAMING);

    /** Of each application, that both sides keep; there are as many others as there happen to be. */
    private static final int BOTH = 4 * TwoSided.values().length;

    private static Network network;

    @BeforeAll
    static void open() {
        network = new Network(SIZE);
    }

    @AfterAll
    static void close() {
        network.close();
    }

    /** A session before the split: who has made it, and who keeps it. */
    private record Kept(HttpUser user, String app, int home, Set<Integer> keepers) {

        /** Whether a side must know it: it keeps it, or, if the holder is asked, has the holder. */
        boolean isKnown(Set<Integer> side, int asked) {
            return !Collections.disjoint(keepers, side) || (app.equals(SplitNodes.STICKY) && home == asked);
        }

        /** Whether each of these sides keeps it. */
        boolean isKeptBy(Set<Integer> one, Set<Integer> other) {
            return !Collections.disjoint(keepers, one) && !Collections.disjoint(keepers, other);
        }

        /** Another client with the same cookie, which hears of no answers that the first one gets. */
        HttpUser tab() {
            return new HttpUser().comesWith(app, user.sessionId());
        }
    }

    /** A session that is used while the network is split. */
    private record Played(TwoSided play, Kept kept, HttpUser first, HttpUser second, boolean onSmaller) {}

    @Test
    void bothSidesGoOnAndWhatTheyDidIsPutTogether() {
        Set<Integer> larger = Set.of(0, 1, 2);
        Set<Integer> smaller = Set.of(3, 4);
        try (SplitNodes five = new SplitNodes(network, SIZE, "split", 8600, "");
                SteadyTraffic traffic = new SteadyTraffic(five.all(), APPS.toArray(String[]::new))) {
            List<Kept> sessions = sessions(five, larger, smaller);
            List<Played> played = played(sessions, larger, smaller);

            traffic.phase("the split is not known yet");
            long cut = System.nanoTime();
            network.cut(larger, smaller);
            SplitNodes.awaitCluster(five.on(larger), FORMED);
            SplitNodes.awaitCluster(five.on(smaller), FORMED);
            System.out.printf("Two sides after %.1f s%n", seconds(cut));
            traffic.phase("two sides");
            for (Set<Integer> side : List.of(larger, smaller)) {
                knowWhatTheyHave(five, side, sessions);
            }
            play(five, played, larger, smaller, true);
            Nodes.letPass(LATER);
            play(five, played, larger, smaller, false);
            List<Kept> begun = new ArrayList<>();
            for (String app : APPS) {
                for (int i = 0; i < 2 * SIZE; i++) {
                    begun.add(begun(five, app, i));
                }
            }
            Nodes.letPass(SPLIT.minusNanos(System.nanoTime() - cut));

            traffic.phase("the sides meet");
            long mended = System.nanoTime();
            network.mend(larger, smaller);
            meet(five, played, begun, mended);
            traffic.phase("one cluster again");
            Nodes.letPass(LATER);
            traffic.tell("", "the split is not known yet", "two sides", "the sides meet", "one cluster again");
            traffic.check(five.all());

            for (Played one : played) {
                for (TomcatNode node : five.all()) {
                    assertAsOne(one, node);
                }
            }
            assertThat(five.counter(SplitNodes.STICKY, "mergeConflicts"))
                    .as("attributes that both had changed")
                    .isEqualTo(played.stream()
                            .mapToInt(one -> one.play().conflicts())
                            .sum());
            assertThat(traffic.refused("two sides")).isZero();
            assertThat(traffic.refused("one cluster again")).isZero();
        }
    }

    private static double seconds(long since) {
        return (System.nanoTime() - since) / 1e9;
    }

    private static List<Kept> sessions(SplitNodes five, Set<Integer> larger, Set<Integer> smaller) {
        List<Kept> sessions = new ArrayList<>();
        for (String app : APPS) {
            int both = 0;
            for (int i = 0; i < SIZE || both < BOTH; i++) {
                Kept kept = begun(five, app, i);
                sessions.add(kept);
                both += kept.isKeptBy(larger, smaller) ? 1 : 0;
            }
        }
        return sessions;
    }

    private static Kept begun(SplitNodes five, String app, int number) {
        int home = number % SIZE;
        TomcatNode node = five.all().get(home);
        HttpUser user = new HttpUser();
        user.does(node, app, TwoSided.BEFORE.toArray(String[]::new));
        Set<Integer> keepers = new HashSet<>();
        for (String address : Nodes.replicas(node, user)) {
            for (int host = 0; host < SIZE; host++) {
                if (network.address(host).equals(address)) {
                    keepers.add(host);
                }
            }
        }
        return new Kept(user, app, home, keepers);
    }

    /** One after the other of what can be done, with the sessions that both sides keep; each side is the first in turn. */
    private static List<Played> played(List<Kept> sessions, Set<Integer> larger, Set<Integer> smaller) {
        List<Played> played = new ArrayList<>();
        for (Kept kept : sessions) {
            if (kept.isKeptBy(larger, smaller)) {
                int turn = played.size();
                TwoSided play = TwoSided.values()[turn % TwoSided.values().length];
                boolean onSmaller = turn / TwoSided.values().length % 2 == 1;
                played.add(new Played(play, kept, kept.tab(), kept.tab(), onSmaller));
            }
        }
        System.out.printf("%d sessions, of which both sides keep %d%n", sessions.size(), played.size());
        return played;
    }

    /** Every node of a side finds each session that its side keeps, or that it holds itself. */
    private static void knowWhatTheyHave(SplitNodes five, Set<Integer> side, List<Kept> sessions) {
        int unknown = 0;
        for (int host : side) {
            TomcatNode node = five.all().get(host);
            for (Kept kept : sessions) {
                String found = kept.tab().asks(node, kept.app(), "found");
                if (kept.isKnown(side, host)) {
                    assertThat(found)
                            .as("%s on %s, of %s", kept.app(), node, kept)
                            .isEqualTo("x,y,z");
                } else {
                    unknown += found.equals("none") ? 1 : 0;
                }
            }
        }
        System.out.printf("Hosts %s: %d times unknown what the other side keeps%n", side, unknown);
    }

    private static void play(
            SplitNodes five, List<Played> played, Set<Integer> larger, Set<Integer> smaller, boolean first) {
        int turn = 0;
        for (Played one : played) {
            List<String> steps = first ? one.play().first : one.play().second;
            List<TomcatNode> side = five.on(one.onSmaller() == first ? smaller : larger);
            if (!steps.isEmpty()) {
                (first ? one.first() : one.second())
                        .does(side.get(turn++ % side.size()), one.kept().app(), steps.toArray(String[]::new));
            }
        }
    }

    /** What a node has not shown yet: what two sides have made of a session, or a session that the other side has begun. */
    private record Awaited(Kept kept, TwoSided play, TomcatNode node) {}

    /**
     * Asks until each node gives the newest state of each session. A node that has met the others may refuse to say, but does not
     * deny that there is a session; what one node has shown as put together, none shows as it was before.
     */
    private static void meet(SplitNodes five, List<Played> played, List<Kept> begun, long mended) {
        Set<Kept> whole = new HashSet<>();
        List<Awaited> open = new ArrayList<>();
        for (TomcatNode node : five.all()) {
            played.forEach(one -> open.add(new Awaited(one.kept(), one.play(), node)));
            begun.forEach(kept -> open.add(new Awaited(kept, TwoSided.NOTHING, node)));
        }
        boolean one = false;
        while (!open.isEmpty()) {
            assertThat(seconds(mended))
                    .as("s, and there is still %s", open.get(0))
                    .isLessThan(MET.toSeconds());
            Set<TomcatNode> met = new HashSet<>();
            for (TomcatNode node : five.all()) {
                if (Nodes.cluster(node, "members").equals("" + SIZE)) {
                    met.add(node);
                }
            }
            if (!one && met.size() == SIZE) {
                one = true;
                System.out.printf("One cluster again after %.1f s%n", seconds(mended));
            }
            open.removeIf(awaited -> isAsOne(awaited, met.contains(awaited.node()), whole));
        }
        System.out.printf("All as one after %.1f s%n", seconds(mended));
    }

    private static boolean isAsOne(Awaited awaited, boolean met, Set<Kept> whole) {
        Kept kept = awaited.kept();
        TwoSided play = awaited.play();
        Answer answer =
                kept.tab().get(awaited.node(), HttpUser.doing(kept.app(), met ? play.look() : new String[] {"found"}));
        if (answer.status() == 503) {
            return false;
        }
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        boolean asOne = met && answer.body().equals(play.expected());
        if (asOne && play == TwoSided.OTHERS) { // neither side had that
            whole.add(kept);
        }
        if (!asOne && met) {
            assertThat(answer.body()).as("%s", awaited).isNotEqualTo("none").doesNotStartWith("none\n");
            assertThat(whole).as("whole already").doesNotContain(kept);
        }
        return asOne;
    }

    private static void assertAsOne(Played one, TomcatNode node) {
        HttpUser tab = one.kept().tab();
        List<String> answer = tab.does(node, one.kept().app(), one.play().look());
        assertThat(String.join("\n", answer))
                .as("%s on %s, of %s", one.play(), node, one.kept())
                .isEqualTo(one.play().expected());
        if (one.play() == TwoSided.RENAMED) {
            assertThat(one.first().does(node, one.kept().app(), "found", "get:x"))
                    .containsExactly("x,y,z", "old");
        }
    }
}
