/** A small shop, as anybody would write one: servlets, pages, values in the session. It knows nothing of clusters. */
@NullMarked
package io.clowder.sample;

import org.jspecify.annotations.NullMarked;
