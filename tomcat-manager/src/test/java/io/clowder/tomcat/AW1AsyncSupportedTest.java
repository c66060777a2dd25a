/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.tomcat;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import jakarta.servlet.Filter;
import java.lang.reflect.Constructor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.apache.catalina.Context;
import org.apache.catalina.Valve;
import org.apache.tomcat.util.descriptor.web.FilterDef;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** AW-1: one valve or filter without support for async requests would take it from the whole application. */
class AW1AsyncSupportedTest {

    private static final String OURS = "io.clowder.";

    @TempDir
    private Path base;

    @Test
    void everyValveAndFilterOfOursSupportsAsyncRequests() throws Exception {
        try (TinyTomcat tomcat = new TinyTomcat(base)) {
            tomcat.start();
            Context context = tomcat.deploy("/app", "clusterName=\"clowder-unit-async\" port=\"7520\"");

            List<Valve> valves = new ArrayList<>();
            Stream.of(context, context.getParent(), context.getParent().getParent())
                    .forEach(container ->
                            valves.addAll(List.of(container.getPipeline().getValves())));
            valves.removeIf(valve -> !isOurs(valve.getClass().getName()));
            Set<String> seen = names(valves);
            for (Class<?> type : ours(Valve.class)) {
                if (!seen.contains(type.getName())) { // one that server.xml names
                    Constructor<?> constructor = type.getConstructor();
                    valves.add((Valve) constructor.newInstance());
                }
            }
            assertThat(valves)
                    .isNotEmpty()
                    .allSatisfy(valve ->
                            assertThat(valve.isAsyncSupported()).as("%s", valve).isTrue());

            List<FilterDef> filters = Stream.of(context.findFilterDefs())
                    .filter(filter -> isOurs(filter.getFilterClass()))
                    .toList();
            assertThat(filters)
                    .isNotEmpty()
                    .allSatisfy(filter -> assertThat(filter.getAsyncSupported())
                            .as("%s", filter)
                            .isEqualTo("true"));
            assertThat(filters.stream().map(FilterDef::getFilterClass))
                    .as("each filter of ours is in use here")
                    .containsAll(ours(Filter.class).stream().map(Class::getName).toList());
        }
    }

    private static boolean isOurs(String className) {
        return className.startsWith(OURS);
    }

    private static Set<String> names(List<?> objects) {
        Set<String> names = new TreeSet<>();
        objects.forEach(object -> names.add(object.getClass().getName()));
        return names;
    }

    private static List<Class<?>> ours(Class<?> type) {
        List<Class<?>> found = new ArrayList<>();
        for (JavaClass each : new ClassFileImporter()
                .withImportOption(new ImportOption.DoNotIncludeTests())
                .importPackages("io.clowder.tomcat")) {
            if (each.isAssignableTo(type) && !each.isInterface()) {
                found.add(each.reflect());
            }
        }
        assertThat(found).isNotEmpty();
        return found;
    }
}
