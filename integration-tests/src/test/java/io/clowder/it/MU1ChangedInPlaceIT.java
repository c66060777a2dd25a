/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.it;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** MU-1: an object that is changed in place, without setAttribute, is the same on every node. */
@ExtendWith(ThreeNodes.Shared.class)
class MU1ChangedInPlaceIT {
    private static final int CLICKS = 100;

    @ParameterizedTest
    @ValueSource(strings = {ThreeNodes.STICKY, ThreeNodes.ROAMING})
    void aListGrowsByEachClickOnWhicheverNode(String app, ThreeNodes three) {
        HttpUser user = new HttpUser();
        user.does(three.a(), app, "newList:list");
        for (int i = 0; i < CLICKS; i++) {
            assertThat(user.asks(three.turn(i), app, "append:list=" + i)).isEqualTo("" + (i + 1));
        }
        assertThat(user.asks(three.b(), app, "size:list")).isEqualTo("" + CLICKS);
    }
}
