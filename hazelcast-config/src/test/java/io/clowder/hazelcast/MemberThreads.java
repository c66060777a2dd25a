/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.hazelcast;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/** The threads of this JVM by name. */
final class MemberThreads {

    private MemberThreads() {}

    static List<Thread> named(String start) {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith(start))
                .toList();
    }

    static List<Thread> of(ClusterMember member) {
        return named("hz." + member.instance().getName());
    }

    /** Where the threads of all members are, for the message of a failure. */
    static String stacks() {
        return named("hz.").stream()
                .map(thread -> thread + " " + thread.getState()
                        + Arrays.stream(thread.getStackTrace())
                                .map(frame -> "\n    at " + frame)
                                .collect(Collectors.joining()))
                .collect(Collectors.joining("\n"));
    }
}
