/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.tomcat;

import io.clowder.store.StoreUnavailableException;
import jakarta.servlet.RequestDispatcher;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.apache.catalina.connector.Request;
import org.apache.catalina.connector.Response;
import org.apache.catalina.valves.ValveBase;
import org.jspecify.annotations.Nullable;

/**
 * The bracket around a request of one web application: what the request changed in its session is saved, backups included,
 * before the response is finished. The manager puts it into the host's pipeline, so that authenticators and error pages are
 * inside.
 */
public final class ClowderValve extends ValveBase {

    /** How long a client should wait before it tries again, in seconds. */
    private static final String RETRY_AFTER = "1";

    private final ClowderManager manager;

    ClowderValve(ClowderManager manager) {
        super(true);
        this.manager = manager;
    }

    @Override
    public void invoke(Request request, Response response) throws IOException, ServletException {
        if (request.getContext() != manager.getContext()) {
            getNext().invoke(request, response);
            return;
        }
        try (Exchange exchange = Exchange.begin(request)) {
            Object failure = null;
            try {
                getNext().invoke(request, response);
                failure = request.getAttribute(RequestDispatcher.ERROR_EXCEPTION);
            } catch (StoreUnavailableException e) { // of an authenticator that asked for the session
                failure = e;
            } finally {
                StoreUnavailableException unavailable = unavailable(failure);
                if (unavailable == null) {
                    unavailable = save(exchange);
                }
                if (unavailable != null) {
                    refuse(request, response, unavailable);
                }
            }
        }
    }

    private static @Nullable StoreUnavailableException save(Exchange exchange) {
        try {
            exchange.save();
            return null;
        } catch (StoreUnavailableException e) {
            return e;
        }
    }

    private static @Nullable StoreUnavailableException unavailable(@Nullable Object failure) {
        for (Throwable cause = failure instanceof Throwable thrown ? thrown : null;
                cause != null;
                cause = cause.getCause()) {
            if (cause instanceof StoreUnavailableException unavailable) {
                return unavailable;
            }
        }
        return null;
    }

    /** Answers 503: the request may be repeated. Never an answer that claims what was not saved. */
    private void refuse(Request request, Response response, StoreUnavailableException reason) throws IOException {
        manager.outages().warn("A request was refused: " + reason.getMessage(), reason.getCause());
        if (response.isCommitted()) {
            return;
        }
        request.removeAttribute(RequestDispatcher.ERROR_EXCEPTION);
        response.setSuspended(false);
        response.reset();
        response.setHeader("Retry-After", RETRY_AFTER);
        response.sendError(HttpServletResponse.SC_SERVICE_UNAVAILABLE);
    }
}
