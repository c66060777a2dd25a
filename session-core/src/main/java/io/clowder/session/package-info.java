/* SPDX-License-Identifier: Apache-2.0 */

/**
 * The rules of a session and its live state on one node: what may be opened, saved, renamed and ended, by whom and when, and
 * which attributes a request touched. Internal. Depends on {@code io.clowder.codec}, {@code io.clowder.store} and the JDK.
 */
@NullMarked
package io.clowder.session;

import org.jspecify.annotations.NullMarked;
