/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.chaos;

import static io.clowder.chaos.Operation.Access.append;
import static io.clowder.chaos.Operation.Access.end;
import static io.clowder.chaos.Operation.Access.list;
import static io.clowder.chaos.Operation.Access.read;
import static io.clowder.chaos.Operation.Access.remove;
import static io.clowder.chaos.Operation.Access.write;
import static org.assertj.core.api.Assertions.assertThat;

import io.clowder.chaos.Operation.Access;
import io.clowder.chaos.Violation.Kind;
import java.util.List;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class CheckerTest {
    private final Recorded recorded = new Recorded();

    @Nested
    class Accepts {
        @Test
        void oneRequestAfterTheOther() {
            recorded.op(0, 1, read("x"))
                    .op(2, 3, write("x", "1"))
                    .op(4, 5, read("x", "1"), write("x", "2"))
                    .op(6, 7, read("x", "2"), remove("x"))
                    .op(8, 9, read("x"));
            assertLegal();
        }

        @Test
        void eitherValueOfConcurrentWrites() {
            recorded.op(0, 10, write("x", "1")).op(1, 9, write("x", "2")).op(11, 12, read("x", "1"));
            assertLegal();
        }

        @Test
        void eitherValueWhileAWriteRuns() {
            recorded.op(0, 1, write("x", "1"))
                    .op(2, 10, write("x", "2"))
                    .op(3, 4, read("x", "1"))
                    .op(5, 6, read("x", "2"))
                    .op(7, 8, read("x", "2"));
            assertLegal();
        }

        @Test
        void aWriteWithoutAnswerThatNeverHappened() {
            recorded.op(0, 1, write("x", "1")).unknown(2, write("x", "2")).op(8, 9, read("x", "1"));
            assertLegal();
        }

        @Test
        void aWriteWithoutAnswerThatHappenedLate() {
            recorded.op(0, 1, write("x", "1"))
                    .unknown(2, write("x", "2"))
                    .op(3, 4, read("x", "1"))
                    .op(5, 6, write("x", "3"))
                    .op(7, 8, read("x", "2"));
            assertLegal();
        }

        @Test
        void aRemovalWithoutAnswerThatHappenedLateOrNot() {
            recorded.op(0, 1, write("x", "1"))
                    .unknown(2, remove("x"))
                    .op(3, 4, read("x", "1"))
                    .op(5, 6, read("x"));
            assertLegal();
        }

        @Test
        void elementsInTheOrderOfTheirRequests() {
            recorded.op(0, 1, append("l", "1"))
                    .op(2, 5, append("l", "2"))
                    .op(3, 6, append("l", "3"))
                    .op(7, 8, list("l", "1", "3", "2"));
            assertLegal();
        }

        @Test
        void anElementThatLostAgainstAConcurrentOne() {
            recorded.op(0, 10, append("l", "1")).op(1, 9, append("l", "2")).op(11, 12, list("l", "2"));
            assertLegal();
        }

        @Test
        void anElementWithoutAnswerThatReplacesLaterOnes() {
            recorded.unknown(0, append("l", "1"))
                    .op(2, 3, append("l", "2"))
                    .op(4, 5, list("l", "2"))
                    .op(6, 7, list("l", "1"));
            assertLegal();
        }

        @Test
        void theEndOfASession() {
            recorded.op(0, 1, write("x", "1")).op(2, 5, end()).notFound(3, 4).notFound(6, 7);
            assertLegal();
        }

        @Test
        void aSessionWhoseEndWasNotAnswered() {
            recorded.unknown(0, end()).op(1, 2, read("x")).notFound(3, 4);
            assertLegal();
        }

        private void assertLegal() {
            assertThat(recorded.check()).isEmpty();
        }
    }

    @Nested
    class Finds {
        @Test
        void aSkippedSave() {
            recorded.op(0, 1, write("x", "1"))
                    .op(2, 3, write("x", "2"))
                    .op(4, 5, read("x", "1"))
                    .op(6, 7, read("x", "1"));
            assertFound(Kind.LOST_WRITE);
        }

        @Test
        void aSkippedFirstSave() {
            recorded.op(0, 1, write("x", "1")).op(2, 3, read("x"));
            assertFound(Kind.LOST_WRITE);
        }

        @Test
        void aWriteThatIsNotThereAlthoughNobodyReadAnythingSince() {
            recorded.op(0, 1, write("x", "1"))
                    .op(2, 3, write("x", "2"))
                    .op(4, 5, write("x", "3"))
                    .op(6, 7, read("x", "2"));
            assertFound(Kind.LOST_WRITE);
        }

        @Test
        void aWholeSessionThatReplacedAnother() {
            recorded.op(0, 1, write("x", "1"), write("y", "1"))
                    .op(2, 5, write("x", "2"))
                    .op(3, 4, write("y", "2"))
                    .op(6, 7, read("x", "2"), read("y", "1"));
            assertFound(Kind.LOST_WRITE);
            assertThat(recorded.check().get(0).name()).isEqualTo("y");
        }

        @Test
        void aStaleRead() {
            recorded.op(0, 1, write("x", "1"))
                    .op(2, 3, write("x", "2"))
                    .op(4, 5, read("x", "1"))
                    .op(6, 7, read("x", "2"));
            assertFound(Kind.STALE_READ);
        }

        @Test
        void aReadThatGoesBackWhileTheWriteRuns() {
            recorded.op(0, 1, write("x", "1"))
                    .op(2, 20, write("x", "2"))
                    .op(3, 4, read("x", "2"))
                    .op(5, 6, read("x", "1"))
                    .op(7, 8, read("x", "2"));
            assertFound(Kind.STALE_READ);
        }

        @Test
        void aWriteWithoutAnswerThatHappenedTwice() {
            recorded.unknown(0, write("x", "1"))
                    .op(1, 2, read("x", "1"))
                    .op(3, 4, write("x", "2"))
                    .op(5, 6, read("x", "1"));
            assertFound(Kind.LOST_WRITE);
        }

        @Test
        void absenceBetweenTwoReads() {
            recorded.op(0, 1, write("x", "1")).op(2, 3, read("x")).op(4, 5, read("x", "1"));
            assertFound(Kind.STALE_READ);
        }

        @Test
        void aRemovedValueThatIsBack() {
            recorded.op(0, 1, write("x", "1")).op(2, 3, remove("x")).op(4, 5, read("x", "1"));
            assertFound(Kind.RESURRECTED);
        }

        @Test
        void aRemovalWithoutAnswerThatHappenedTwice() {
            recorded.op(0, 1, write("x", "1"))
                    .unknown(2, remove("x"))
                    .op(3, 4, read("x"))
                    .op(5, 6, write("x", "2"))
                    .op(7, 8, read("x"));
            assertFound(Kind.LOST_WRITE);
        }

        @Test
        void valuesThatNobodyWrote() {
            recorded.op(0, 1, read("x", "torn:1"), list("l", "9"));
            assertFound(Kind.UNKNOWN_VALUE, Kind.UNKNOWN_VALUE);
        }

        @Test
        void valuesOfTheFuture() {
            recorded.op(0, 1, read("x", "1"), list("l", "2")).op(2, 3, write("x", "1"), append("l", "2"));
            assertFound(Kind.UNKNOWN_VALUE, Kind.UNKNOWN_VALUE);
        }

        @Test
        void aLostElement() {
            recorded.op(0, 1, append("l", "1")).op(2, 3, append("l", "2")).op(4, 5, list("l", "1"));
            assertFound(Kind.LOST_ELEMENT);
        }

        @Test
        void aLostList() {
            recorded.op(0, 1, append("l", "1")).op(4, 5, new Access(Access.Kind.READ_NO_LIST, "l", List.of()));
            assertFound(Kind.LOST_ELEMENT);
        }

        @Test
        void anElementThatWasSeenBeforeItsRequestEnded() {
            recorded.op(0, 20, append("l", "1")).op(1, 2, list("l", "1")).op(3, 4, list("l"));
            assertFound(Kind.LOST_ELEMENT);
        }

        @Test
        void anElementThatConcurrentOnesDoNotExcuse() {
            recorded.op(0, 10, append("l", "1"))
                    .op(1, 9, append("l", "2"))
                    .op(11, 12, append("l", "3"))
                    .op(13, 14, list("l", "3"));
            // Either of the first two may be missing, not both.
            assertFound(Kind.LOST_ELEMENT, Kind.LOST_ELEMENT);
        }

        @Test
        void anElementTwiceAndInTheWrongOrder() {
            recorded.op(0, 1, append("l", "1")).op(2, 3, append("l", "2")).op(4, 5, list("l", "2", "1", "1"));
            assertFound(Kind.WRONG_LIST, Kind.WRONG_LIST);
        }

        @Test
        void aSessionThatIsNotFound() {
            recorded.op(0, 1, write("x", "1")).notFound(2, 3);
            assertFound(Kind.SESSION_LOST);
        }

        @Test
        void anEndedSessionThatIsFound() {
            recorded.op(0, 1, end()).op(2, 3, read("x"));
            assertFound(Kind.SESSION_BACK);
        }

        /** The first byte was seen, the connection broke, and the save had not happened. */
        @Test
        void anAnswerThatWasEarlierThanItsSave() {
            recorded.op(0, 1, write("x", "1")).op(2, 3, write("x", "2")).op(4, 5, read("x", "1"));
            assertFound(Kind.LOST_WRITE);
            assertThat(recorded.check().get(0).toString())
                    .contains("LOST_WRITE in session s, x: 1 was read after 2 was acknowledged", "#1 at a", "#2", "#3");
        }

        private void assertFound(Kind... kinds) {
            assertThat(recorded.kinds()).containsExactlyInAnyOrder(kinds);
        }
    }
}
