/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.sample;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpSession;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What a page says about the session that it belongs to: the footer, and {@code /status}. */
public final class Visit {
    static final String CART = "cart";
    static final String VISITS = "visits";
    static final String TRAIL = "trail";
    static final String NOTICE = "notice";

    private static final DateTimeFormatter CLOCK = DateTimeFormatter.ofPattern("HH:mm:ss", Locale.ROOT);
    private static final int SHOWN = 6;

    private final HttpSession session;
    private final String node;
    private @Nullable String movedFrom;

    private Visit(HttpSession session, String node) {
        this.session = session;
        this.node = node;
    }

    /** The visit as it stands, without counting it; null if the request has no session. */
    public static @Nullable Visit of(HttpServletRequest request) {
        HttpSession session = request.getSession(false);
        return session == null ? null : new Visit(session, node(request));
    }

    /** Counts one more page. */
    static Visit count(HttpServletRequest request) {
        Visit visit = new Visit(request.getSession(), node(request));
        Trail trail = Objects.requireNonNullElseGet((Trail) visit.session.getAttribute(TRAIL), Trail::new);
        if (!visit.node.equals(trail.last())) {
            visit.movedFrom = trail.last();
        }
        visit.session.setAttribute(TRAIL, trail.plus(visit.node));
        visit.session.setAttribute(VISITS, visit.getVisits() + 1);
        return visit;
    }

    /** The node that serves the request: its route if it has one, else its port. */
    static String node(HttpServletRequest request) {
        HttpSession session = request.getSession(false);
        String route = session == null ? "" : route(session.getId());
        return route.isEmpty() ? System.getProperty("jvmRoute", "port " + request.getLocalPort()) : route;
    }

    static Cart cart(HttpSession session) {
        return Objects.requireNonNullElseGet((Cart) session.getAttribute(CART), Cart::new);
    }

    public String getNode() {
        return node;
    }

    /** The node that served the page before, if it was another one. */
    public @Nullable String getMovedFrom() {
        return movedFrom;
    }

    /** The first characters of the id: enough to recognize it, too few to use it. */
    public String getId() {
        return session.getId().substring(0, Math.min(SHOWN, session.getId().length())) + "…";
    }

    public int getVisits() {
        return Objects.requireNonNullElse((Integer) session.getAttribute(VISITS), 0);
    }

    public Trail getTrail() {
        return Objects.requireNonNullElseGet((Trail) session.getAttribute(TRAIL), Trail::new);
    }

    public Cart getCart() {
        return cart(session);
    }

    public Instant getCreated() {
        return Instant.ofEpochMilli(session.getCreationTime());
    }

    public String getSince() {
        return CLOCK.format(getCreated().atZone(ZoneId.systemDefault()));
    }

    public String getAge() {
        Duration age = Duration.between(getCreated(), Instant.now());
        if (age.toMinutes() < 1) {
            return "less than a minute";
        }
        return age.toHours() < 1 ? age.toMinutes() + " min" : age.toHours() + " h " + age.toMinutesPart() + " min";
    }

    private static String route(String id) {
        int dot = id.lastIndexOf('.');
        return dot < 0 ? "" : id.substring(dot + 1);
    }
}
