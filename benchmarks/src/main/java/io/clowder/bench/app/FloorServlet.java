/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.bench.app;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.clowder.bench.floor.Cell;
import io.clowder.bench.floor.Count;
import io.clowder.bench.floor.FloorMap;
import io.clowder.bench.floor.Look;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Answers as {@link WorkServlet} does, without a session: a request that counts runs one entry processor, a roaming one
 * that reads runs one that only reads, a sticky one that reads looks into a map of this JVM.
 */
public class FloorServlet extends HttpServlet {
    private static final long serialVersionUID = 1;
    private static final byte[] NOTHING = {};

    /** What a node of a sticky group would have at hand. */
    private static final Map<String, Integer> AT_HAND = new ConcurrentHashMap<>();

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
        String query = request.getQueryString();
        char what = query.charAt(0);
        int attribute = Integer.parseInt(query, 1, query.length(), 10);
        response.setContentType("text/plain");
        String answer;
        if (what == 's' || what == 'b') {
            answer = make(response, what == 'b', attribute);
        } else {
            answer = used(request.getRequestedSessionId(), what, attribute, request.getContextPath());
        }
        response.getOutputStream().write(answer.getBytes(US_ASCII));
    }

    private static String make(HttpServletResponse response, boolean big, int attribute) {
        int size = big ? WorkServlet.BIG_SIZE : WorkServlet.SMALL_SIZE;
        byte[][] attributes = new byte[size][];
        attributes[0] = big ? NOTHING : bytes(0);
        for (int i = 1; i < size; i++) {
            attributes[i] = Texts.of(i, big ? Texts.BIG : Texts.SMALL).getBytes(US_ASCII);
        }
        String key = FloorMap.homeKey(big ? "B" : "S");
        FloorMap.map().set(key, new Cell(0, attributes));
        AT_HAND.put(key, 0);
        response.addHeader("Set-Cookie", "JSESSIONID=" + key);
        return line(0, big, attribute);
    }

    private static String used(@Nullable String key, char what, int attribute, String app) {
        if (key == null) {
            return "none";
        }
        boolean big = key.charAt(0) == 'B';
        Integer counter;
        if (what == 'w') {
            counter = FloorMap.map().executeOnKey(key, new Count(big ? NOTHING : bytes(0)));
        } else if (app.equals("/sticky") && AT_HAND.containsKey(key)) {
            return line(AT_HAND.get(key), big, attribute);
        } else {
            counter = FloorMap.map().executeOnKey(key, new Look());
        }
        if (counter == null) {
            return "none";
        }
        AT_HAND.put(key, counter);
        return line(counter, big, attribute);
    }

    private static byte[] bytes(int number) {
        return Texts.of(number, Texts.SMALL).getBytes(US_ASCII);
    }

    private static String line(int counter, boolean big, int attribute) {
        int first =
                big ? Integer.hashCode(counter) : Texts.of(counter, Texts.SMALL).hashCode();
        return counter + " " + first + " "
                + Texts.of(attribute, big ? Texts.BIG : Texts.SMALL).hashCode();
    }
}
