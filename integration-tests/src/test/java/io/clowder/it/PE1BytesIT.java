/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.it;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** PE-1: a request sends what it changed, of a session of a megabyte too. */
@ExtendWith(ThreeNodes.Shared.class)
class PE1BytesIT {
    private static final int REQUESTS = 20;
    private static final int ATTRIBUTE = 10 * 1024;

    @ParameterizedTest
    @ValueSource(strings = {ThreeNodes.STICKY, ThreeNodes.ROAMING})
    void aRequestThatOnlyReadsWritesNothing(String app, ThreeNodes three) {
        HttpUser user = megabyte(three, app);
        user.does(three.a(), app, "get:p7");
        long saves = three.counter(app, "saves");
        long bytes = three.counter(app, "storeBytes");
        for (int i = 0; i < REQUESTS; i++) {
            assertThat(user.asks(three.a(), app, "get:p7")).hasSize(ATTRIBUTE);
        }
        assertThat(three.counter(app, "saves")).isEqualTo(saves);
        assertThat(three.counter(app, "storeBytes")).isEqualTo(bytes);
    }

    @ParameterizedTest
    @ValueSource(strings = {ThreeNodes.STICKY, ThreeNodes.ROAMING})
    void oneChangedAttributeIsSentAlone(String app, ThreeNodes three) {
        HttpUser user = megabyte(three, app);
        long saves = three.counter(app, "saves");
        long bytes = three.counter(app, "storeBytes");
        for (int i = 0; i < REQUESTS; i++) {
            user.does(three.a(), app, "fill:p=1x" + ATTRIBUTE);
        }
        assertThat(three.counter(app, "saves") - saves).isEqualTo(REQUESTS);
        assertThat((three.counter(app, "storeBytes") - bytes) / REQUESTS)
                .isBetween((long) ATTRIBUTE, ATTRIBUTE + 1024L);
    }

    /** A session at the node a with a hundred attributes of 10 KiB. */
    private static HttpUser megabyte(ThreeNodes three, String app) {
        HttpUser user = new HttpUser();
        user.does(three.a(), app, "fill:p=100x" + ATTRIBUTE);
        return user;
    }
}
