/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.tomcat;

import jakarta.servlet.ServletContext;
import jakarta.servlet.http.HttpSession;
import java.lang.reflect.Proxy;

/** A session that has ended, as the part of Tomcat sees it that closes its WebSockets: an id, and nothing else that is valid. */
final class EndedSession {

    private EndedSession() {}

    /** One of this id, with the route. */
    static HttpSession of(ServletContext application, String id) {
        // No class of ours: the interface of Tomcat 11 has a method with a type that Tomcat 10.1 lacks.
        return (HttpSession) Proxy.newProxyInstance(
                EndedSession.class.getClassLoader(),
                new Class<?>[] {HttpSession.class},
                (session, method, arguments) -> switch (method.getName()) {
                    case "getId" -> id;
                    case "getServletContext" -> application;
                    default -> throw new IllegalStateException("The session has ended");
                });
    }
}
