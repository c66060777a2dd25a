/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.sample;

import java.util.Locale;

/** Something the shop sells. A bean rather than a record: EL reads records only from Jakarta EE 11 on. */
public final class Product {
    private final String id;
    private final String name;
    private final String kind;
    private final String text;
    private final int cents;

    Product(String id, String name, String kind, String text, int cents) {
        this.id = id;
        this.name = name;
        this.kind = kind;
        this.text = text;
        this.cents = cents;
    }

    public String getId() {
        return id;
    }

    public String getName() {
        return name;
    }

    /** {@code tea} or {@code book}: picks the picture. */
    public String getKind() {
        return kind;
    }

    public String getText() {
        return text;
    }

    public int getCents() {
        return cents;
    }

    public String getPrice() {
        return price(cents);
    }

    static String price(int cents) {
        return String.format(Locale.ROOT, "€ %d.%02d", cents / 100, cents % 100);
    }
}
