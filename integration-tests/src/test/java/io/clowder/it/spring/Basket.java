/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.it.spring;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;

/** A bean of the scope of a session; the rest of the application sees a proxy of it. */
public class Basket implements Serializable {
    private static final long serialVersionUID = 1;

    private final List<String> items = new ArrayList<>();

    public int add(String item) {
        items.add(item);
        return items.size();
    }

    public int size() {
        return items.size();
    }
}
