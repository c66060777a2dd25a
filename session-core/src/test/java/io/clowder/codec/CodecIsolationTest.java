/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.lang.ref.WeakReference;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two web applications, two versions of one: whose class does a value get? */
class CodecIsolationTest {
    private static final String CART = """
        public class Cart implements java.io.Serializable {
            private static final long serialVersionUID = %d;
            public String owner = "%s";
            @Override public String toString() { return owner; }
        }
        """;

    @TempDir
    Path folder;

    @Test
    void aClassOfTheSameNameIsThatOfTheOwnWebApplication() throws Exception {
        try (URLClassLoader shop = app("shop", Map.of("Cart", CART.formatted(1, "shop")));
                URLClassLoader blog = app("blog", Map.of("Cart", CART.formatted(1, "blog")))) {
            Object cart = WebApp.create(shop, "Cart");
            byte[] bytes = WebApp.codec(shop).encode("cart", new ArrayList<>(List.of(cart)));

            assertThat(((List<?>) WebApp.codec(shop).decode("cart", bytes)).get(0))
                    .hasSameClassAs(cart);
            Object other = ((List<?>) WebApp.codec(blog).decode("cart", bytes)).get(0);
            assertThat(other.getClass().getClassLoader()).isSameAs(blog);
            assertThat(other).as("the state travels").hasToString("shop");
        }
    }

    @Test
    void arraysClassesAndEnumsOfTheWebApplication() throws Exception {
        Map<String, String> sources =
                Map.of("Cart", CART.formatted(1, "shop"), "Color", "public enum Color { RED { } }");
        try (URLClassLoader shop = app("shop", sources)) {
            Object array = java.lang.reflect.Array.newInstance(shop.loadClass("Cart"), 2, 3);
            Object red = shop.loadClass("Color").getEnumConstants()[0];
            AttributeCodec codec = WebApp.codec(shop);

            assertThat(codec.decode("a", codec.encode("a", array))).hasSameClassAs(array);
            assertThat(codec.decode("a", codec.encode("a", red))).isSameAs(red);
            assertThat(codec.decode("a", codec.encode("a", shop.loadClass("Cart"))))
                    .isSameAs(shop.loadClass("Cart"));
            assertThat(codec.decode("a", codec.encode("a", int.class))).isSameAs(int.class);
        }
    }

    @Test
    void proxiesOfPublicAndOtherInterfaces() throws Exception {
        Map<String, String> sources = Map.of(
                "Open", "public interface Open { String name(); }",
                "Closed", "interface Closed { }",
                "Handler", """
                public class Handler implements java.lang.reflect.InvocationHandler, java.io.Serializable {
                    public Object invoke(Object proxy, java.lang.reflect.Method method, Object[] arguments) {
                        return "answer to " + method.getName();
                    }
                }
                """);
        try (URLClassLoader shop = app("shop", sources)) {
            AttributeCodec codec = WebApp.codec(shop);
            InvocationHandler handler = (InvocationHandler) WebApp.create(shop, "Handler");
            for (List<String> names : List.of(List.of("Open"), List.of("Open", "Closed", "java.lang.Runnable"))) {
                List<Class<?>> interfaces = new ArrayList<>();
                for (String name : names) {
                    interfaces.add(shop.loadClass(name));
                }
                Object proxy = Proxy.newProxyInstance(shop, interfaces.toArray(Class<?>[]::new), handler);

                Object read = codec.decode("a", codec.encode("a", proxy));

                assertThat(read).hasSameClassAs(proxy).hasToString("answer to toString");
            }
        }
    }

    @Test
    void aProxyWhoseInterfaceIsGone() throws Exception {
        String handler = """
            public class Handler implements java.lang.reflect.InvocationHandler, java.io.Serializable {
                public Object invoke(Object proxy, java.lang.reflect.Method method, Object[] a) { return null; }
            }
            """;
        try (URLClassLoader old = app("old", Map.of("Open", "public interface Open { }", "Handler", handler));
                URLClassLoader now = app("now", Map.of("Handler", handler))) {
            Object proxy = Proxy.newProxyInstance(
                    old, new Class<?>[] {old.loadClass("Open")}, (InvocationHandler) WebApp.create(old, "Handler"));
            byte[] bytes = WebApp.codec(old).encode("a", proxy);

            assertThatExceptionOfType(UnreadableAttributeException.class)
                    .isThrownBy(() -> WebApp.codec(now).decode("a", bytes))
                    .withMessage("Attribute 'a' (Open) cannot be read: java.lang.ClassNotFoundException");
        }
    }

    @Test
    void aMissingClassIsNamed() throws Exception {
        try (URLClassLoader shop = app("shop", Map.of("Cart", CART.formatted(1, "shop")));
                URLClassLoader empty = app("empty", Map.of("Other", "class Other { }"))) {
            byte[] bytes = WebApp.codec(shop).encode("cart", new ArrayList<>(List.of(WebApp.create(shop, "Cart"))));

            assertThatExceptionOfType(UnreadableAttributeException.class)
                    .isThrownBy(() -> WebApp.codec(empty).decode("cart", bytes))
                    .withMessage("Attribute 'cart' (Cart) cannot be read: java.lang.ClassNotFoundException")
                    .withCauseInstanceOf(ClassNotFoundException.class)
                    .satisfies(e -> assertThat(e.type()).isEqualTo("Cart"))
                    .satisfies(e -> assertThat(e.isRefused()).isFalse());
        }
    }

    @Test
    void aMissingClassThatNoFieldNeedsAnyMoreDoesNoHarm() throws Exception {
        String page = """
            public class Page implements java.io.Serializable {
                private static final long serialVersionUID = 1;
                public String title = "title";
                %s
                @Override public String toString() { return title; }
            }
            """;
        Map<String, String> before =
                Map.of("Page", page.formatted("public Cart cart = new Cart();"), "Cart", CART.formatted(1, ""));
        try (URLClassLoader old = app("old", before);
                URLClassLoader now = app("now", Map.of("Page", page.formatted("")))) {
            byte[] bytes = WebApp.codec(old).encode("page", WebApp.create(old, "Page"));

            assertThat(WebApp.codec(now).decode("page", bytes)).hasToString("title");
        }
    }

    @Test
    void anotherSerialVersionIsNamed() throws Exception {
        try (URLClassLoader old = app("old", Map.of("Cart", CART.formatted(1, "old")));
                URLClassLoader now = app("now", Map.of("Cart", CART.formatted(2, "now")))) {
            byte[] bytes = WebApp.codec(old).encode("cart", WebApp.create(old, "Cart"));

            assertThatExceptionOfType(UnreadableAttributeException.class)
                    .isThrownBy(() -> WebApp.codec(now).decode("cart", bytes))
                    .withMessageStartingWith("Attribute 'cart' (Cart) cannot be read: java.io.InvalidClassException")
                    .withMessageContaining("serialVersionUID = 1")
                    .satisfies(e -> assertThat(e.isRefused()).isFalse());
        }
    }

    @Test
    void aClassThatFailsToLoadIsUnreadable() throws Exception {
        String broken = """
            public class Broken implements java.io.Serializable {
                private static final long serialVersionUID = 1;
                %s
            }
            """;
        try (URLClassLoader old = app("old", Map.of("Broken", broken.formatted("")));
                URLClassLoader now = app(
                        "now",
                        Map.of("Broken", broken.formatted("static { if (true) throw new Error(\"secret\"); }")))) {
            byte[] bytes = WebApp.codec(old).encode("b", WebApp.create(old, "Broken"));

            assertThatExceptionOfType(UnreadableAttributeException.class)
                    .isThrownBy(() -> WebApp.codec(now).decode("b", bytes))
                    .withCauseInstanceOf(Error.class)
                    .satisfies(e -> assertThat(e.getMessage()).doesNotContain("secret"));
        }
    }

    @Test
    void nothingHoldsTheLoaderAfterwards() throws Exception {
        WeakReference<ClassLoader> loader = useAndForget();
        List<byte[]> ballast = new ArrayList<>();
        for (int i = 0; i < 50 && loader.get() != null; i++) {
            System.gc();
            ballast.add(new byte[1 << 20]);
        }
        assertThat(loader.get()).as("after %s MiB", ballast.size()).isNull();
    }

    private WeakReference<ClassLoader> useAndForget() throws Exception {
        try (URLClassLoader shop = app("shop", Map.of("Cart", CART.formatted(1, "shop")))) {
            AttributeCodec codec = WebApp.codec(shop);
            Map<String, Object> map = new HashMap<>(Map.of("cart", WebApp.create(shop, "Cart")));
            assertThat(codec.decode("a", codec.encode("a", map))).isNotNull();
            map.put("lock", new Object());
            assertThatExceptionOfType(NotSerializableAttributeException.class).isThrownBy(() -> codec.encode("a", map));
            return new WeakReference<>(shop);
        }
    }

    private URLClassLoader app(String name, Map<String, String> sources) throws IOException {
        return WebApp.compiled(Files.createDirectory(folder.resolve(name)), sources);
    }
}
