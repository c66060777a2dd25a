/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.chaos;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What one node has of sessions and of web applications that were, after a garbage collection.
 *
 * @param live entries of its part of the cluster's maps that stand for something that lives
 * @param claims entries of the map of jvmRoutes
 * @param ended entries that say that a session has ended
 * @param endless those of them that never go
 * @param lastGone seconds until the last of the others has gone
 * @param objects objects of ours that belong to a session, and those of the application
 * @param loaders class loaders of web applications
 * @param threads names of threads, without those that come and go by themselves: of pools, and of the JVM's compilers
 * @param heap bytes of all objects
 */
record Remains(
        int live,
        int claims,
        int ended,
        int endless,
        int lastGone,
        int objects,
        int loaders,
        List<String> threads,
        long heap) {

    /** A tombstone is kept for an hour. */
    private static final int LONGEST_MEMORY = 3_600;

    /** An ended session's entry, on the node that keeps it and on its backup. */
    private static final long BYTES_OF_AN_ENDED_ONE = 1_024;

    private static final long HEAP_TOLERANCE = 8L << 20;
    private static final int THREAD_TOLERANCE = 3;

    /** Of a session, whatever map it is in: none may be left. */
    private static final Set<String> OF_A_SESSION = Set.of(
            "io.clowder.session.LiveSession",
            "io.clowder.session.TrackedAttributes$Slot",
            "io.clowder.session.Sessions$Evicted",
            "io.clowder.store.SessionDelta",
            "io.clowder.store.SessionRecord",
            "io.clowder.store.StoredSession$Ending",
            "io.clowder.store.StoredSession$Sealed",
            "io.clowder.tomcat.ClowderSession",
            "io.clowder.chaos.app.Basket");

    private static final String LOADER = "org.apache.catalina.loader.ParallelWebappClassLoader";
    private static final Pattern CLASS = Pattern.compile("\\s*\\d+:\\s+(\\d+)\\s+\\d+\\s+(\\S+).*");
    private static final Pattern TOTAL = Pattern.compile("Total\\s+\\d+\\s+(\\d+)\\s*");

    /** The threads of pools that end when they are idle: of Tomcat's connector, for our calls, of Hazelcast; and compilers. */
    private static final Pattern PASSING =
            Pattern.compile("http-nio.*|clowder-call-\\d+|hz\\..*\\.cached\\.thread-\\d+|C[12] CompilerThread\\d+");

    private static final Pattern THREAD = Pattern.compile("\"(.+)\" #\\d+ .*");

    /**
     * Read from what the node says.
     *
     * @param maps of the servlet that knows the node
     * @param histogram of {@code jcmd GC.class_histogram}
     * @param dump of {@code jcmd Thread.print}
     */
    static Remains of(String maps, String histogram, String dump) {
        int[] sums = new int[5];
        for (String line : maps.lines().toList()) {
            String[] parts = line.split(" ", -1);
            int from = parts.length - 4;
            sums[parts[0].equals("clowder-routes") ? 1 : 0] += Integer.parseInt(parts[from]);
            sums[2] += Integer.parseInt(parts[from + 1]);
            sums[3] += Integer.parseInt(parts[from + 2]);
            sums[4] = Math.max(sums[4], Integer.parseInt(parts[from + 3]));
        }
        int objects = 0;
        int loaders = 0;
        long heap = 0;
        for (String line : histogram.lines().toList()) {
            Matcher one = CLASS.matcher(line);
            Matcher total = TOTAL.matcher(line);
            if (one.matches()) {
                int instances = Integer.parseInt(one.group(1));
                objects += OF_A_SESSION.contains(one.group(2)) ? instances : 0;
                loaders += LOADER.equals(one.group(2)) ? instances : 0;
            } else if (total.matches()) {
                heap = Long.parseLong(total.group(1));
            }
        }
        List<String> threads = dump.lines()
                .map(THREAD::matcher)
                .filter(Matcher::matches)
                .map(thread -> thread.group(1))
                .filter(name -> !PASSING.matcher(name).matches())
                .sorted()
                .toList();
        return new Remains(sums[0], sums[1], sums[2], sums[3], sums[4], objects, loaders, threads, heap);
    }

    /** Whether nothing of any session is left, and nothing of the applications that were. */
    boolean isNothing(int apps) {
        return live == 0 && objects == 0 && loaders <= apps;
    }

    /** What is more than it was before, and should not be. */
    List<String> wrong(Remains before, int apps) {
        List<String> wrong = new ArrayList<>();
        note(live > 0, live + " entries of sessions that live", wrong);
        note(objects > 0, objects + " objects of sessions", wrong);
        note(endless > 0, endless + " entries of ended sessions that never go", wrong);
        note(lastGone > LONGEST_MEMORY, "an entry of an ended session that goes in " + lastGone + " s only", wrong);
        note(loaders > apps, loaders + " class loaders of " + apps + " web applications", wrong);
        Set<String> added = new TreeSet<>(threads);
        before.threads.forEach(added::remove);
        int most = before.threads.size() + THREAD_TOLERANCE;
        note(threads.size() > most, threads.size() + " threads, more than " + most + ": " + added, wrong);
        long allowed = before.heap + HEAP_TOLERANCE + BYTES_OF_AN_ENDED_ONE * ended * 2;
        note(heap > allowed, "a heap of " + megabytes(heap) + " MB, more than " + megabytes(allowed), wrong);
        return wrong;
    }

    private static void note(boolean isWrong, String what, List<String> wrong) {
        if (isWrong) {
            wrong.add(what);
        }
    }

    private static String megabytes(long bytes) {
        return "%.1f".formatted(bytes / 1_048_576.0);
    }

    /** The head of the table that {@link #row} is a line of. */
    static String head() {
        return "node  live  objects  ended, the last one goes in  class loaders  threads (before)  heap in MB (before)";
    }

    String row(String node, Remains before) {
        return "%-4s  %4d  %7d  %5d  %18d s  %13d  %16s  %19s"
                .formatted(
                        node,
                        live,
                        objects,
                        ended,
                        lastGone,
                        loaders,
                        threads.size() + " (" + before.threads.size() + ")",
                        megabytes(heap) + " (" + megabytes(before.heap) + ")");
    }
}
