/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.bench.app;

import static java.nio.charset.StandardCharsets.US_ASCII;

import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpSession;
import java.io.IOException;

/**
 * What each request of the benchmark does. The query is one letter and the number of an attribute: {@code s} makes a small
 * session, {@code b} a big one, {@code r} reads the counter and that attribute, {@code w} counts, and reads that attribute.
 *
 * <p>A small session has 10 attributes of 200 characters, the first of which begins with the counter: who counts replaces
 * it. A big one has 99 of 1,024 characters, and the counter is an Integer.
 *
 * <p>The answer is the counter, the hash of the attribute that has it, and the hash of the attribute asked for; or
 * {@code none}.
 */
public class WorkServlet extends HttpServlet {
    /** How many attributes a small session has, and a big one, with the counter. */
    static final int SMALL_SIZE = 10;

    static final int BIG_SIZE = 100;

    private static final long serialVersionUID = 1;
    private static final String COUNTER = "a0";
    private static final String[] NAMES = new String[BIG_SIZE];

    static {
        for (int i = 0; i < NAMES.length; i++) {
            NAMES[i] = "a" + i;
        }
    }

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
        String query = request.getQueryString();
        char what = query.charAt(0);
        int attribute = Integer.parseInt(query, 1, query.length(), 10);
        response.setContentType("text/plain");
        response.getOutputStream().write(answer(request, what, attribute).getBytes(US_ASCII));
    }

    private static String answer(HttpServletRequest request, char what, int attribute) {
        if (what == 's' || what == 'b') {
            HttpSession session = request.getSession(true);
            fill(session, what == 'b');
            return line(session, attribute);
        }
        HttpSession session = request.getSession(false);
        if (session == null || session.getAttribute(COUNTER) == null) {
            return "none";
        }
        if (what == 'w') {
            count(session);
        }
        return line(session, attribute);
    }

    private static void fill(HttpSession session, boolean big) {
        session.setAttribute(COUNTER, big ? Integer.valueOf(0) : Texts.of(0, Texts.SMALL));
        int size = big ? BIG_SIZE : SMALL_SIZE;
        for (int i = 1; i < size; i++) {
            session.setAttribute(NAMES[i], Texts.of(i, big ? Texts.BIG : Texts.SMALL));
        }
    }

    private static void count(HttpSession session) {
        Object counter = session.getAttribute(COUNTER);
        int next = number(counter) + 1;
        session.setAttribute(COUNTER, counter instanceof String ? Texts.of(next, Texts.SMALL) : Integer.valueOf(next));
    }

    private static String line(HttpSession session, int attribute) {
        Object counter = session.getAttribute(COUNTER);
        Object other = session.getAttribute(NAMES[attribute]);
        return number(counter) + " " + counter.hashCode() + " " + (other == null ? "none" : other.hashCode());
    }

    private static int number(Object counter) {
        return counter instanceof String text ? Texts.number(text) : (Integer) counter;
    }
}
