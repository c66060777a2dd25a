/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.hazelcast;

import java.util.function.Supplier;

/**
 * The class loader that threads of Hazelcast and of ours inherit: that of our jar, never the one of the web application that
 * happens to start them.
 */
final class OurLoader {

    static final ClassLoader LOADER = OurLoader.class.getClassLoader();

    private OurLoader() {}

    static <T> T under(Supplier<T> action) {
        Thread thread = Thread.currentThread();
        ClassLoader before = thread.getContextClassLoader();
        thread.setContextClassLoader(LOADER);
        try {
            return action.get();
        } finally {
            thread.setContextClassLoader(before);
        }
    }
}
