/* SPDX-License-Identifier: Apache-2.0 */
/** The web application that the nodes serve. It knows nothing of Clowder, nor of the rest of this module. */
@NullMarked
package io.clowder.chaos.app;

import org.jspecify.annotations.NullMarked;
