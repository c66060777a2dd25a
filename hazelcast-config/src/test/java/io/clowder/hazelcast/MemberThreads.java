/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.hazelcast;

import java.util.List;

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
}
