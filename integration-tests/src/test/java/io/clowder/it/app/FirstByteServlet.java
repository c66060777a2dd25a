/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.it.app;

import static java.nio.charset.StandardCharsets.US_ASCII;

import jakarta.servlet.DispatcherType;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Sets the attributes a0 to a4 to {@code value}, answers in the way that {@code how} names, and then, where that makes the
 * response begin, waits until another request with {@code open} lets it go on.
 */
public class FirstByteServlet extends HttpServlet {
    private static final long serialVersionUID = 1;

    private static final int PATIENCE_SECONDS = 20;
    private static final int MUCH = 20_000;

    private final transient ConcurrentHashMap<String, CountDownLatch> gates = new ConcurrentHashMap<>();

    @Override
    protected void service(HttpServletRequest request, HttpServletResponse response)
            throws ServletException, IOException {
        if (request.getParameter("open") != null) {
            gate(request.getParameter("open")).countDown();
            return;
        }
        if (request.getDispatcherType() != DispatcherType.REQUEST) {
            response.getOutputStream().write(much());
            return;
        }
        String value = request.getParameter("value");
        for (int i = 0; i < 5; i++) {
            request.getSession().setAttribute("a" + i, value);
        }
        send(request.getParameter("how"), request, response);
        if (response.isCommitted() && request.getParameter("wait") != null) {
            pass(gate(value));
        }
    }

    private static void send(String how, HttpServletRequest request, HttpServletResponse response)
            throws ServletException, IOException {
        switch (how) {
            case "redirect" -> response.sendRedirect("do");
            case "flush" -> {
                response.getWriter().print("begun");
                response.flushBuffer();
            }
            case "stream" -> {
                response.getOutputStream().print("begun");
                response.getOutputStream().flush();
            }
            case "chunked" -> response.getOutputStream().write(much());
            case "text" -> response.getWriter().print(new String(much(), US_ASCII));
            case "length" -> {
                response.setContentLength(2 * MUCH);
                response.getOutputStream().write(much());
                response.getOutputStream().write(much());
            }
            case "forward" -> request.getRequestDispatcher("/first").forward(request, response);
            case "include" -> request.getRequestDispatcher("/first").include(request, response);
            case "error" -> response.sendError(404);
            case "page" -> response.sendError(500, request.getParameter("value"));
            default -> throw new IllegalArgumentException(how);
        }
    }

    private static byte[] much() {
        return "x".repeat(MUCH).getBytes(US_ASCII);
    }

    private CountDownLatch gate(String name) {
        return gates.computeIfAbsent(name, any -> new CountDownLatch(1));
    }

    private static void pass(CountDownLatch gate) {
        try {
            if (!gate.await(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                throw new IllegalStateException("Nobody opened");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
