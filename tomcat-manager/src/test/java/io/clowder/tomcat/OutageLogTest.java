/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.tomcat;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.ResourceBundle;
import org.junit.jupiter.api.Test;

/** One warning for an outage, not one for each request. */
class OutageLogTest {

    private final List<String> warnings = new ArrayList<>();
    private long now = 5;
    private final OutageLog log = new OutageLog(new Warnings(), () -> now);

    @Test
    void theFirstIsSaidTheNextAreCountedUntilAWhileHasPassed() {
        log.warn("one", null);
        now += OutageLog.PAUSE.toNanos() - 1;
        log.warn("two", null);
        log.warn("three", null);
        assertThat(warnings).containsExactly("one");
        now += 1;
        log.warn("four", null);
        now += OutageLog.PAUSE.toNanos();
        log.warn("five", null);
        assertThat(warnings).containsExactly("one", "four (and 2 more since the last warning)", "five");
    }

    private final class Warnings implements System.Logger {
        @Override
        public String getName() {
            return "test";
        }

        @Override
        public boolean isLoggable(Level level) {
            return true;
        }

        @Override
        public void log(Level level, ResourceBundle bundle, String message, Throwable thrown) {
            if (level == Level.WARNING) {
                warnings.add(message);
            }
        }

        @Override
        public void log(Level level, ResourceBundle bundle, String format, Object... params) {
            throw new AssertionError(format);
        }
    }
}
