/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.tomcat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

class PresenceTest {

    private final List<String> told = new CopyOnWriteArrayList<>();
    private final Presence presence = new Presence();

    @Test
    void tellsEachGoingAndEachComingOnce() {
        presence.comes(() -> told.add("came"));
        presence.tellFarewell();
        assertThat(told).isEmpty();
        assertThat(presence.leaves(() -> told.add("went"))).isTrue();
        assertThat(presence.leaves(() -> told.add("went twice"))).isFalse();
        assertThat(presence.isHere()).isFalse();
        assertThat(told).isEmpty();
        presence.tellFarewell();
        presence.tellFarewell();
        presence.comes(() -> told.add("came"));
        presence.comes(() -> told.add("came twice"));
        assertThat(told).containsExactly("went", "came");
        assertThat(presence.isHere()).isTrue();
    }

    /** The thread that tells of goings may be late, and the session may be back before. */
    @Test
    void aGoingIsToldBeforeTheNextComing() {
        presence.leaves(() -> told.add("went"));
        presence.comes(() -> told.add("came"));
        presence.tellFarewell();
        assertThat(told).containsExactly("went", "came");
        assertThat(presence.isHere()).isTrue();
    }

    @Test
    void whoIsFirstHereWaitsForNobodyAndWhoGoesWhileItIsWelcomedIsToldAfterwards() throws Exception {
        Presence away = new Presence();
        away.beginsAway();
        CountDownLatch welcoming = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        Thread request = new Thread(() -> away.comes(() -> {
            welcoming.countDown();
            await().until(() -> go.getCount() == 0);
            away.comes(() -> told.add("came within"));
            told.add("came");
        }));
        request.start();
        welcoming.await();
        away.comes(() -> told.add("came twice"));
        assertThat(away.leaves(() -> told.add("went"))).isTrue();
        Thread later = new Thread(away::tellFarewell);
        later.start();
        go.countDown();
        request.join();
        later.join();
        assertThat(told).containsExactly("came", "went");
    }
}
