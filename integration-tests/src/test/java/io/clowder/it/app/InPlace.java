/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.it.app;

import jakarta.servlet.http.HttpSession;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Steps of the probe that change an object in an attribute and never call {@code setAttribute} again. */
final class InPlace {
    private static final Map<String, CountDownLatch> RUNNING = new HashMap<>();

    /** Objects in objects, none of which knows that it is in a session. */
    private static final class Shelf implements Serializable {
        private static final long serialVersionUID = 1;

        private final Map<String, Cart> carts = new TreeMap<>();
        private final int[] sold = new int[1];
        private final StringBuilder label = new StringBuilder();

        void stock(String item) {
            carts.computeIfAbsent("top", any -> new Cart()).add(item);
            sold[0]++;
            label.append('+');
        }

        @Override
        public String toString() {
            return carts + " " + sold[0] + " " + label;
        }
    }

    private InPlace() {}

    static Object taken(String verb, String name, String value, HttpSession session) {
        return switch (verb) {
            case "lists" -> {
                for (int i = 0; i < Integer.parseInt(value); i++) {
                    session.setAttribute(name + i, new ArrayList<String>());
                }
                yield "ok";
            }
            case "list" -> {
                session.setAttribute(name, new ArrayList<String>());
                yield "ok";
            }
            case "append" -> {
                List<String> list = list(session, name);
                list.add(value);
                yield list.size();
            }
            case "size" -> list(session, name).size();
            case "distinct" -> list(session, name).stream().distinct().count();
            case "shelf" -> {
                session.setAttribute(name, new Shelf());
                yield "ok";
            }
            case "stock" -> {
                Shelf shelf = (Shelf) session.getAttribute(name);
                shelf.stock(value);
                yield shelf;
            }
            case "bind" -> {
                session.setAttribute(name, new Events.Bound(name));
                yield "ok";
            }
            // missing=1000: as many times
            case "gets" -> {
                Object last = null;
                for (int i = 0; i < Integer.parseInt(value); i++) {
                    last = session.getAttribute(name);
                }
                yield last;
            }
            case "appenders" -> startAppenders(list(session, name), name, value);
            case "appended" -> ended(name);
            default -> throw new IllegalArgumentException(verb);
        };
    }

    @SuppressWarnings("unchecked")
    private static List<String> list(HttpSession session, String name) {
        return (List<String>) session.getAttribute(name);
    }

    /** {@code 8x100}: eight threads of the application, which append 100 times each while requests come and go. */
    private static String startAppenders(List<String> list, String name, String how) {
        String[] numbers = how.split("x");
        int threads = Integer.parseInt(numbers[0]);
        CountDownLatch running = new CountDownLatch(threads);
        synchronized (RUNNING) {
            RUNNING.put(name, running);
        }
        for (int i = 0; i < threads; i++) {
            String prefix = i + "/";
            Thread thread = new Thread(() -> {
                for (int n = 0; n < Integer.parseInt(numbers[1]); n++) {
                    // They do not lose each other's work; who encodes the list does not know of their lock.
                    synchronized (list) {
                        list.add(prefix + n);
                    }
                    Thread.yield();
                }
                running.countDown();
            });
            thread.setDaemon(true);
            thread.start();
        }
        return "started";
    }

    /** Waits until those threads are through. */
    private static boolean ended(String name) {
        CountDownLatch running;
        synchronized (RUNNING) {
            running = RUNNING.get(name);
        }
        try {
            return running.await(30, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
