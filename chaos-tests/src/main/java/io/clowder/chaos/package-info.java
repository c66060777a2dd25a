/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Random requests and failures on a cluster, and a checker of what the clients saw. A {@link io.clowder.chaos.Plan} says
 * what is asked, {@link io.clowder.chaos.Faults} what breaks meanwhile; each {@link io.clowder.chaos.Client} writes what
 * it saw into one {@link io.clowder.chaos.History}, and the {@link io.clowder.chaos.Checker} compares that with the
 * promise. Nothing here is part of the product.
 */
@NullMarked
package io.clowder.chaos;

import org.jspecify.annotations.NullMarked;
