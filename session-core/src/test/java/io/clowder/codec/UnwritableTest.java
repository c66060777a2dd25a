/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.io.NotSerializableException;
import java.io.ObjectOutputStream;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Collections;
import java.util.ConcurrentModificationException;
import java.util.HashMap;
import java.util.LinkedList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Test;

/** Values that cannot be written, and what is said about them. */
class UnwritableTest {
    private static final String HERE = "io.clowder.codec.UnwritableTest$";

    private final AttributeCodec codec = WebApp.codec(getClass().getClassLoader());

    @Test
    void theValueItself() {
        assertThatExceptionOfType(NotSerializableAttributeException.class)
                .isThrownBy(() -> codec.encode("lock", new Object()))
                .withMessage("Attribute 'lock' (java.lang.Object) is not serializable: lock (java.lang.Object)")
                .withCauseInstanceOf(NotSerializableException.class)
                .satisfies(e -> assertThat(e.attribute()).isEqualTo("lock"))
                .satisfies(e -> assertThat(e.type()).isEqualTo("java.lang.Object"));
    }

    @Test
    void aFieldInAnElementOfAListInABean() {
        Cart cart = new Cart();
        cart.items.add(new Item("good", "a string is good"));
        cart.items.add(new Item("bad", new Owner()));

        assertThat(path(cart))
                .isEqualTo("a (" + HERE + "Cart) -> items (java.util.ArrayList) -> [1] (" + HERE + "Item) -> owner ("
                        + HERE + "Owner)");
    }

    @Test
    @SuppressWarnings("JdkObsolete")
    void aListInAMapInABean() {
        Cart cart = new Cart();
        cart.byName.put("fine", new ArrayList<>(List.of(1, 2)));
        cart.byName.put("more", new LinkedList<>(List.of(1, new Owner())));

        assertThat(path(cart))
                .isEqualTo("a (" + HERE + "Cart) -> byName (java.util.HashMap) -> java.util.LinkedList -> [1] (" + HERE
                        + "Owner)");
    }

    @Test
    void arraysAndRecords() {
        Object[] array = {"text", new Pair(1, new Pair(new Owner(), 2))};

        assertThat(path(array))
                .isEqualTo("a (java.lang.Object[]) -> [1] (" + HERE + "Pair) -> " + HERE + "Pair -> " + HERE + "Owner");
    }

    @Test
    void wrappersOfTheJdk() {
        assertThat(path(Collections.unmodifiableList(new ArrayList<>(List.of(new Owner())))))
                .isEqualTo("a (java.util.Collections$UnmodifiableRandomAccessList)"
                        + " -> java.util.Collections$UnmodifiableList -> java.util.ArrayList -> [0] (" + HERE
                        + "Owner)");
        assertThat(path(List.of(new Owner())))
                .isEqualTo("a (java.util.ImmutableCollections$List12) -> java.util.CollSer -> " + HERE + "Owner");
    }

    @Test
    void whatALambdaHasCaptured() {
        Owner owner = new Owner();
        Call call = owner::hashCode;

        assertThat(path(call))
                .startsWith("a (" + HERE.replace("$", "$$Lambda$"))
                .endsWith(" -> java.lang.invoke.SerializedLambda -> capturedArgs (java.lang.Object[]) -> [0] (" + HERE
                        + "Owner)");
    }

    @Test
    void aLambdaThatIsNotSerializable() {
        Callable<Object> call = () -> null;
        Map<String, Object> map = new HashMap<>(Map.of("call", call));

        assertThat(path(map)).startsWith("a (java.util.HashMap) -> io.clowder.codec.UnwritableTest$$Lambda$");
    }

    @Test
    void inACycleAndAfterASharedObject() {
        List<Object> list = new ArrayList<>();
        Pair shared = new Pair(list, "x");
        list.add(shared);
        list.add(list);
        list.add(new Pair(shared, new Owner()));

        assertThat(path(list)).isEqualTo("a (java.util.ArrayList) -> [2] (" + HERE + "Pair) -> " + HERE + "Owner");
    }

    @Test
    void anObjectThatCallsItselfNotSerializable() {
        assertThat(path(new Pair(1, new Writing(() -> {
                    throw new NotSerializableException("I do not want to");
                }))))
                .isEqualTo("a (" + HERE + "Pair) -> " + HERE + "Writing");
    }

    @Test
    void aFailureThatTheApplicationHasWrapped() {
        assertThat(path(new Wrapping(new Owner()))).isEqualTo("a (" + HERE + "Wrapping) -> " + HERE + "Owner");
    }

    @Test
    void anAnswerEvenIfThereIsTooMuchToSearch() {
        List<Object> list = new ArrayList<>();
        for (int i = 0; i < 20_000; i++) {
            list.add(i);
        }
        list.add(new Owner());

        assertThat(path(list)).isEqualTo("a (java.util.ArrayList) -> ... -> " + HERE + "Owner");
    }

    @Test
    void anAnswerEvenIfTheValueHasSecondThoughts() {
        List<Object> failures = new ArrayList<>(List.of(1));
        Object once = new Writing(() -> {
            if (!failures.isEmpty()) {
                failures.clear();
                throw new NotSerializableException("secret: 42");
            }
        });
        assertThat(path(once)).isEqualTo("a (" + HERE + "Writing) -> ...");
    }

    @Test
    void aValueThatIsChangedMeanwhile() {
        List<Object> list = new ArrayList<>();
        list.add(new Writing(() -> list.add("more")));

        assertThatExceptionOfType(UnstableAttributeException.class)
                .isThrownBy(() -> codec.encode("cart", list))
                .withMessage("Attribute 'cart' (java.util.ArrayList) was changed while it was being written")
                .withCauseInstanceOf(ConcurrentModificationException.class);
    }

    @Test
    void anApplicationThatThrows() {
        List<Throwable> failures =
                List.of(new IllegalStateException("secret"), new IOException("secret"), new AssertionError("secret"));
        for (Throwable failure : failures) {
            Throwable thrown = catchThrowableOfType(
                    RuntimeException.class,
                    () -> codec.encode("cart", new Writing(() -> {
                        throw failure;
                    })));
            assertThat(thrown)
                    .isExactlyInstanceOf(UnwritableAttributeException.class)
                    .hasMessage("Attribute 'cart' (" + HERE + "Writing) cannot be written: "
                            + failure.getClass().getName())
                    .hasCause(failure);
        }
    }

    @Test
    void aGraphDeeperThanTheStack() {
        Object value = "end";
        for (int i = 0; i < 100_000; i++) {
            value = new Pair(value, 0);
        }
        Object deep = value;
        assertThatExceptionOfType(UnwritableAttributeException.class)
                .isThrownBy(() -> codec.encode("cart", deep))
                .withMessage("Attribute 'cart' (" + HERE + "Pair) cannot be written: java.lang.StackOverflowError");
    }

    @Test
    void theCodecWorksOnAfterAFailure() {
        aGraphDeeperThanTheStack();
        theValueItself();

        assertThat(codec.decode("a", codec.encode("a", new Pair(1, 2)))).isEqualTo(new Pair(1, 2));
    }

    private String path(Object value) {
        return catchThrowableOfType(NotSerializableAttributeException.class, () -> codec.encode("a", value))
                .path();
    }

    private interface Call extends Callable<Object>, Serializable {}

    private interface Action {
        void run() throws Throwable;
    }

    static final class Owner {}

    record Pair(Object left, Object right) implements Serializable {}

    record Item(String name, Object owner) implements Serializable {}

    static final class Cart implements Serializable {
        private static final long serialVersionUID = 1L;

        final List<Object> items = new ArrayList<>();
        final Map<String, Object> byName = new HashMap<>();
        final transient Object lock = new Object();
    }

    /** Does something while it is being written. */
    static final class Writing implements Serializable {
        private static final long serialVersionUID = 1L;

        private final transient Action action;

        Writing(Action action) {
            this.action = action;
        }

        private void writeObject(ObjectOutputStream out) throws IOException {
            try {
                action.run();
            } catch (IOException | RuntimeException | Error e) {
                throw e;
            } catch (Throwable e) {
                throw new IllegalStateException(e);
            }
        }
    }

    static final class Wrapping implements Serializable {
        private static final long serialVersionUID = 1L;

        private final transient Object content;

        Wrapping(Object content) {
            this.content = content;
        }

        private void writeObject(ObjectOutputStream out) throws IOException {
            try {
                out.writeObject(content);
            } catch (NotSerializableException e) {
                throw new IOException("wrapped", e);
            }
        }
    }
}
