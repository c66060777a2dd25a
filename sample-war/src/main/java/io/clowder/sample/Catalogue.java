/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.sample;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** All that the shop sells. */
final class Catalogue {
    static final List<Product> PRODUCTS = List.of(
            new Product("earl", "Earl Greypaw", "tea", "Black tea with bergamot, for a cat of good family.", 790),
            new Product("purr", "Darjeeling Purr", "tea", "First flush. Hums quietly if you hold the cup right.", 1150),
            new Product("nap", "Camomile Catnap", "tea", "Three minutes in the pot, two hours on the sofa.", 640),
            new Product("smoke", "Lapsang Whiskers", "tea", "Smoky, like a tabby that sat by the stove.", 980),
            new Product("box", "If It Fits, I Sits", "book", "A short philosophy of boxes. Illustrated.", 1890),
            new Product("four", "Four in the Morning", "book", "A thriller. Somebody runs through the hall.", 1490),
            new Product("table", "Things on Tables", "book", "Seven experiments with gravity.", 1290),
            new Product("door", "The Other Side of the Door", "book", "He wants out. He wants in. A novel.", 1690));

    private Catalogue() {}

    static @Nullable Product find(@Nullable String id) {
        return PRODUCTS.stream()
                .filter(one -> one.getId().equals(id))
                .findFirst()
                .orElse(null);
    }
}
