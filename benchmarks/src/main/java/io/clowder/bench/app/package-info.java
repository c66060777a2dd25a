/* SPDX-License-Identifier: Apache-2.0 */
/** The web application that all contenders serve. Depends on nothing of ours but, in one servlet, on the floor's map. */
@NullMarked
package io.clowder.bench.app;

import org.jspecify.annotations.NullMarked;
