/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.tomcat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.clowder.tomcat.SignOn.SignedSession;
import java.io.IOException;
import java.time.Duration;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SignOnTest {

    private static final byte[] ADA = {1, 2, 3};
    private static final SignedSession X = new SignedSession("localhost", "/x", "0123456789ABCDEF", "");
    private static final SignedSession Y = new SignedSession("localhost", "/y##2", "FEDCBA9876543210", "a-node");

    private final SignOn fresh = SignOn.of("FORM", ADA, 1_000);

    @Test
    void itKnowsItsSessionsAndGoesWithTheLast() {
        SignOn both = fresh.with(X, 1800).with(Y, 600);
        assertThat(both.with(X, 3600)).isSameAs(both);
        assertThat(both.sessions()).containsExactly(X, Y);
        assertThat(both.longest()).isEqualTo(1800);
        SignOn one = both.without(X);
        assertThat(one.without(X)).as("told twice").isSameAs(one);
        assertThat(one.without(Y)).isNull();
        assertThat(fresh.without(X))
                .as("none that it knows, and it may be about to get one")
                .isSameAs(fresh);
    }

    @Test
    void onceItIsOverNobodyJoinsIt() {
        SignOn over = fresh.with(X, 1800).ended();
        assertThat(over.over()).isTrue();
        assertThat(over.with(Y, 1800)).isSameAs(over);
        assertThat(over.without(X)).isNull();
        assertThat(fresh.ended()).isNull();
    }

    @ParameterizedTest
    @CsvSource({"0, 60, 60", "60, 132, 60", "1800, 2220, 180", "-1, 86400, 60"})
    void itsUsesAreNotedNowAndThenAndLongAfterTheLastOneItIsDue(int timeout, long dueSeconds, long noteSeconds) {
        SignOn signOn = timeout == 0 ? fresh : fresh.with(X, timeout).with(Y, timeout < 0 ? 1800 : 1);
        assertThat(signOn.isDueAt(1_000 + Duration.ofSeconds(dueSeconds).toMillis()))
                .isFalse();
        assertThat(signOn.isDueAt(1_001 + Duration.ofSeconds(dueSeconds).toMillis()))
                .isTrue();
        assertThat(signOn.isToNoteAt(999 + Duration.ofSeconds(noteSeconds).toMillis()))
                .isFalse();
        assertThat(signOn.isToNoteAt(1_000 + Duration.ofSeconds(noteSeconds).toMillis()))
                .isTrue();
        assertThat(signOn.usedAt(5_000).isToNoteAt(5_001)).isFalse();
    }

    @Test
    void itIsReadAsItWasWritten() throws IOException {
        SignOn both = fresh.with(X, 1800).with(Y, 600).usedAt(77).ended();
        byte[] bytes = both.write();
        SignOn read = SignOn.read(bytes);
        assertThat(read).usingRecursiveComparison().isEqualTo(both);
        assertThat(read.write()).isEqualTo(bytes);
        SignOn nobody = SignOn.read(SignOn.of(null, new byte[0], 0).write());
        assertThat(nobody.authType()).isNull();
        assertThat(nobody.as("BASIC", ADA).principal()).isEqualTo(ADA);
        assertThat(both).hasToString("SignOn[FORM, 2 sessions, over]");
        assertThat(fresh).hasToString("SignOn[FORM, 0 sessions]");
    }

    /** Nodes of two versions of Clowder may run side by side: what is written never changes without a new first byte. */
    @Test
    void theFormatStays() {
        assertThat(HexFormat.of().formatHex(fresh.with(X, 1800).write()))
                .isEqualTo("01" + "00" + "00000000000003e8" + "00000708" + "0004464f524d" + "00000003010203"
                        + "00000001" + "00096c6f63616c686f7374" + "00022f78" + "001030313233343536373839414243444546"
                        + "0000");
    }

    @Test
    void anotherFormatIsNotRead() {
        byte[] bytes = fresh.write();
        bytes[0] = 2;
        assertThatThrownBy(() -> SignOn.read(bytes))
                .isInstanceOf(IOException.class)
                .hasMessage("unknown format 2");
    }
}
