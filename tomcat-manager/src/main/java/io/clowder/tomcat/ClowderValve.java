/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.tomcat;

import io.clowder.store.StoreUnavailableException;
import jakarta.servlet.AsyncEvent;
import jakarta.servlet.AsyncListener;
import jakarta.servlet.RequestDispatcher;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.apache.catalina.Valve;
import org.apache.catalina.connector.Request;
import org.apache.catalina.connector.Response;
import org.apache.catalina.valves.ValveBase;
import org.jspecify.annotations.Nullable;

/**
 * The bracket around a request of one web application: what the request changed in its session is saved, backups included,
 * before the response leaves. The manager puts it into the host's pipeline, so that authenticators and error pages are
 * inside.
 */
public final class ClowderValve extends ValveBase {

    /** How long a client should wait before it tries again, in seconds. */
    private static final String RETRY_AFTER = "1";

    private final ClowderManager manager;
    private final Valve last;

    /**
     * A valve that may be put into a pipeline which serves requests.
     *
     * @param last of that pipeline
     */
    ClowderValve(ClowderManager manager, Valve last) {
        super(true);
        this.manager = manager;
        this.last = last;
    }

    /** Tomcat puts a valve into its place before it tells it what comes next. */
    private Valve next() {
        Valve next = getNext();
        return next == null ? last : next;
    }

    @Override
    public void invoke(Request request, Response response) throws IOException, ServletException {
        if (request.getContext() != manager.getContext()) {
            next().invoke(request, response);
            return;
        }
        SavingResponse saving = SavingResponse.of(request, response);
        SocketRequest.watch(request, manager.sockets());
        Exchange exchange = Exchange.begin(manager, request);
        try {
            serve(request, response, saving);
        } finally {
            exchange.end();
        }
    }

    private void serve(Request request, Response response, SavingResponse saving) throws IOException, ServletException {
        Object failure = Exchange.whyUnmapped(request);
        try {
            if (failure == null) {
                next().invoke(request, response);
                failure = request.getAttribute(RequestDispatcher.ERROR_EXCEPTION);
            }
        } catch (StoreUnavailableException e) { // of an authenticator that asked for the session
            failure = e;
        } finally {
            StoreUnavailableException unavailable = unavailable(failure);
            if (unavailable != null) {
                saving.fail(unavailable);
            }
            if (request.isAsync()) {
                pause(request, response, saving);
            } else {
                end(request, response, saving);
            }
        }
    }

    /** That the cluster did not answer, if it is what led to this failure. */
    static @Nullable StoreUnavailableException unavailable(@Nullable Object failure) {
        for (Throwable cause = failure instanceof Throwable thrown ? thrown : null;
                cause != null;
                cause = cause.getCause()) {
            if (cause instanceof StoreUnavailableException unavailable) {
                return unavailable;
            }
        }
        return null;
    }

    /** The pass is over, the request is not: other threads go on with it, and one of them completes it. */
    private void pause(Request request, Response response, SavingResponse saving) {
        if (!saving.isAwaited()) {
            saving.awaited(true);
            request.getAsyncContextInternal().addListener(new Completion(request, response, saving));
        }
        try {
            Exchange.save(request);
        } catch (StoreUnavailableException e) {
            // Nothing has left yet that claims it; what leaves later tries again, and refuses if that fails too.
            manager.outages().warn("An async request goes on unsaved: " + e.getMessage(), e.getCause());
        }
    }

    /** Saves once more; an answer that is not safe is replaced. */
    private void end(Request request, Response response, SavingResponse saving) throws IOException {
        if (saving.failure() == null) {
            try {
                Exchange.save(request);
            } catch (StoreUnavailableException e) {
                saving.fail(e);
            }
        }
        StoreUnavailableException reason = saving.failure();
        if (reason != null) {
            saving.fail(reason); // Tomcat may have lifted the suspension meanwhile
            refuse(request, response, reason);
        }
    }

    /** Answers 503: the request may be repeated. Never an answer that claims what was not saved. */
    private void refuse(Request request, Response response, StoreUnavailableException reason) throws IOException {
        manager.outages().warn("A request was refused: " + reason.getMessage(), reason.getCause());
        if (response.isCommitted()) {
            return;
        }
        request.removeAttribute(RequestDispatcher.ERROR_EXCEPTION);
        response.setSuspended(false);
        refuse(response);
    }

    /** Answers 503 in place of what there may be. */
    static void refuse(Response response) throws IOException {
        response.reset();
        response.setHeader("Retry-After", RETRY_AFTER);
        response.sendError(HttpServletResponse.SC_SERVICE_UNAVAILABLE);
    }

    /** Saves what async work changed. Tomcat calls it before it finishes the response, on its own thread. */
    private final class Completion implements AsyncListener {

        private final Request request;
        private final Response response;
        private final SavingResponse saving;

        Completion(Request request, Response response, SavingResponse saving) {
            this.request = request;
            this.response = response;
            this.saving = saving;
        }

        @Override
        public void onComplete(AsyncEvent event) throws IOException {
            if (!Exchange.isServing(request)) { // else the valve comes to its end
                end(request, response, saving);
            }
        }

        /** Tomcat forgets its listeners. */
        @Override
        public void onStartAsync(AsyncEvent event) {
            saving.awaited(false);
        }

        @Override
        public void onTimeout(AsyncEvent event) {}

        @Override
        public void onError(AsyncEvent event) {}
    }
}
