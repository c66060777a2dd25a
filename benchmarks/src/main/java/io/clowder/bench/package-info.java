/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Real Tomcats with Clowder beside real Tomcats with what users would pick instead, under the same load. A
 * {@link io.clowder.bench.Contender} says what a Tomcat is given, a {@link io.clowder.bench.Stand} runs its nodes, a
 * {@link io.clowder.bench.Load} asks them and checks every answer, and {@link io.clowder.bench.Report} writes down what
 * it cost. Nothing here is part of the product.
 */
@NullMarked
package io.clowder.bench;

import org.jspecify.annotations.NullMarked;
