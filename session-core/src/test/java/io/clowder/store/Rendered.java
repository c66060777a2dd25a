/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.store;

import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Values as text that is equal when they are: arrays by content, maps and sets without regard to order. */
final class Rendered {

    private Rendered() {}

    static String render(@Nullable Object value) {
        if (value instanceof byte[] bytes) {
            return HexFormat.of().formatHex(bytes);
        }
        if (value instanceof Map<?, ?> map) {
            Map<String, String> sorted = new TreeMap<>();
            map.forEach((key, each) -> sorted.put(render(key), render(each)));
            return sorted.toString();
        }
        if (value instanceof Set<?> set) {
            return set.stream().map(Rendered::render).sorted().toList().toString();
        }
        if (value instanceof List<?> list) {
            return list.stream().map(Rendered::render).toList().toString();
        }
        if (value instanceof SessionRecord record) {
            // The order of removals says which are forgotten first.
            return components(record) + List.copyOf(record.removals().keySet());
        }
        return value instanceof Record record ? components(record) : String.valueOf(value);
    }

    private static String components(Record record) {
        List<String> parts = new ArrayList<>();
        for (RecordComponent component : record.getClass().getRecordComponents()) {
            try {
                var accessor = component.getAccessor();
                accessor.setAccessible(true);
                parts.add(component.getName() + "=" + render(accessor.invoke(record)));
            } catch (ReflectiveOperationException e) {
                throw new IllegalStateException(
                        Arrays.toString(record.getClass().getRecordComponents()), e);
            }
        }
        return record.getClass().getSimpleName() + parts;
    }
}
