/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.sample;

import jakarta.servlet.annotation.WebServlet;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The footer for machines, as JSON. It reads only: no session is made, no visit counted. {@code port} is the port that
 * took the request, so it tells the truth about the node whatever the session id says.
 */
@WebServlet("/status")
public final class StatusServlet extends HttpServlet {
    private static final long serialVersionUID = 1;

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
        Visit visit = Visit.of(request);
        response.setContentType("application/json");
        response.setCharacterEncoding("UTF-8");
        response.setHeader("Cache-Control", "no-store");
        response.getWriter()
                .printf(
                        "{\"node\":%s,\"port\":%d,\"user\":%s,\"session\":%s}%n",
                        quoted(Visit.node(request)),
                        request.getLocalPort(),
                        quoted(request.getRemoteUser()),
                        visit == null ? "null" : session(visit));
    }

    private static String session(Visit visit) {
        String cart = visit.getCart().getLines().stream()
                .map(line -> quoted(line.getProduct().getId()) + ":" + line.getQuantity())
                .collect(Collectors.joining(",", "{", "}"));
        return "{\"id\":%s,\"created\":%s,\"visits\":%d,\"cart\":%s}"
                .formatted(quoted(visit.getId()), quoted(visit.getCreated().toString()), visit.getVisits(), cart);
    }

    private static String quoted(@Nullable String text) {
        if (text == null) {
            return "null";
        }
        StringBuilder json = new StringBuilder("\"");
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"' || c == '\\') {
                json.append('\\').append(c);
            } else if (c < ' ') {
                json.append("\\u%04x".formatted((int) c));
            } else {
                json.append(c);
            }
        }
        return json.append('"').toString();
    }
}
