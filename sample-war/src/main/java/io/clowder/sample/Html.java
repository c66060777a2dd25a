/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.sample;

import org.jspecify.annotations.Nullable;

/** What pages call from EL to write text. */
public final class Html {
    private Html() {}

    /** The text with the characters escaped that mean something in HTML, in content and in quoted attributes. */
    public static String text(@Nullable Object value) {
        return value == null
                ? ""
                : value.toString()
                        .replace("&", "&amp;")
                        .replace("<", "&lt;")
                        .replace(">", "&gt;")
                        .replace("\"", "&quot;")
                        .replace("'", "&#39;");
    }
}
