/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.codec;

import java.lang.reflect.Modifier;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Which classes have instances that nobody can change in place: small values of the JDK, enums, records of nothing but such,
 * and those that an operator names. Thread-safe.
 */
public final class Immutables {

    /** Those that every codec knows, and no others. */
    static final Immutables KNOWN = new Immutables(List.of());

    private static final String PACKAGE_AND_BELOW = ".**";
    private static final String PACKAGE = ".*";

    private static final Set<String> JDK = Set.of(
            "java.lang.Class",
            "java.net.URI",
            "java.net.URL",
            "java.util.Currency",
            "java.util.Locale",
            "java.util.regex.Pattern",
            "java.math.MathContext",
            "java.net.Inet4Address",
            "java.net.Inet6Address");

    private final List<String> named;

    private final ClassValue<Boolean> known = new ClassValue<>() {
        @Override
        protected Boolean computeValue(Class<?> type) {
            return isNamed(type) || isValue(type) || isRecordOfValues(type);
        }
    };

    /**
     * The known ones and these.
     *
     * @param named names of classes; {@code com.acme.*} stands for the classes of a package, {@code com.acme.**} also for those
     *     of the packages below it
     * @throws IllegalArgumentException if one is neither
     */
    public Immutables(List<String> named) {
        for (String name : named) {
            String plain = withoutWildcard(name);
            if (plain.isEmpty() || !isQualifiedName(plain)) {
                throw new IllegalArgumentException("'" + name + "' names neither a class nor a package");
            }
        }
        this.named = new ArrayList<>(named);
    }

    private static String withoutWildcard(String name) {
        if (name.endsWith(PACKAGE_AND_BELOW)) {
            return name.substring(0, name.length() - PACKAGE_AND_BELOW.length());
        }
        return name.endsWith(PACKAGE) ? name.substring(0, name.length() - PACKAGE.length()) : name;
    }

    private static boolean isQualifiedName(String name) {
        for (String part : name.split("\\.", -1)) {
            if (part.isEmpty()
                    || !Character.isJavaIdentifierStart(part.charAt(0))
                    || !part.chars().allMatch(Character::isJavaIdentifierPart)) {
                return false;
            }
        }
        return true;
    }

    /** Whether no instance of exactly this class can be changed. */
    boolean contains(Class<?> type) {
        return known.get(type);
    }

    private boolean isNamed(Class<?> type) {
        String name = type.getName();
        String home = type.getPackageName();
        for (String each : named) {
            String plain = withoutWildcard(each);
            boolean below = each.endsWith(PACKAGE_AND_BELOW) && home.startsWith(plain + ".");
            if (plain.equals(each) ? name.equals(each) : home.equals(plain) || below) {
                return true;
            }
        }
        return false;
    }

    private static boolean isValue(Class<?> type) {
        return type.isPrimitive()
                || Kind.isImmutable(type)
                || isEnum(type)
                || JDK.contains(type.getName())
                || type.getPackageName().equals("java.time");
    }

    /** An enum with fields can be changed, but its fields are not serialized. */
    private static boolean isEnum(Class<?> type) {
        Class<?> parent = type.getSuperclass();
        return type.isEnum() || (parent != null && parent.isEnum());
    }

    /** By the declared types, which must be final: a value of a subclass could be anything. */
    private boolean isRecordOfValues(Class<?> type) {
        if (!type.isRecord()) {
            return false;
        }
        for (RecordComponent component : type.getRecordComponents()) {
            Class<?> declared = component.getType();
            if (declared == type || !(isNamed(declared) || isFinalValue(declared) || isRecordOfValues(declared))) {
                return false;
            }
        }
        return true;
    }

    /** Not BigInteger and BigDecimal: they can be extended. */
    private static boolean isFinalValue(Class<?> type) {
        boolean closed = type.isPrimitive() || Modifier.isFinal(type.getModifiers()) || type.isEnum();
        return closed && isValue(type);
    }
}
