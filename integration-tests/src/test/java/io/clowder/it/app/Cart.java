/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.it.app;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;

/** A bean as applications keep it: a list of beans, changed in place. */
public class Cart implements Serializable {
    private static final long serialVersionUID = 1;

    private final List<Item> items = new ArrayList<>();

    /** One line of the cart. */
    public static class Item implements Serializable {
        private static final long serialVersionUID = 1;

        private final String name;

        Item(String name) {
            this.name = name;
        }
    }

    void add(String name) {
        items.add(new Item(name));
    }

    @Override
    public String toString() {
        return String.join("|", items.stream().map(item -> item.name).toList());
    }
}
