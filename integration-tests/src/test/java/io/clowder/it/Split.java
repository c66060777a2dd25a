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

/** One split of the network between five Tomcats, and the sessions that are used while it lasts. */
final class Split {
    static final int SIZE = 5;
    static final List<String> APPS = List.of(SplitNodes.STICKY, SplitNodes.ROAMING);

    /** How long the network is split; {@code -Dsplit.seconds=120} is the case's. A silent member is dropped after 10 s. */
    private static final Duration SPLIT = Duration.ofSeconds(Integer.getInteger("split.seconds", 25));

    /** By then a side has formed, and all are one cluster again. */
    static final Duration FORMED = Duration.ofSeconds(40);

    static final Duration MET = Duration.ofSeconds(90);

    /** On one machine two sides' clocks differ by less. */
    static final Duration LATER = Duration.ofSeconds(1);

    /** Of each application, that both sides know; there are as many others as there happen to be. */
    private static final int BOTH = 4 * TwoSided.values().length;

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

    private final Network network;
    private final SplitNodes five;
    private final Set<Integer> larger;
    private final Set<Integer> smaller;

    /** Whether each node of the smaller side goes on alone. */
    private final boolean alone;

    private final List<Kept> others = new ArrayList<>();
    private final List<Played> played = new ArrayList<>();
    private final Set<Kept> whole = new HashSet<>();
    private long cut;

    Split(Network network, SplitNodes five, Set<Integer> larger, Set<Integer> smaller, boolean alone) {
        this.network = network;
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
        // A node that goes on alone knows what it has made.
        List<Integer> homes = alone ? List.copyOf(smaller) : Network.hosts(0, SIZE);
        for (String app : APPS) {
            int both = 0;
            for (int i = 0; both < BOTH; i++) {
                Kept kept = begun(app, homes.get(i % homes.size()));
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
        return kept.home() == host || !(alone && side.equals(smaller)) && !Collections.disjoint(kept.keepers(), side);
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
                others.add(begun(app, i % SIZE));
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
            List<Integer> hosts =
                    side.stream().filter(host -> knows(side, host, one.kept())).toList();
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
                // Who was alone is so until it has told the cluster what has ended.
                if (Nodes.cluster(node, "members").equals("" + SIZE)
                        && ClientNodes.state(node).equals("CLUSTERED")) {
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

    private Kept begun(String app, int home) {
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

    static double seconds(long since) {
        return (System.nanoTime() - since) / 1e9;
    }
}
