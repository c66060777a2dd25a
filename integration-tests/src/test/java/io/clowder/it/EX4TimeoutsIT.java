/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.clowder.farm.TomcatNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** EX-4: a timeout that was changed at run time holds after the session's node died, in Tomcat and in the record. */
@Tag("any-tomcat")
@MostlyWaits
@ExtendWith(SweptNodes.Shared.class)
class EX4TimeoutsIT {
    private static final int SHORT = 10;
    private static final List<Integer> TIMEOUTS = List.of(SHORT, 3_600, 31_536_000, 0, -1);

    /** After how many milliseconds short sessions are asked for, each once; a request keeps a session alive. */
    private static final List<Long> PROBES = List.of(8_900L, 9_700L, 11_050L, 11_500L);

    /**
     * A session whose timeout was changed to this.
     *
     * @param usedFrom nanoseconds before its last request
     * @param usedUntil nanoseconds after its last request
     */
    private record Changed(HttpUser user, String app, int timeout, long usedFrom, long usedUntil) {
        @Override
        public String toString() {
            return app + " with " + timeout + " s";
        }
    }

    @Test
    void eachSessionKeepsItsOwnTimeoutAfterAFailover(SweptNodes nodes) {
        List<HttpUser> users = new ArrayList<>();
        List<Changed> changed = new ArrayList<>();
        for (String app : List.of(SweptNodes.STICKY, SweptNodes.ROAMING)) {
            for (int timeout : TIMEOUTS) {
                for (int i = 0; i < (timeout == SHORT ? PROBES.size() : 2); i++) {
                    HttpUser user = SweptNodes.create(nodes.a(), app, "changed", 1800);
                    assertThat(Nodes.entry(nodes.b(), app, user)).endsWith("idle for 1800 s at most");
                    String interval = "interval:" + timeout;
                    String answer = i % 2 == 0
                            ? user.asks(nodes.a(), app, interval)
                            : user.does(nodes.a(), app, interval, "set:x=1").get(0);
                    assertThat(answer).isEqualTo("" + timeout);
                    assertKept(nodes.b(), app, user, timeout);
                    changed.add(new Changed(user, app, timeout, 0, 0));
                    users.add(user);
                }
            }
        }
        nodes.a().kill();
        changed.replaceAll(one -> {
            long before = System.nanoTime();
            assertThat(one.user().asks(nodes.b(), one.app(), "interval")).isEqualTo("" + one.timeout());
            return new Changed(one.user(), one.app(), one.timeout(), before, System.nanoTime());
        });
        changed.forEach(one -> assertKept(nodes.c(), one.app(), one.user(), one.timeout()));
        for (int probe = 0; probe < PROBES.size(); probe++) {
            List<Changed> asked = new ArrayList<>();
            for (String app : List.of(SweptNodes.STICKY, SweptNodes.ROAMING)) {
                asked.add(changed.stream()
                        .filter(one -> one.timeout() == SHORT && one.app().equals(app))
                        .toList()
                        .get(probe));
            }
            for (Changed one : asked) {
                probe(nodes.b(), one, PROBES.get(probe));
            }
        }
        changed.stream()
                .filter(one -> one.timeout() != SHORT)
                .forEach(one -> assertThat(one.user().asks(nodes.b(), one.app(), "get:name"))
                        .as("%s", one)
                        .isEqualTo("changed"));
        changed.forEach(one -> one.user().asks(nodes.b(), one.app(), "end")); // no later test shall see one end
    }

    private static void assertKept(TomcatNode node, String app, HttpUser user, int timeout) {
        assertThat(Nodes.entry(node, app, user)).endsWith("idle for " + timeout + " s at most");
    }

    /** It is there before its time is over, and not a second after it: what counts is when the request ran. */
    private static void probe(TomcatNode node, Changed one, long afterMillis) {
        long wait = one.usedUntil() + afterMillis * 1_000_000 - System.nanoTime();
        if (wait > 0) {
            Nodes.letPass(Duration.ofNanos(wait));
        }
        long sent = System.nanoTime();
        String found = one.user().asks(node, one.app(), "found");
        long received = System.nanoTime();
        if (received - one.usedFrom() < SHORT * 1_000_000_000L) {
            assertThat(found).as("%s after %d ms", one, afterMillis).contains("name");
        } else if (sent - one.usedUntil() > (SHORT + 1) * 1_000_000_000L) {
            assertThat(found).as("%s after %d ms", one, afterMillis).isEqualTo("none");
        }
    }
}
