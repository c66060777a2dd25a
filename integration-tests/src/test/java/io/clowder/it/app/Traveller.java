/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.it.app;

import jakarta.servlet.http.HttpSessionActivationListener;
import jakarta.servlet.http.HttpSessionEvent;
import java.io.Serializable;
import java.util.concurrent.atomic.AtomicInteger;

/** Says how many of its kind the application was told on this node to have gone and to have come. */
public class Traveller implements HttpSessionActivationListener, Serializable {
    private static final long serialVersionUID = 1;

    private static final AtomicInteger GONE = new AtomicInteger();
    private static final AtomicInteger COME = new AtomicInteger();

    @Override
    public void sessionWillPassivate(HttpSessionEvent event) {
        GONE.incrementAndGet();
    }

    @Override
    public void sessionDidActivate(HttpSessionEvent event) {
        COME.incrementAndGet();
    }

    @Override
    public String toString() {
        return GONE + " gone, " + COME + " come";
    }
}
