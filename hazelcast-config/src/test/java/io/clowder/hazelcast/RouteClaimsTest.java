/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.hazelcast;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import com.hazelcast.core.IndeterminateOperationStateException;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class RouteClaimsTest {

    private static final Duration LONG = Duration.ofMinutes(1);

    private final UUID a = UUID.randomUUID();
    private final UUID b = UUID.randomUUID();
    private final ConcurrentMap<String, String> routes = new ConcurrentHashMap<>();
    private final Others others = new Others();
    private final RouteClaims claims = new RouteClaims(() -> routes, a, others);

    @Test
    void claimsOnceForSeveralContexts() {
        claims.claim("r", LONG);
        claims.claim("r", LONG);
        assertThat(routes).containsOnly(java.util.Map.entry("r", a.toString()));
    }

    @Test
    void failsAtOnceWhenTheOtherAnswers() {
        routes.put("r", b.toString());
        others.address = "127.0.0.1:5702";
        others.answers = true;

        assertThatIllegalStateException()
                .isThrownBy(() -> claims.claim("r", LONG))
                .withMessage(
                        "jvmRoute 'r' is already used by the node at 127.0.0.1:5702; give each Tomcat its own jvmRoute");
        assertThat(routes).containsEntry("r", b.toString());
        assertThat(others.asked).isEqualTo(1);
    }

    @Test
    void takesOverFromANodeThatHasLeft() {
        routes.put("r", b.toString());
        claims.claim("r", LONG);
        assertThat(routes).containsEntry("r", a.toString());
    }

    @Test
    void waitsForAKilledNodeToLeave() {
        routes.put("r", b.toString());
        others.address = "127.0.0.1:5702";
        others.leavesAfter = 3;

        claims.claim("r", LONG);

        assertThat(routes).containsEntry("r", a.toString());
        assertThat(others.asked).isEqualTo(3);
    }

    @Test
    void aSilentNodeThatThawsKeepsItsRoute() {
        routes.put("r", b.toString());
        others.address = "127.0.0.1:5702";
        others.thawsAfter = 2;

        assertThatIllegalStateException()
                .isThrownBy(() -> claims.claim("r", LONG))
                .withMessageContaining("already used by the node at 127.0.0.1:5702");
    }

    @Test
    void patienceEnds() {
        routes.put("r", b.toString());
        others.address = "127.0.0.1:5702";

        assertThatIllegalStateException()
                .isThrownBy(() -> claims.claim("r", Duration.ZERO))
                .withMessageContaining("jvmRoute 'r' is still claimed by a node that neither answers nor has left");
    }

    @Test
    void anUncertainClaimIsRepeated() {
        ConcurrentMap<String, String> uncertain = new ConcurrentHashMap<>() {
            private boolean failed;

            @Override
            public @Nullable String putIfAbsent(String route, String node) {
                String before = super.putIfAbsent(route, node);
                if (!failed) {
                    failed = true;
                    throw new IndeterminateOperationStateException("planted");
                }
                return before;
            }
        };
        new RouteClaims(() -> uncertain, a, others).claim("r", LONG);
        assertThat(uncertain).containsEntry("r", a.toString());
    }

    @Test
    void claimsAgainWhatAClusterThatCameBackEmptyLacks() {
        claims.claim("r", LONG);
        claims.claim("s", LONG);
        routes.clear();
        routes.put("s", b.toString());
        claims.renew();
        assertThat(routes).isEqualTo(java.util.Map.of("r", a.toString(), "s", b.toString()));
    }

    @Test
    void releasesItsOwnOnly() {
        claims.claim("r", LONG);
        claims.claim("s", LONG);
        routes.put("s", b.toString());
        claims.release();
        assertThat(routes).containsOnly(java.util.Map.entry("s", b.toString()));
    }

    /** The other node, b, as the test wants it. */
    private static final class Others implements RouteClaims.Nodes {
        private @Nullable String address;
        private boolean answers;
        private int asked;
        private int leavesAfter = Integer.MAX_VALUE;
        private int thawsAfter = Integer.MAX_VALUE;

        @Override
        public @Nullable String address(UUID node) {
            return asked >= leavesAfter ? null : address;
        }

        @Override
        public boolean answers(UUID node, Duration within) {
            asked++;
            return answers || asked >= thawsAfter;
        }
    }
}
