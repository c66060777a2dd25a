/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.clowder.store.Command;
import io.clowder.store.InMemoryCluster;
import io.clowder.store.StoreUnavailableException;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Objects that applications change without setting them again. */
class ChangedInPlaceTest {

    private final InMemoryCluster cluster = new InMemoryCluster();
    private final Node a = new Node(cluster, false);
    private final Node b = new Node(cluster, false);

    @SuppressWarnings("unchecked")
    private static List<Object> list(LiveSession live, String name) {
        return (List<Object>) live.attributes().get(name);
    }

    private static List<Object> listOf(Object... elements) {
        return new ArrayList<>(List.of(elements));
    }

    @Test
    void anObjectThatWasReadAndChangedIsSaved() {
        a.create("s", Map.of("cart", listOf("fish"), "other", listOf()));
        b.change("s", live -> list(live, "cart").add("milk"));
        assertThat(b.lastDelta().set()).containsOnlyKeys("cart");
        assertThat(a.read("s", "cart")).isEqualTo(List.of("fish", "milk"));
    }

    @Test
    void anObjectThatWasOnlyReadIsEncodedOnceAndNotSaved() {
        a.create("s", Map.of("cart", listOf("fish"), "unread", listOf()));
        long encoded = a.sessions.statistics().encoded();
        a.read("s", "cart");
        assertThat(a.sessions.statistics().encoded()).isEqualTo(encoded + 1);
        a.change("s", live -> {});
        assertThat(a.sessions.statistics().encoded()).isEqualTo(encoded + 1);
        assertThat(a.sessions.statistics().saves()).isEqualTo(1);
        b.read("s", "cart");
        b.read("s", "cart");
        assertThat(b.sessions.statistics().encoded()).isEqualTo(2);
        assertThat(b.sessions.statistics().saves()).isZero();
    }

    @Test
    void valuesThatCannotChangeAreNotLookedAt() {
        a.create("s", Map.of("n", 1, "text", "fish"));
        b.change("s", live -> {
            live.attributes().get("n");
            live.attributes().put("text", "milk");
            assertThat(live.mayHaveChanged()).isFalse();
        });
        assertThat(b.sessions.statistics().encoded()).isEqualTo(1);
    }

    @Test
    void whatWasSetIsLookedAtUntilTheRequestEnds() {
        LiveSession live = a.begin("s");
        List<Object> cart = listOf("fish");
        live.attributes().put("cart", cart);
        a.save(live);
        cart.add("milk");
        a.end(live);
        assertThat(b.read("s", "cart")).isEqualTo(List.of("fish", "milk"));
        cart.add("after the end, by nobody who asked for it");
        a.change("s", opened -> {});
        assertThat(a.sessions.statistics().saves()).isEqualTo(2);
    }

    @Test
    void aChangeAfterAnotherRequestHasSavedIsSaved() {
        a.create("s", Map.of("cart", listOf("fish")));
        LiveSession slow = a.open("s");
        List<Object> cart = list(slow, "cart");
        a.change("s", live -> live.attributes().put("n", 1));
        cart.add("milk");
        a.end(slow);
        assertThat(b.read("s", "cart")).isEqualTo(List.of("fish", "milk"));
    }

    @Test
    void aRequestCarriesWhatAnotherChangedInPlace() {
        a.create("s", Map.of("cart", listOf("fish")));
        LiveSession slow = a.open("s");
        list(slow, "cart").add("milk");
        a.read("s", "cart");
        assertThat(b.read("s", "cart")).isEqualTo(List.of("fish", "milk"));
        a.end(slow);
        assertThat(a.sessions.statistics().saves()).isEqualTo(2);
    }

    @Test
    void whoReadsAfterTheLastLookIsLookedAtAgain() {
        a.create("s", Map.of("cart", listOf("fish")));
        LiveSession live = a.open("s");
        a.save(live);
        list(live, "cart").add("late, and not saved by its request");
        live.leave();
        assertThat(live.mayHaveChanged()).isTrue();
        assertThat(a.sessions.evict(live)).isFalse();
        a.change("s", opened -> {});
        assertThat(live.mayHaveChanged()).isFalse();
        assertThat((List<?>) b.read("s", "cart")).hasSize(2);
    }

    @Test
    void anObjectThatAMergeReplacedIsStillLookedAt() {
        a.create("s", Map.of("cart", listOf("fish")));
        LiveSession slow = a.open("s");
        List<Object> cart = list(slow, "cart");
        b.change("s", live -> list(live, "cart").add("by b"));
        assertThat(a.read("s", "cart")).isEqualTo(List.of("fish", "by b"));
        cart.add("by a");
        a.end(slow);
        assertThat(b.read("s", "cart")).as("the last change wins").isEqualTo(List.of("fish", "by a"));
        assertThat(a.read("s", "cart")).isEqualTo(List.of("fish", "by a"));
        assertThat(a.sessions.statistics().conflicts()).isEqualTo(1);
    }

    @Test
    void anObjectThatAMergeReplacedAndNobodyChangedIsForgotten() {
        a.create("s", Map.of("cart", listOf("fish")));
        LiveSession slow = a.open("s");
        list(slow, "cart");
        b.change("s", live -> list(live, "cart").add("by b"));
        a.read("s", "cart");
        a.end(slow);
        assertThat(slow.mayHaveChanged()).isFalse();
        assertThat(a.read("s", "cart")).isEqualTo(List.of("fish", "by b"));
        assertThat(a.sessions.statistics().saves()).isEqualTo(1);
        assertThat(a.sessions.statistics().conflicts()).isZero();
    }

    @Test
    void aChangeOfAnObjectThatAnotherNodeRemovedIsTheLaterOne() {
        a.create("s", Map.of("cart", listOf("fish"), "n", 1));
        LiveSession slow = a.open("s");
        List<Object> cart = list(slow, "cart");
        b.change("s", live -> live.attributes().remove("cart"));
        assertThat(a.read("s", "cart")).isNull();
        cart.add("by a");
        a.end(slow);
        assertThat(b.read("s", "cart")).isEqualTo(List.of("fish", "by a"));
    }

    @Test
    void aNewValueOfOurOwnIsNotOverwrittenByAnObjectThatAMergeReplaced() {
        a.create("s", Map.of("cart", listOf("fish")));
        LiveSession slow = a.open("s");
        List<Object> cart = list(slow, "cart");
        b.change("s", live -> list(live, "cart").add("by b"));
        LiveSession other = a.open("s");
        cart.add("by a");
        other.attributes().put("cart", "new");
        a.save(other);
        cart.add("by a");
        a.end(slow);
        a.end(other);
        assertThat(b.read("s", "cart")).isEqualTo("new");
    }

    @Test
    void anObjectThatTheApplicationReplacedIsNotOursAnyMore() {
        a.create("s", Map.of("cart", listOf("fish"), "gone", listOf("fish"), "exchanged", listOf("fish")));
        LiveSession slow = a.open("s");
        List<Object> cart = list(slow, "cart");
        List<Object> gone = list(slow, "gone");
        List<Object> exchanged = list(slow, "exchanged");
        a.change("s", live -> {
            live.attributes().put("cart", listOf());
            live.attributes().remove("gone");
            live.attributes().replace("exchanged", listOf());
        });
        cart.add("milk");
        gone.add("milk");
        exchanged.add("milk");
        a.end(slow);
        b.change(
                "s",
                live -> assertThat(live.attributes()).isEqualTo(Map.of("cart", List.of(), "exchanged", List.of())));
        assertThat(a.sessions.statistics().saves()).isEqualTo(2);
    }

    @Test
    void everyWayOfReadingCounts() {
        a.create("s", Map.of("cart", listOf("fish"), "list", listOf("fish")));
        b.change("s", live -> ((ArrayList<Object>) live.attributes().putIfAbsent("cart", "none")).add("milk"));
        b.change("s", live -> live.attributes().values().forEach(value -> ((ArrayList<Object>) value).add("tea")));
        assertThat(a.read("s", "cart")).isEqualTo(List.of("fish", "milk", "tea"));
        assertThat(a.read("s", "list")).isEqualTo(List.of("fish", "tea"));
        b.change("s", live -> {
            List<Object> fresh = listOf("fresh");
            live.attributes().putIfAbsent("new", fresh);
            b.save(live);
            fresh.add("milk");
        });
        assertThat(a.read("s", "new")).isEqualTo(List.of("fresh", "milk"));
    }

    @Test
    void aSaveWithoutAnswerLosesNoChange() {
        a.create("s", Map.of("cart", listOf("fish")));
        LiveSession live = a.open("s");
        list(live, "cart").add("milk");
        a.steps().failBefore(Command.Save.class);
        assertThatExceptionOfType(StoreUnavailableException.class).isThrownBy(() -> a.save(live));
        live.leave();
        assertThat(live.isUnsaved()).isTrue();
        a.change("s", opened -> list(opened, "cart").add("tea"));
        assertThat(live.isUnsaved()).isFalse();
        assertThat(b.read("s", "cart")).isEqualTo(List.of("fish", "milk", "tea"));
    }

    @Test
    void allThatComesAgainLeavesInstancesAsTheyAre() {
        List<Object> cart = listOf("fish");
        a.create("s", Map.of("cart", cart, "n", 1));
        Object read = b.read("s", "cart");
        for (int i = 0; i < 40; i++) { // more removals than a record remembers
            a.write("s", "x" + i, i);
        }
        a.change("s", live -> live.attributes().keySet().removeIf(name -> name.startsWith("x")));
        b.change("s", live -> assertThat(live.attributes().get("cart")).isSameAs(read));
        assertThat(a.read("s", "cart")).isSameAs(cart);
    }

    /** Its bytes differ from one JVM to the next, as those of a set of enums do. */
    private static final class Dialect implements Serializable {
        private static final long serialVersionUID = 1;
        private static int spoken;
        private int n;

        private void writeObject(ObjectOutputStream out) throws IOException {
            out.writeInt(spoken);
            out.defaultWriteObject();
        }

        private void readObject(ObjectInputStream in) throws IOException, ClassNotFoundException {
            in.readInt();
            in.defaultReadObject();
        }
    }

    @Test
    void otherBytesForTheSameObjectAreNoChange() {
        Dialect.spoken = 1;
        a.create("s", Map.of("d", new Dialect()));
        Dialect.spoken = 2;
        b.read("s", "d");
        b.read("s", "d");
        assertThat(b.sessions.statistics().saves()).isZero();
        b.change("s", live -> ((Dialect) live.attributes().get("d")).n = 7);
        assertThat(b.sessions.statistics().saves()).isEqualTo(1);
        assertThat(((Dialect) a.read("s", "d")).n).isEqualTo(7);
    }

    /** As if another thread changed it while it is encoded, for as long as there is reason to. */
    private static final class Restless implements Serializable {
        private static final long serialVersionUID = 1;
        private static int reasons;
        private int n;

        private void writeObject(ObjectOutputStream out) throws IOException {
            if (reasons > 0) {
                reasons--;
                n++;
                if (n % 4 == 0) {
                    throw new java.util.ConcurrentModificationException();
                }
                if (n % 4 == 1) {
                    throw new ArrayIndexOutOfBoundsException();
                }
            }
            out.defaultWriteObject();
        }
    }

    @Test
    void anObjectThatOthersAreChangingIsEncodedAgain() {
        a.create("s", Map.of("r", new Restless()));
        LiveSession slow = a.open("s");
        LiveSession other = a.open("s");
        ((Restless) slow.attributes().get("r")).n = 10;
        Restless.reasons = 2;
        a.end(slow);
        assertThat(((Restless) b.read("s", "r")).n).isEqualTo(12);
        assertThat(a.sessions.statistics().serializationRetries()).isEqualTo(1);
        a.end(other);
    }

    @Test
    void anObjectThatOthersKeepChangingIsLeftToTheNextSave() {
        a.create("s", Map.of("r", new Restless()));
        LiveSession slow = a.open("s");
        LiveSession other = a.open("s");
        slow.attributes().get("r");
        Restless.reasons = 4;
        a.end(slow);
        assertThat(a.sessions.statistics().saves()).as("no torn value").isEqualTo(1);
        slow = a.open("s");
        slow.attributes().put("r", new Restless());
        Restless.reasons = 4;
        a.end(slow);
        assertThat(slow.isDirty()).isTrue();
        assertThat(a.unsaved()).isEmpty();
        a.end(other);
        assertThat(slow.isDirty()).isFalse();
        assertThat(((Restless) b.read("s", "r")).n).isEqualTo(4);
        assertThat(a.sessions.statistics().serializationRetries()).isGreaterThanOrEqualTo(6);
    }

    @Test
    void aPartThatCannotBeSerializedKeepsTheObjectOnItsNode() {
        a.create("s", Map.of("cart", listOf("fish"), "n", 1));
        a.change("s", live -> list(live, "cart").add(new Object()));
        assertThat(a.unsaved()).containsExactly("cart");
        a.change("s", live -> assertThat(list(live, "cart")).hasSize(2));
        assertThat(b.read("s", "cart")).as("no older value").isNull();
        assertThat(b.read("s", "n")).isEqualTo(1);
        assertThat(a.unsaved()).containsExactly("cart");
    }

    /** Fails while it is written, whoever is there. */
    private static final class Broken implements Serializable {
        private static final long serialVersionUID = 1;
        private boolean broken;

        private void writeObject(ObjectOutputStream out) throws IOException {
            if (broken) {
                throw new IOException("broken");
            }
            out.defaultWriteObject();
        }
    }

    @Test
    void aFailureOfTheValueItselfIsReportedAndTriedAgain() {
        a.create("s", Map.of("v", new Broken()));
        LiveSession other = a.open("s");
        Broken broken = (Broken) other.attributes().get("v");
        broken.broken = true;
        a.change("s", live -> live.attributes().get("v"));
        assertThat(a.unsaved()).containsExactly("v");
        broken.broken = false;
        a.end(other);
        assertThat(other.isDirty()).isFalse();
    }

    @Test
    void onWriteOnlyWhatWasSetIsLookedAt() {
        Node c = new Node(cluster, false, Detection.ON_WRITE);
        a.create("s", Map.of("read", listOf("fish"), "set", listOf("fish")));
        c.change("s", live -> {
            list(live, "read").add("milk");
            List<Object> set = list(live, "set");
            live.attributes().put("set", set);
            c.save(live);
            set.add("milk");
        });
        assertThat(a.read("s", "read")).isEqualTo(List.of("fish"));
        assertThat(a.read("s", "set")).isEqualTo(List.of("fish", "milk"));
    }
}
