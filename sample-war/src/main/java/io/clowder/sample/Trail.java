/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.sample;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Which nodes served the last pages of a session, oldest first: a session attribute, replaced at each page. */
public final class Trail implements Serializable {
    private static final long serialVersionUID = 1;
    private static final int LENGTH = 12;

    private final ArrayList<String> nodes;

    Trail() {
        this(List.of());
    }

    private Trail(List<String> nodes) {
        this.nodes = new ArrayList<>(nodes);
    }

    Trail plus(String node) {
        List<String> longer = new ArrayList<>(nodes);
        longer.add(node);
        return new Trail(longer.subList(Math.max(0, longer.size() - LENGTH), longer.size()));
    }

    /** The node that served the last page, if there was one. */
    @Nullable
    String last() {
        return nodes.isEmpty() ? null : nodes.get(nodes.size() - 1);
    }

    public List<String> getNodes() {
        return List.copyOf(nodes);
    }
}
