/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.tomcat;

import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import java.io.IOException;
import org.apache.catalina.Context;
import org.apache.tomcat.util.descriptor.web.FilterDef;
import org.apache.tomcat.util.descriptor.web.FilterMap;

/**
 * Saves what an error page changed. Tomcat finishes the response of an error page inside the host's own valve, before any
 * valve of the pipeline comes to its end.
 */
final class ErrorPageFilter implements Filter {

    private static final String NAME = "io.clowder.tomcat.ErrorPageFilter";

    private final FilterDef definition = new FilterDef();
    private final FilterMap mapping = new FilterMap();

    ErrorPageFilter() {
        definition.setFilterName(NAME);
        definition.setFilterClass(ErrorPageFilter.class.getName());
        definition.setFilter(this);
        definition.setAsyncSupported("true");
        mapping.setFilterName(NAME);
        mapping.addURLPattern("/*");
        mapping.setDispatcher("ERROR");
    }

    void addTo(Context context) {
        context.addFilterDef(definition);
        context.addFilterMapBefore(mapping);
    }

    void removeFrom(Context context) {
        context.removeFilterMap(mapping);
        context.removeFilterDef(definition);
    }

    @Override
    public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        chain.doFilter(request, response);
        Exchange exchange = Exchange.current();
        if (exchange != null) {
            exchange.save();
        }
    }
}
