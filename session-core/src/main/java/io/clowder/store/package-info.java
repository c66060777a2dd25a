/**
 * Where the sessions of a web application are kept: the interface that a store implements, the values that cross it, and the
 * rules of how a stored session changes. Bytes only; depends on nothing of ours.
 */
@NullMarked
package io.clowder.store;

import org.jspecify.annotations.NullMarked;
