/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.codec;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.ByteArrayOutputStream;
import java.io.ObjectInputFilter;
import java.io.ObjectOutputStream;
import java.io.Serializable;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Hashtable;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What is refused although it could be read. */
class CodecFilterTest {
    private static final String PACKAGE = "io.clowder.codec.CodecFilterTest$";

    @Test
    void aClassOutsideTheAllowListIsRefused() {
        AttributeCodec codec = allowing(PACKAGE + "Good;java.util.ArrayList;!*");

        assertThat(codec.decode("a", codec.encode("a", new ArrayList<>(List.of(new Good(1))))))
                .isNotNull();
        assertRefused(codec, new ArrayList<>(List.of(new Good(1), new Gadget())), PACKAGE + "Gadget");
        assertThat(Gadget.ran).as("code of the refused class").isFalse();
    }

    @Test
    void arraysAreCheckedByTheirElements() {
        AttributeCodec codec = allowing(PACKAGE + "Good;!*");

        assertThat((Good[]) codec.decode("a", codec.encode("a", new Good[] {new Good(1)})))
                .hasSize(1);
        assertRefused(codec, new Gadget[0], "[L" + PACKAGE + "Gadget;");
        assertRefused(codec, new Gadget[0][0], "[[L" + PACKAGE + "Gadget;");
    }

    @Test
    void proxiesAreCheckedByInterfacesAndHandler() {
        Object proxy = Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {Runnable.class, Callable.class}, new Handler());
        String both = "java.lang.Runnable;java.util.concurrent.Callable;";

        AttributeCodec codec = allowing(both + PACKAGE + "Handler;!*");
        assertThat(codec.decode("a", codec.encode("a", proxy))).isInstanceOf(Callable.class);

        assertRefused(allowing("java.lang.Runnable;" + PACKAGE + "Handler;!*"), proxy, "java.util.concurrent.Callable");
        assertRefused(allowing(both + "!*"), proxy, PACKAGE + "Handler");
    }

    @Test
    void compactKindsNeedNoPermission() {
        AttributeCodec codec = allowing("!*");

        assertThat(codec.decode("a", codec.encode("a", BigDecimal.TEN))).isEqualTo(BigDecimal.TEN);
        assertThat(codec.decode("a", codec.encode("a", "text"))).isEqualTo("text");
    }

    @Test
    void aFilterThatThrowsRefuses() {
        AttributeCodec codec = new AttributeCodec(
                getClass().getClassLoader(),
                info -> {
                    throw new IllegalStateException("secret");
                },
                value -> false);
        assertRefused(codec, new Good(1), PACKAGE + "Good");
    }

    @Test
    void aShortStreamCannotAskForALongArray() throws Exception {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(new byte[] {1, 0});
        new ObjectOutputStream(out).writeObject(new long[0]);
        byte[] bytes = out.toByteArray();
        bytes[bytes.length - 4] = 0x10; // 268 million elements

        assertThatExceptionOfType(UnreadableAttributeException.class)
                .isThrownBy(() -> allowing("*").decode("a", bytes))
                .satisfies(e -> assertThat(e.isRefused()).isTrue());
    }

    @Test
    void theFilterOfTheJvmCountsToo() throws Exception {
        Path java = Path.of(System.getProperty("java.home"), "bin", "java");
        Process process = new ProcessBuilder(
                        java.toString(),
                        "-Djdk.serialFilter=!" + PACKAGE + "Good",
                        "-cp",
                        System.getProperty("java.class.path"),
                        ReadsGood.class.getName())
                .redirectErrorStream(true)
                .start();

        assertThat(new String(process.getInputStream().readAllBytes(), UTF_8)).isEqualTo("refused: true");
        assertThat(process.waitFor()).isZero();
    }

    @Test
    @SuppressWarnings("JdkObsolete")
    void sparseAndOddlySizedCollectionsPass() {
        AttributeCodec codec = allowing("*");
        Map<Integer, Integer> sparse = new HashMap<>(1 << 16, 0.01f);
        Map<Integer, Integer> table = new Hashtable<>(1 << 16, 0.1f);
        IdentityHashMap<Object, Object> identity = new IdentityHashMap<>(1 << 16);
        for (int i = 0; i < 10_000; i++) {
            sparse.put(i, null);
            table.put(i, 0);
            identity.put(new Good(i), "");
        }
        List<Object> values = List.of(
                sparse,
                table,
                new HashSet<>(sparse.keySet()),
                new ArrayList<>(Arrays.asList(new Object[1_000_000])),
                new long[1_000_000],
                new Object[100_000],
                new HashMap<>(1 << 20),
                new HashSet<>(1 << 20, 0.01f));
        for (Object value : values) {
            assertThat(codec.decode("a", codec.encode("a", value))).isEqualTo(value);
        }
        assertThat((Map<?, ?>) codec.decode("a", codec.encode("a", identity))).hasSize(10_000);
    }

    @Test
    void tooDeepIsRefused() throws Exception {
        onALargeStack(() -> {
            AttributeCodec codec = allowing("*");
            byte[] deep = codec.encode("a", nested(AttributeInput.MAX_DEPTH + 1));

            assertThatExceptionOfType(UnreadableAttributeException.class)
                    .isThrownBy(() -> codec.decode("a", deep))
                    .satisfies(e -> assertThat(e.isRefused()).isTrue());
            assertThat(codec.decode("a", codec.encode("a", nested(AttributeInput.MAX_DEPTH))))
                    .isNotNull();
        });
    }

    @Test
    void tooManyReferencesAreRefused() {
        AttributeCodec codec = allowing("*");
        Object[] nulls = new Object[AttributeInput.MAX_REFERENCES + 1];
        byte[] bytes = codec.encode("a", new Object[] {nulls, new Good(1)}); // asked at each class, not at each null

        assertThatExceptionOfType(UnreadableAttributeException.class)
                .isThrownBy(() -> codec.decode("a", bytes))
                .satisfies(e -> assertThat(e.isRefused()).isTrue());
    }

    @Test
    void whatWouldBeTooLargeToReadIsNotWritten() {
        int[] large = new int[AttributeInput.MAX_BYTES / 4];

        assertThatExceptionOfType(UnwritableAttributeException.class)
                .isThrownBy(() -> allowing("*").encode("a", large))
                .withMessageStartingWith("Attribute 'a' (int[]) is too large: 6710");
    }

    private static AttributeCodec allowing(String pattern) {
        return new AttributeCodec(
                CodecFilterTest.class.getClassLoader(), ObjectInputFilter.Config.createFilter(pattern), value -> false);
    }

    private static void assertRefused(AttributeCodec codec, Object value, String type) {
        byte[] bytes = codec.encode("cart", value);
        assertThatExceptionOfType(UnreadableAttributeException.class)
                .isThrownBy(() -> codec.decode("cart", bytes))
                .withMessage("Attribute 'cart' (" + type + ") cannot be read: refused by a filter")
                .satisfies(e -> assertThat(e.isRefused()).isTrue())
                .satisfies(e -> assertThat(e.type()).isEqualTo(type));
    }

    private static Object nested(int depth) {
        Object[] value = new Object[0];
        for (int i = 1; i < depth; i++) {
            value = new Object[] {value};
        }
        return value;
    }

    private static void onALargeStack(Runnable test) throws InterruptedException {
        List<Throwable> failures = new ArrayList<>();
        Thread thread = new Thread(null, test, "large-stack", 64 << 20);
        thread.setUncaughtExceptionHandler((t, e) -> failures.add(e));
        thread.start();
        thread.join();
        assertThat(failures).isEmpty();
    }

    static final class ReadsGood {
        public static void main(String[] arguments) {
            AttributeCodec codec = allowing("*");
            try {
                System.out.print(codec.decode("a", codec.encode("a", new Good(1))));
            } catch (UnreadableAttributeException e) {
                System.out.print("refused: " + e.isRefused());
            }
        }
    }

    record Good(int n) implements Serializable {}

    static final class Gadget implements Serializable {
        private static final long serialVersionUID = 1L;

        static boolean ran;

        private void readObject(java.io.ObjectInputStream in) {
            ran = true;
        }
    }

    static final class Handler implements InvocationHandler, Serializable {
        private static final long serialVersionUID = 1L;

        @Override
        public @Nullable Object invoke(Object proxy, Method method, Object[] arguments) {
            return null;
        }
    }
}
