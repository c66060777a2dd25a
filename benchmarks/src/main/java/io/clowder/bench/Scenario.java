/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.bench;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** What the clients do: where a session's next request goes, how big the session is, and whether requests write. */
enum Scenario {
    STICKY_READ(false, false, false),
    STICKY_WRITE(false, true, false),
    STICKY_WRITE_BIG(false, true, true),
    ROAMING_READ(true, false, false),
    ROAMING_WRITE(true, true, false),
    ROAMING_READ_BIG(true, false, true);

    private final boolean roaming;
    private final boolean write;
    private final boolean big;

    Scenario(boolean roaming, boolean write, boolean big) {
        this.roaming = roaming;
        this.write = write;
        this.big = big;
    }

    /** Whether each request of a session goes to another node than the one before. */
    boolean isRoaming() {
        return roaming;
    }

    boolean isWrite() {
        return write;
    }

    /** Whether sessions have 100 attributes of 1 KiB, and not 10 of 200 B. */
    boolean isBig() {
        return big;
    }

    /** As on the command line: {@code sticky-write-big}. */
    String key() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** As in the table: {@code sticky write, big}. */
    String title() {
        return key().replace("-big", ", big").replace('-', ' ');
    }

    static Scenario of(String key) {
        return Arrays.stream(values())
                .filter(scenario -> scenario.key().equals(key))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no scenario " + key + "; there are "
                        + Arrays.stream(values()).map(Scenario::key).collect(Collectors.joining(", "))));
    }
}
