/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.it.app;

import java.io.Serializable;

/** Says that it is serializable, and holds something that is not. */
public class Holder implements Serializable {
    private static final long serialVersionUID = 1;

    @SuppressWarnings("serial")
    final Object culprit = new Object();

    @Override
    public String toString() {
        return "holder";
    }
}
