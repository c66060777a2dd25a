/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.it.app;

import jakarta.servlet.http.HttpSession;
import jakarta.servlet.http.HttpSessionEvent;
import jakarta.servlet.http.HttpSessionListener;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Writes a line for each session that ends, with an attribute of a class of the application, to where it outlives the
 * process. Takes its time, so that a test can end the process meanwhile.
 */
public class Farewell implements HttpSessionListener {
    @Override
    public void sessionDestroyed(HttpSessionEvent event) {
        HttpSession session = event.getSession();
        System.out.println("farewell to " + session.getAttribute("name") + " with " + session.getAttribute("cart"));
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
    }
}
