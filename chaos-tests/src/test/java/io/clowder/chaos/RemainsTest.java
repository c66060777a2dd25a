/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class RemainsTest {
    private static final String MAPS = """
            clowder::localhost:/sticky 0 12 0 3400
            clowder::localhost:/roaming 0 3 0 3598
            clowder-routes 2 0 0 0
            """;

    private static final String HISTOGRAM = """
             num     #instances         #bytes  class name (module)
            -------------------------------------------------------
               1:         50000        1600000  java.lang.String (java.base@17.0.1)
             400:             3            288  org.apache.catalina.loader.ParallelWebappClassLoader
             401:             9            288  io.clowder.store.StoredSession$Tombstone
            Total        100000       10485760
            """;

    private static final String THREADS = """
            "main" #1 prio=5 os_prio=0 cpu=1.00ms elapsed=9.00s tid=0x0 nid=0x1 runnable
               java.lang.Thread.State: RUNNABLE
            "http-nio-127.0.0.1-8080-exec-1" #30 daemon prio=5 os_prio=0 tid=0x0 nid=0x2 waiting
            "C1 CompilerThread1" #32 daemon prio=9 os_prio=0 tid=0x0 nid=0x5 waiting
            "clowder-call-12" #33 daemon prio=5 os_prio=0 tid=0x0 nid=0x6 waiting
            "hz.clowder-087cddd9.cached.thread-3" #34 prio=5 os_prio=0 tid=0x0 nid=0x7 waiting
            "clowder-pulse" #31 daemon prio=5 os_prio=0 tid=0x0 nid=0x3 waiting
            "GC Thread#0" os_prio=0 cpu=1.00ms elapsed=9.00s tid=0x0 nid=0x4 runnable
            """;

    private static final Remains CLEAN = Remains.of(MAPS, HISTOGRAM, THREADS);

    @Test
    void readsWhatTheNodeSays() {
        assertThat(CLEAN).isEqualTo(new Remains(0, 2, 15, 0, 3598, 0, 3, List.of("clowder-pulse", "main"), 10L << 20));
        assertThat(CLEAN.isNothing(3)).isTrue();
        assertThat(CLEAN.wrong(CLEAN, 3)).isEmpty();
        assertThat(CLEAN.row("a", CLEAN)).hasSize(Remains.head().length()).startsWith("a ");
    }

    @Test
    void saysWhatIsLeft() {
        Remains left = Remains.of(
                "clowder::localhost:/my app 4 2 1 7200\n",
                HISTOGRAM
                        .replace("java.lang.String (java.base@17.0.1)", "io.clowder.session.LiveSession")
                        .replace("             3 ", "             5 ")
                        .replace("10485760", "104857600"),
                THREADS.replace("GC Thread#0\"", "leaked-1\" #40")
                        + "\"leaked-2\" #41 x\n\"leaked-3\" #42 x\n\"leaked-4\" #43 x\n");
        assertThat(left.isNothing(3)).isFalse();
        assertThat(left.wrong(CLEAN, 3))
                .containsExactly(
                        "4 entries of sessions that live",
                        "50000 objects of sessions",
                        "1 entries of ended sessions that never go",
                        "an entry of an ended session that goes in 7200 s only",
                        "5 class loaders of 3 web applications",
                        "6 threads, more than 5: [leaked-1, leaked-2, leaked-3, leaked-4]",
                        "a heap of 100.0 MB, more than 18.0");
    }
}
