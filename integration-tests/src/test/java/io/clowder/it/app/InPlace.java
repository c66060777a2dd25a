/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.it.app;

import jakarta.servlet.http.HttpSession;
import java.util.ArrayList;
import java.util.List;

/** Steps of the probe that change an object in an attribute and never call {@code setAttribute} again. */
final class InPlace {

    private InPlace() {}

    static Object taken(String verb, String name, String value, HttpSession session) {
        return switch (verb) {
            case "newList" -> {
                session.setAttribute(name, new ArrayList<String>());
                yield "ok";
            }
            case "append" -> {
                List<String> list = list(session, name);
                list.add(value);
                yield list.size();
            }
            case "size" -> list(session, name).size();
            default -> throw new IllegalArgumentException(verb);
        };
    }

    @SuppressWarnings("unchecked")
    private static List<String> list(HttpSession session, String name) {
        return (List<String>) session.getAttribute(name);
    }
}
