/* SPDX-License-Identifier: Apache-2.0 */

/**
 * Where sessions may be stored: the {@code SessionStore} interface, and the immutable values that pass through it as bytes.
 * Part of the API. Depends on the JDK alone, on nothing of ours.
 */
@NullMarked
package io.clowder.store;

import org.jspecify.annotations.NullMarked;
