/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.chaos.app;

import java.io.Serializable;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** An object that applications change without telling the session. Requests may do so at the same time. */
public final class Basket implements Serializable {
    private static final long serialVersionUID = 1;

    private final CopyOnWriteArrayList<String> items = new CopyOnWriteArrayList<>();

    void add(String item) {
        items.add(item);
    }

    List<String> items() {
        return items;
    }
}
