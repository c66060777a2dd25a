/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.tomcat;

import io.clowder.store.StoreUnavailableException;
import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.RequestDispatcher;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.List;
import java.util.stream.Stream;
import org.apache.catalina.Context;
import org.apache.catalina.Wrapper;
import org.apache.catalina.connector.Response;
import org.apache.catalina.servlets.DefaultServlet;
import org.apache.tomcat.util.descriptor.web.FilterDef;
import org.apache.tomcat.util.descriptor.web.FilterMap;

/** A filter of ours among those of the application, for what a valve does not see. */
final class InnerFilter implements Filter {

    private static final String NAME = "io.clowder.tomcat.";

    private final FilterDef definition = new FilterDef();
    private final FilterMap mapping = new FilterMap();
    private final Work work;
    private final boolean innermost;

    private interface Work {
        void pass(ServletRequest request, ServletResponse response, FilterChain chain)
                throws IOException, ServletException;
    }

    private InnerFilter(String name, boolean innermost, Work work) {
        this.innermost = innermost;
        this.work = work;
        definition.setFilterName(NAME + name);
        definition.setFilterClass(InnerFilter.class.getName());
        definition.setFilter(this);
        definition.setAsyncSupported("true");
        mapping.setFilterName(NAME + name);
    }

    private InnerFilter forAll(String dispatcher) {
        mapping.addURLPattern("/*");
        mapping.setDispatcher(dispatcher);
        return this;
    }

    /** The filters of an application whose servlets are known. */
    static List<InnerFilter> all(Context context) {
        return List.of(
                new InnerFilter("ErrorPage", false, InnerFilter::errorPage).forAll("ERROR"),
                new InnerFilter("LoginPage", false, InnerFilter::loginPage).forAll("FORWARD"),
                new InnerFilter("Sendfile", true, InnerFilter::sendfile).forFilesOf(context));
    }

    private InnerFilter forFilesOf(Context context) {
        Stream.of(context.findChildren())
                .filter(child -> DefaultServlet.class.getName().equals(((Wrapper) child).getServletClass()))
                .forEach(child -> mapping.addServletName(child.getName()));
        Stream.of("REQUEST", "FORWARD", "ASYNC", "ERROR").forEach(mapping::setDispatcher);
        return this;
    }

    void addTo(Context context) {
        if (mapping.getServletNames().length == 0 && mapping.getURLPatterns().length == 0) {
            return;
        }
        context.addFilterDef(definition);
        if (innermost) {
            context.addFilterMap(mapping);
        } else {
            context.addFilterMapBefore(mapping);
        }
    }

    void removeFrom(Context context) {
        context.removeFilterMap(mapping);
        context.removeFilterDef(definition);
    }

    /**
     * Tomcat finishes the response of an error page inside the host's own valve, before any valve comes to its end. When the
     * error is that the cluster did not answer there is no page: it would be an answer, and the valve has a better one.
     */
    private static void errorPage(ServletRequest request, ServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        SavingResponse saving = SavingResponse.in(response);
        StoreUnavailableException unavailable =
                ClowderValve.unavailable(request.getAttribute(RequestDispatcher.ERROR_EXCEPTION));
        if (saving != null && unavailable != null) {
            saving.fail(unavailable);
            throw unavailable; // else Tomcat would finish the response
        }
        chain.doFilter(request, response);
        if (saving != null) {
            saving.beforeLeaving();
        }
    }

    /** Tomcat forwards to the login page with its own response, and finishes that itself. */
    private static void loginPage(ServletRequest request, ServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        if (response instanceof Response tomcat) {
            SavingResponse saving = new SavingResponse(tomcat.getRequest(), tomcat, tomcat);
            chain.doFilter(request, saving);
            saving.beforeLeaving();
        } else {
            chain.doFilter(request, response);
        }
    }

    /** Tomcat's servlet for files leaves a file to the kernel only if nobody has wrapped the response; it uses no session. */
    private static void sendfile(ServletRequest request, ServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        if (response instanceof SavingResponse saving) {
            saving.beforeLeaving();
            HttpServletResponse plain = (HttpServletResponse) saving.getResponse();
            chain.doFilter(request, plain);
        } else {
            chain.doFilter(request, response);
        }
    }

    @Override
    public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        work.pass(request, response, chain);
    }
}
