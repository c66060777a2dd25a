/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.function.IntPredicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The bytes that were sent by TCP over the connections of some ports of this machine: those between the nodes of a
 * contender. The kernel counts them for each connection, without headers of IP and TCP, and {@code ss} tells. What was sent
 * over a connection that has been closed meanwhile is not in it.
 *
 * @param sent by each end of a connection
 */
record Traffic(Map<String, Long> sent) {
    private static final Pattern LINE =
            Pattern.compile("ESTAB\\s+\\d+\\s+\\d+\\s+(\\S+:(\\d+))\\s+(\\S+:(\\d+)).*?( bytes_sent:(\\d+) .*)?");

    /** What there is now; null where there is no {@code ss}. */
    static @Nullable Traffic at(IntPredicate port) {
        Map<String, Long> sent = new HashMap<>();
        try {
            Process ss = new ProcessBuilder("ss", "-tinHO").start();
            ss.getOutputStream().close();
            new String(ss.getInputStream().readAllBytes(), UTF_8).lines().forEach(line -> note(line, port, sent));
            ss.waitFor();
        } catch (IOException e) {
            return null;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return null;
        }
        return new Traffic(sent);
    }

    private static void note(String line, IntPredicate port, Map<String, Long> sent) {
        Matcher end = LINE.matcher(line);
        if (end.matches() && (port.test(Integer.parseInt(end.group(2))) || port.test(Integer.parseInt(end.group(4))))) {
            String bytes = end.group(6);
            sent.put(end.group(1) + " " + end.group(3), bytes == null ? 0 : Long.parseLong(bytes));
        }
    }

    /** What was sent since an earlier look. */
    long since(Traffic earlier) {
        return sent.entrySet().stream()
                .mapToLong(end -> end.getValue() - earlier.sent.getOrDefault(end.getKey(), 0L))
                .sum();
    }
}
