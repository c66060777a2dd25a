/**
 * Real Tomcats as processes of their own, a load balancer in front of them, and the tour that the demo makes with both.
 * For the demo and the tests only: nothing here is part of the product, and nothing here depends on it.
 */
@NullMarked
package io.clowder.farm;

import org.jspecify.annotations.NullMarked;
