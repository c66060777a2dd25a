/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.hazelcast;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.clowder.store.NodeId;
import io.clowder.store.OperationId;
import java.io.UncheckedIOException;
import java.util.HexFormat;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class LetterTest {

    private static final NodeId ASKER = new NodeId(new UUID(1, 2));
    private static final NodeId ASKED = new NodeId(new UUID(3, 4));
    private static final Peers.Name TO = new Peers.Name("clowder:x", ASKED);

    /** What a Tomcat of this version says to one of the next. */
    @Test
    void theFormatStays() {
        Letter question = Letter.asks(ASKER, 5, PeerMessage.release(TO, "id", 6));
        assertThat(HexFormat.of().formatHex(question.bytes()))
                .isEqualTo("0101" + "0000000000000001" + "0000000000000002" + "0000000000000005" + "01"
                        + "0009" + HexFormat.of().formatHex("clowder:x".getBytes(UTF_8))
                        + "0000000000000003" + "0000000000000004" + "0002" + "6964" + "0000000000000006"
                        + "0000000000000003" + "0000000000000004" + "0000000000000000");
        assertThat(HexFormat.of().formatHex(question.answered(new byte[] {7}).bytes()))
                .isEqualTo("0102" + "0000000000000001" + "0000000000000002" + "0000000000000005" + "07");
        assertThat(HexFormat.of().formatHex(question.answered(null).bytes()))
                .isEqualTo("0103" + "0000000000000001" + "0000000000000002" + "0000000000000005");
    }

    @Test
    void whatIsReadIsWhatWasWritten() {
        for (PeerMessage message : List.of(
                PeerMessage.release(TO, "id", 6),
                PeerMessage.changed(TO, "id", 7),
                PeerMessage.whole(TO, "id", new OperationId(ASKER, 8)),
                PeerMessage.remembers(TO, "id"))) {
            byte[] bytes = Letter.asks(ASKER, 5, message).bytes();
            Letter read = Letter.of(bytes);
            assertThat(read.bytes()).isEqualTo(bytes);
            assertThat(read.from()).isEqualTo(ASKER);
            assertThat(read.number()).isEqualTo(5);
            assertThat(read.question()).hasToString(message.toString());
            assertThat(read.answer()).isNull();
        }
        Letter answer = Letter.of(Letter.asks(ASKER, 5, PeerMessage.remembers(TO, "id"))
                .answered(new byte[0])
                .bytes());
        assertThat(answer.question()).isNull();
        assertThat(answer.answer()).isEmpty();
    }

    @Test
    void whatIsNoLetterIsRefused() {
        byte[] letter = Letter.asks(ASKER, 5, PeerMessage.remembers(TO, "id")).bytes();
        byte[] ofAnotherFormat = letter.clone();
        ofAnotherFormat[0] = 2;
        byte[] ofAnotherKind = letter.clone();
        ofAnotherKind[1] = 9;
        for (byte[] wrong : List.of(ofAnotherFormat, ofAnotherKind, new byte[0], new byte[] {1, 1, 5})) {
            assertThatExceptionOfType(UncheckedIOException.class).isThrownBy(() -> Letter.of(wrong));
        }
    }
}
