/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.hazelcast;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.ResourceBundle;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class UsabilityTest {

    private final AtomicLong nanos = new AtomicLong();
    private final List<String> said = new ArrayList<>();
    private final Usability usability = new Usability(new Said(), nanos::get);

    private final class Said implements System.Logger {
        @Override
        public String getName() {
            return "said";
        }

        @Override
        public boolean isLoggable(Level level) {
            return true;
        }

        @Override
        public void log(Level level, ResourceBundle bundle, String message, Throwable thrown) {
            said.add(level + " " + message);
        }

        @Override
        public void log(Level level, ResourceBundle bundle, String format, Object... params) {
            said.add(level + " " + java.text.MessageFormat.format(format, params));
        }
    }

    @Test
    void eachChangeIsSaidOnceWithItsReason() {
        usability.look(null, false);
        assertThat(usability.trouble()).isNull();
        assertThat(said).isEmpty();

        usability.look("no other member has answered for 5 s", false);
        usability.look("no other member has answered for 6 s", false);
        assertThat(usability.trouble()).isEqualTo("no other member has answered for 6 s");
        nanos.addAndGet(Duration.ofSeconds(12).toNanos());
        usability.look(null, false);
        usability.look(null, false);

        assertThat(usability.trouble()).isNull();
        assertThat(said)
                .containsExactly(
                        "WARNING DEGRADED: no other member has answered for 5 s. Requests that need the cluster get a 503,"
                                + " and this node is not ready",
                        "INFO CLUSTERED again after 12 s");
    }

    @Test
    void aNodeThatGoesOnAloneSaysSo() {
        usability.look("the cluster has 1 of at least 2 members", true);
        assertThat(said)
                .containsExactly(
                        "WARNING DEGRADED: the cluster has 1 of at least 2 members. This node goes on alone: it serves the"
                                + " sessions that it has, and new ones, and tells the cluster of them when that is back");
    }
}
