/* SPDX-License-Identifier: Apache-2.0 */

/**
 * Turns attribute values into bytes and back, inside the class loader of the web application. Internal. Depends on the JDK
 * alone, on nothing of ours.
 */
@NullMarked
package io.clowder.codec;

import org.jspecify.annotations.NullMarked;
