/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.it;

import java.util.function.Function;
import java.util.function.Supplier;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/** Gives a test the nodes that many classes share as a parameter, all of them running and in one cluster. */
abstract class SharedNodes<T extends AutoCloseable> implements BeforeEachCallback, ParameterResolver {
    private static final ExtensionContext.Namespace NAMESPACE = ExtensionContext.Namespace.create(SharedNodes.class);

    private final Class<T> type;
    private final Supplier<T> start;
    private final Function<T, Nodes> nodes;

    SharedNodes(Class<T> type, Supplier<T> start, Function<T, Nodes> nodes) {
        this.type = type;
        this.start = start;
        this.nodes = nodes;
    }

    @Override
    public void beforeEach(ExtensionContext context) {
        nodes.apply(of(context)).settled();
    }

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        return parameter.getParameter().getType() == type;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
        return of(context);
    }

    private T of(ExtensionContext context) {
        // JUnit closes it at the end of the run.
        return context.getRoot().getStore(NAMESPACE).getOrComputeIfAbsent(type, any -> start.get(), type);
    }
}
