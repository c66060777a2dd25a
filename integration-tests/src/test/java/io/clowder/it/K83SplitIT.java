/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

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

    /** How long two of them do not reach each other: longer than a silent member is waited for. */
    private static final Duration ONE_LINK = Duration.ofSeconds(15);

    private static final Duration CALM = Duration.ofSeconds(3);

    private static final Duration MET = Duration.ofSeconds(90);

    /** On one machine two sides' clocks differ by less. */
    private static final Duration LATER = Duration.ofSeconds(1);

    private static final int SIZE = 5;
    private static final List<String> APPS = List.of(SplitNodes.STICKY, SplitNodes.ROAMING);

    /** Of each application, that both sides know; there are as many others as there happen to be. */
    private static final int BOTH = 4 * TwoSided.values().length;

    private static Network network;
    private static SplitNodes five;

    @BeforeAll
    static void open() {
        network = new Network(SIZE);
        five = new SplitNodes(network, SIZE, "split", 8600, "");
    }

    @AfterAll
    static void close() throws Exception {
        for (AutoCloseable one : new AutoCloseable[] {five, network}) {
            if (one != null) { // else its start failed
                one.close();
            }
        }
    }

    /** A session: which node has made it, and which keep it. */
    private record Kept(HttpUser user, String app, int home, Set<Integer> keepers) {

        /** Another client with the same cookie, which hears of no answers that the first one gets. */
        HttpUser tab() {
            return new HttpUser().comesWith(app, user.sessionId());
        }
    }

    /** A session that is used while the network is split. */
    private record Played(TwoSided play, Kept kept, HttpUser first, HttpUser second, boolean onSmaller) {}

    /** What a node has not shown yet: what two sides have made of a session, or a session that the other side has begun. */
    private record Awaited(Kept kept, TwoSided play, TomcatNode node) {}

    @Test
    void bothSidesGoOnAndWhatTheyDidIsPutTogether() {
        long before = five.counter(SplitNodes.STICKY, "mergeConflicts");
        try (SteadyTraffic traffic = SteadyTraffic.sticky(five.all(), APPS)) {
            Split split = new Split(five, Set.of(0, 1, 2), Set.of(3, 4), false);
            split.begin();
            traffic.phase("the split is not known yet");
            split.cut();
            SplitNodes.awaitCluster(split.larger(), FORMED);
            SplitNodes.awaitCluster(split.smaller(), FORMED);
            System.out.printf("Two sides after %.1f s%n", split.secondsSinceCut());
            traffic.phase("two sides");
            split.goOn();
            traffic.phase("the sides meet");
            split.mend();
            traffic.phase("one cluster again");
            Nodes.letPass(LATER);
            traffic.tell("", "the split is not known yet", "two sides", "the sides meet", "one cluster again");
            traffic.check(five.all());
            split.check();
            assertThat(five.counter(SplitNodes.STICKY, "mergeConflicts"))
                    .as("attributes that both had changed, of all applications")
                    .isEqualTo(before + split.conflicts());
            assertThat(traffic.refused("two sides")).isZero();
            assertThat(traffic.refused("one cluster again")).isZero();
        }
    }

    /** With minimumClusterSize, of which the oldest node is on the smaller side. */
    @Test
    void ofTheSmallerSideEachGoesOnAlone() {
        try (SplitNodes guarded = new SplitNodes(network, SIZE, "minimum", 8620, "minimumClusterSize=\"3\"");
                SteadyTraffic traffic = SteadyTraffic.sticky(guarded.all(), APPS)) {
            Split split = new Split(guarded, Set.of(2, 3, 4), Set.of(0, 1), true);
            split.begin();
            assertReady(guarded.all(), 200);
            traffic.phase("the split is not known yet");
            split.cut();
            SplitNodes.awaitCluster(split.larger(), FORMED);
            split.smaller()
                    .forEach(node -> await().atMost(FORMED)
                            .untilAsserted(() -> assertThat(state(node)).isEqualTo("DEGRADED")));
            System.out.printf("Two alone after %.1f s%n", split.secondsSinceCut());
            for (TomcatNode node : split.smaller()) {
                assertThat(Nodes.bean(node, "Catalina:type=Clowder", "reason"))
                        .isEqualTo("the cluster has 2 of the 3 members that minimumClusterSize asks for");
            }
            traffic.phase("two alone");
            split.goOn();
            assertReady(split.smaller(), 503);
            assertReady(split.larger(), 200);
            split.larger().forEach(node -> assertThat(state(node)).isEqualTo("CLUSTERED"));
            traffic.phase("the sides meet");
            split.mend();
            traffic.phase("one cluster again");
            guarded.all()
                    .forEach(node -> await().atMost(MET)
                            .untilAsserted(() -> assertThat(state(node)).isEqualTo("CLUSTERED")));
            Nodes.letPass(LATER);
            traffic.tell("", "the split is not known yet", "two alone", "the sides meet", "one cluster again");
            traffic.check(guarded.all());
            split.check();
            assertReady(guarded.all(), 200);
            assertThat(guarded.counter(SplitNodes.STICKY, "conflicts")
                            + guarded.counter(SplitNodes.ROAMING, "conflicts"))
                    .as("attributes that both had changed")
                    .isEqualTo(split.conflicts());
            assertThat(traffic.refused("two alone")).isZero();
            assertThat(traffic.refused("one cluster again")).isZero();
        }
    }

    /** All others reach both: of what each has, nobody sees less, also who goes from one to the other. */
    @Test
    void ofTwoThatCannotReachEachOtherNobodySeesAnythingOld() {
        List<TomcatNode> apart = five.on(List.of(3, 4));
        List<List<TomcatNode>> ways = new ArrayList<>();
        five.all().forEach(node -> ways.add(List.of(node)));
        ways.add(List.of(apart.get(0), apart.get(1), five.all().get(0)));
        ways.add(List.of(apart.get(1), five.all().get(1), apart.get(0)));
        try (SteadyTraffic traffic = new SteadyTraffic(ways, APPS)) {
            Nodes.letPass(LATER);
            traffic.phase("one link is cut");
            network.cut(List.of(3), List.of(4));
            Nodes.letPass(ONE_LINK);
            traffic.phase("it is mended");
            long mended = System.nanoTime();
            network.mend(List.of(3), List.of(4));
            await().atMost(MET).until(() -> traffic.calm().compareTo(CALM) > 0);
            System.out.printf("No 503 any more after %.1f s%n", seconds(mended) - CALM.toSeconds());
            SplitNodes.awaitCluster(five.all(), MET);
            traffic.phase("one cluster again");
            Nodes.letPass(LATER);
            traffic.tell("", "one link is cut", "it is mended", "one cluster again");
            traffic.check(five.all());
            assertThat(traffic.refused("one cluster again")).isZero();
        }
    }

    private static void assertReady(List<TomcatNode> nodes, int status) {
        for (TomcatNode node : nodes) {
            assertThat(new HttpUser().get(node, SplitNodes.READY).status())
                    .as("readiness of %s", node)
                    .isEqualTo(status);
        }
    }

    private static String state(TomcatNode node) {
        return ClientNodes.state(node);
    }

    private static double seconds(long since) {
        return (System.nanoTime() - since) / 1e9;
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

    /** One split of the network, and the sessions that are used while it lasts. */
    private static final class Split {

        private final SplitNodes five;
        private final Set<Integer> larger;
        private final Set<Integer> smaller;

        /** Whether each node of the smaller side goes on alone. */
        private final boolean alone;

        private final List<Kept> others = new ArrayList<>();
        private final List<Played> played = new ArrayList<>();
        private final Set<Kept> whole = new HashSet<>();
        private long cut;

        Split(SplitNodes five, Set<Integer> larger, Set<Integer> smaller, boolean alone) {
            this.five = five;
            this.larger = larger;
            this.smaller = smaller;
            this.alone = alone;
        }

        List<TomcatNode> larger() {
            return five.on(larger);
        }

        List<TomcatNode> smaller() {
            return five.on(smaller);
        }

        /** Makes sessions, until both sides know enough of them: for those, one play after the other, each side the first in turn. */
        void begin() {
            for (String app : APPS) {
                int both = 0;
                for (int i = 0; i < SIZE || both < BOTH; i++) {
                    Kept kept = begun(five, app, i);
                    if (larger.stream().anyMatch(host -> knows(larger, host, kept))
                            && smaller.stream().anyMatch(host -> knows(smaller, host, kept))) {
                        TwoSided play = TwoSided.values()[both % TwoSided.values().length];
                        boolean onSmaller = both / TwoSided.values().length % 2 == 1;
                        played.add(new Played(play, kept, kept.tab(), kept.tab(), onSmaller));
                        both++;
                    } else {
                        others.add(kept);
                    }
                }
            }
            System.out.printf("%d sessions that both sides know, %d others%n", played.size(), others.size());
        }

        /** Whether a node of a side must know the session: it has a copy, or uses a cluster that has. */
        private boolean knows(Set<Integer> side, int host, Kept kept) {
            return kept.home() == host
                    || !(alone && side.equals(smaller)) && !Collections.disjoint(kept.keepers(), side);
        }

        void cut() {
            cut = System.nanoTime();
            network.cut(larger, smaller);
        }

        double secondsSinceCut() {
            return seconds(cut);
        }

        /** Uses the sessions on both sides, which have formed, and begins others, until the time of the split is over. */
        void goOn() {
            List.of(larger, smaller).forEach(this::knowWhatTheyHave);
            play(true);
            Nodes.letPass(LATER);
            play(false);
            for (String app : APPS) {
                for (int i = 0; i < 2 * SIZE; i++) {
                    others.add(begun(five, app, i));
                }
            }
            Nodes.letPass(SPLIT.minusNanos(System.nanoTime() - cut));
        }

        private void knowWhatTheyHave(Set<Integer> side) {
            List<Kept> sessions = new ArrayList<>(others);
            played.forEach(one -> sessions.add(one.kept()));
            int unknown = 0;
            for (int host : side) {
                TomcatNode node = five.all().get(host);
                for (Kept kept : sessions) {
                    String found = kept.tab().asks(node, kept.app(), "found");
                    if (knows(side, host, kept)) {
                        assertThat(found)
                                .as("%s on %s, of %s", kept.app(), node, kept)
                                .isEqualTo("x,y,z");
                    } else {
                        unknown += found.equals("none") ? 1 : 0;
                    }
                }
            }
            System.out.printf("Hosts %s: %d times unknown what they do not have%n", side, unknown);
        }

        private void play(boolean first) {
            int turn = 0;
            for (Played one : played) {
                List<String> steps = first ? one.play().first : one.play().second;
                Set<Integer> side = one.onSmaller() == first ? smaller : larger;
                List<Integer> hosts = side.stream()
                        .filter(host -> knows(side, host, one.kept()))
                        .toList();
                if (!steps.isEmpty()) {
                    (first ? one.first() : one.second())
                            .does(
                                    five.all().get(hosts.get(turn++ % hosts.size())),
                                    one.kept().app(),
                                    steps.toArray(String[]::new));
                }
            }
        }

        /**
         * Asks until each node gives the newest state of each session. A node that has met the others may refuse to say, but does
         * not deny that there is a session; what one node has shown as put together, none shows as it was before.
         */
        void mend() {
            long mended = System.nanoTime();
            network.mend(larger, smaller);
            List<Awaited> open = new ArrayList<>();
            for (TomcatNode node : five.all()) {
                played.forEach(one -> open.add(new Awaited(one.kept(), one.play(), node)));
                others.forEach(kept -> open.add(new Awaited(kept, TwoSided.NOTHING, node)));
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
                open.removeIf(awaited -> isAsOne(awaited, met.contains(awaited.node())));
            }
            System.out.printf("All as one after %.1f s%n", seconds(mended));
        }

        private boolean isAsOne(Awaited awaited, boolean met) {
            Kept kept = awaited.kept();
            TwoSided play = awaited.play();
            // Steps after the first would make a session where there is none.
            String[] steps = met ? play.look() : new String[] {"found"};
            Answer answer = kept.tab().get(awaited.node(), HttpUser.doing(kept.app(), steps));
            if (answer.status() == 503) {
                return false;
            }
            assertThat(answer.status()).as(answer.body()).isEqualTo(200);
            boolean asOne = met && answer.body().equals(play.expected());
            if (asOne && play == TwoSided.OTHERS) { // neither side had that
                whole.add(kept);
            }
            if (!asOne && met) {
                assertThat(answer.lines().get(0)).as("%s", awaited).isNotEqualTo("none");
                assertThat(whole).as("whole already").doesNotContain(kept);
            }
            return asOne;
        }

        /** All nodes have all sessions as they must be. */
        void check() {
            for (TomcatNode node : five.all()) {
                for (Played one : played) {
                    assertIs(one.kept(), one.play(), node);
                    if (one.play() == TwoSided.RENAMED) {
                        // What a node that was alone wrote under the old id follows; what another side wrote is lost
                        // with it.
                        assertThat(one.first().does(node, one.kept().app(), "found", "get:x"))
                                .containsExactly("x,y,z", alone && !one.onSmaller() ? "second" : "old");
                    }
                }
                others.forEach(kept -> assertIs(kept, TwoSided.NOTHING, node));
            }
        }

        private static void assertIs(Kept kept, TwoSided play, TomcatNode node) {
            assertThat(String.join("\n", kept.tab().does(node, kept.app(), play.look())))
                    .as("%s on %s, of %s", play, node, kept)
                    .isEqualTo(play.expected());
        }

        /** How many attributes both sides have changed. */
        int conflicts() {
            return played.stream().mapToInt(one -> one.play().conflicts()).sum();
        }
    }
}
