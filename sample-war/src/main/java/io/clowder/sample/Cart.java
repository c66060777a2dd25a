/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.sample;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What the visitor wants to buy: a session attribute, replaced by another cart at each change. */
public final class Cart implements Serializable {
    private static final long serialVersionUID = 1;
    private static final int MOST = 99;

    private final LinkedHashMap<String, Integer> quantities;

    Cart() {
        this(Map.of());
    }

    private Cart(Map<String, Integer> quantities) {
        this.quantities = new LinkedHashMap<>(quantities);
    }

    Cart plus(Product product, int quantity) {
        Map<String, Integer> changed = new LinkedHashMap<>(quantities);
        int sum = Math.min(MOST, changed.getOrDefault(product.getId(), 0) + quantity);
        if (sum > 0) {
            changed.put(product.getId(), sum);
        } else {
            changed.remove(product.getId());
        }
        return new Cart(changed);
    }

    public List<Line> getLines() {
        List<Line> lines = new ArrayList<>();
        quantities.forEach((id, quantity) -> {
            Product product = Catalogue.find(id);
            // A session may be older than the catalogue.
            if (product != null) {
                lines.add(new Line(product, quantity));
            }
        });
        return lines;
    }

    public int getCount() {
        return getLines().stream().mapToInt(Line::getQuantity).sum();
    }

    public String getTotal() {
        return Product.price(getLines().stream().mapToInt(Line::getCents).sum());
    }

    // Not isEmpty: "empty" is a word of the expression language.
    public boolean isFilled() {
        return getCount() > 0;
    }

    /** One product in the cart. */
    public static final class Line {
        private final Product product;
        private final int quantity;

        private Line(Product product, int quantity) {
            this.product = product;
            this.quantity = quantity;
        }

        public Product getProduct() {
            return product;
        }

        public int getQuantity() {
            return quantity;
        }

        public String getPrice() {
            return Product.price(getCents());
        }

        int getCents() {
            return product.getCents() * quantity;
        }
    }
}
