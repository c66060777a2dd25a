/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.it.app;

import static java.nio.charset.StandardCharsets.US_ASCII;

import jakarta.servlet.AsyncContext;
import jakarta.servlet.AsyncEvent;
import jakarta.servlet.AsyncListener;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.WriteListener;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/** Starts async work, which sets the attribute {@code x} to {@code value} half a second later; {@code how} says how it ends. */
public class AsyncServlet extends HttpServlet {
    private static final long serialVersionUID = 1;

    private static final Executor LATER = CompletableFuture.delayedExecutor(500, TimeUnit.MILLISECONDS);

    @Override
    protected void service(HttpServletRequest request, HttpServletResponse response) throws IOException {
        if (request.getDispatcherType() != DispatcherType.REQUEST) {
            response.getWriter().print("dispatched");
            return;
        }
        String value = request.getParameter("value");
        AsyncContext context = request.startAsync();
        switch (request.getParameter("how")) {
            case "complete" ->
                later(() -> {
                    set(context, value);
                    context.complete();
                });
            case "virtual" ->
                onAnyThread(() -> {
                    set(context, value);
                    context.complete();
                });
            case "start" ->
                context.start(() -> {
                    set(context, value);
                    context.complete();
                });
            case "dispatch" ->
                later(() -> {
                    set(context, value);
                    context.dispatch("/async");
                });
            case "timeout" -> {
                context.setTimeout(500);
                context.addListener(new Ending() {
                    @Override
                    public void onTimeout(AsyncEvent event) {
                        set(context, value);
                        context.complete();
                    }
                });
            }
            case "error" -> {
                context.addListener(new Ending() {
                    @Override
                    public void onError(AsyncEvent event) {
                        set(context, value);
                        context.complete();
                    }
                });
                throw new IllegalStateException("after startAsync");
            }
            case "write" -> {
                ServletOutputStream stream = response.getOutputStream();
                stream.setWriteListener(new Writing(context, stream, value));
            }
            default -> throw new IllegalArgumentException(request.getParameter("how"));
        }
    }

    private static void later(Runnable work) {
        LATER.execute(work);
    }

    /** A virtual thread, where this Java has them. */
    private static void onAnyThread(Runnable work) {
        try {
            Thread.class.getMethod("startVirtualThread", Runnable.class).invoke(null, work);
        } catch (ReflectiveOperationException e) {
            new Thread(work).start();
        }
    }

    private static void set(AsyncContext context, String value) {
        HttpServletRequest request = (HttpServletRequest) context.getRequest();
        request.getSession().setAttribute("x", value);
    }

    private static class Ending implements AsyncListener {
        @Override
        public void onComplete(AsyncEvent event) {}

        @Override
        public void onTimeout(AsyncEvent event) {}

        @Override
        public void onError(AsyncEvent event) {}

        @Override
        public void onStartAsync(AsyncEvent event) {}
    }

    /** Writes more than fits into a buffer, without blocking. */
    private static final class Writing implements WriteListener {
        private final AtomicBoolean begun = new AtomicBoolean();
        private final AsyncContext context;
        private final ServletOutputStream stream;
        private final String value;

        Writing(AsyncContext context, ServletOutputStream stream, String value) {
            this.context = context;
            this.stream = stream;
            this.value = value;
        }

        @Override
        public void onWritePossible() throws IOException {
            if (begun.compareAndSet(false, true)) {
                set(context, value);
                stream.write("x".repeat(100_000).getBytes(US_ASCII));
            }
            if (stream.isReady()) {
                context.complete();
            }
        }

        @Override
        public void onError(Throwable e) {
            context.complete();
        }
    }
}
