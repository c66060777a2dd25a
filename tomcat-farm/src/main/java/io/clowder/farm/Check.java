/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.farm;

import java.io.PrintStream;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** The tour without a visitor: each step says OK or FAILED, and how long it took. The first failure ends it. */
final class Check {
    private static final Duration STOP = Duration.ofSeconds(20);

    private final Stage stage;
    private final PrintStream out;
    private final Browser browser = new Browser(Duration.ofSeconds(20));

    Check(Stage stage, PrintStream out) {
        this.stage = stage;
        this.out = out;
    }

    /** One step; what it finds wrong, it throws as {@link Wrong}. */
    private interface Step {
        void go();
    }

    /** Something does not hold. */
    private static final class Wrong extends RuntimeException {
        private static final long serialVersionUID = 1;

        Wrong(String message) {
            super(message);
        }
    }

    /** Whether all steps held. */
    boolean run() {
        try {
            walk();
            return true;
        } catch (Wrong e) {
            out.println(e.getMessage());
            stage.nodes()
                    .forEach(node -> out.println("The log of " + node + " is " + node.base() + "/logs/catalina.out"));
            return false;
        }
    }

    private void walk() {
        step("start two Tomcats", stage::start);
        step("log in", this::logIn);
        step("fill the cart, look around", this::shop);
        ShopStatus before = status();
        TomcatNode first = stage.at(before.port());
        TomcatNode second = stage.other(first);
        step("kill -9 node " + first.route() + ", which serves", first::kill);
        step("go on at node " + second.route(), () -> goOn(before, second));
        step("start node " + first.route() + " again", stage::start);
        ShopStatus there = status();
        step("go back to node " + first.route(), () -> {
            stage.door().drain(second);
            goOn(there, first);
            stage.door().admit(second);
        });
        String id = Objects.requireNonNull(browser.sessionId());
        step("log out", this::logOut);
        step("the old session is dead on both nodes", () -> dead(id));
        step("stop both Tomcats", this::stop);
    }

    private void logIn() {
        URI account = at("/account");
        expect("the login page", browser.get(account).body().contains("j_security_check"), true);
        String before = browser.sessionId();
        Browser.Page page =
                browser.post(at("/j_security_check"), Map.of("j_username", Stage.USER, "j_password", Stage.PASSWORD));
        expect("the page after login", page.uri(), account);
        expect("the user", status().user(), Stage.USER);
        expect("a new id at login", !Objects.equals(before, browser.sessionId()), true);
    }

    private void shop() {
        for (String product : List.of("earl", "four", "earl")) {
            browser.post(at("/cart/change"), Map.of("product", product));
        }
        int visits = status().visits();
        expect("the cart page", browser.get(at("/cart")).status(), 200);
        expect("the cart", status().cart(), "{\"earl\":2,\"four\":1}");
        expect("the counter", status().visits(), visits + 1);
    }

    private void goOn(ShopStatus before, TomcatNode node) {
        String id = Objects.requireNonNull(browser.sessionId());
        expect("the page", browser.get(at("/account")).uri(), at("/account"));
        expect("the session", status(), new ShopStatus(node.port(), before.user(), before.visits() + 1, before.cart()));
        expect("the route in the cookie", route(browser.sessionId()), "." + node.route());
        expect("the same id before the route", base(browser.sessionId()).equals(base(id)), true);
    }

    private void logOut() {
        browser.post(at("/logout"), Map.of());
        expect("the user", status().user(), null);
    }

    private void dead(String id) {
        for (TomcatNode node : stage.nodes()) {
            for (TomcatNode route : stage.nodes()) {
                Browser thief = new Browser(Duration.ofSeconds(20));
                thief.sessionId(base(id) + "." + route.route());
                ShopStatus status = ShopStatus.of(thief.get(node.url("/status")));
                expect("a session on " + node + " for the old id", status.hasSession(), false);
            }
        }
    }

    private void stop() {
        List<CompletableFuture<Duration>> stops = stage.nodes().stream()
                .map(node -> CompletableFuture.supplyAsync(() -> node.stop(STOP)))
                .toList();
        stops.forEach(CompletableFuture::join);
    }

    private void step(String name, Step step) {
        long begin = System.nanoTime();
        String problem = null;
        try {
            step.go();
        } catch (RuntimeException e) {
            problem = e instanceof Wrong ? e.getMessage() : e.toString();
        }
        long millis = (System.nanoTime() - begin) / 1_000_000;
        out.printf("%-6s %6d ms  %s%n", problem == null ? "OK" : "FAILED", millis, name);
        if (problem != null) {
            throw new Wrong(problem);
        }
    }

    private ShopStatus status() {
        return ShopStatus.of(browser.get(at("/status")));
    }

    private URI at(String path) {
        return URI.create(stage.door().url() + path);
    }

    // Only the route, or only a yes or no, ever gets into a message: an id is a credential.
    private static String route(String id) {
        return id.substring(base(id).length());
    }

    private static String base(String id) {
        int dot = id.lastIndexOf('.');
        return dot < 0 ? id : id.substring(0, dot);
    }

    private static void expect(String what, @Nullable Object found, @Nullable Object wanted) {
        if (!Objects.equals(found, wanted)) {
            throw new Wrong("       " + what + ": expected " + wanted + ", found " + found);
        }
    }
}
