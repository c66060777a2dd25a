/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.it;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** PE-2: what a request does not ask for is not fetched, and what is absent is not asked for again and again. */
@Tag("any-tomcat")
@ExtendWith(ThreeNodes.Shared.class)
class PE2LookupsIT {
    private static final int REQUESTS = 20;

    /** In roaming mode Tomcat itself looks for the session that a cookie names, for each request, and finds it once. */
    @ParameterizedTest
    @CsvSource({ThreeNodes.STICKY + ",0", ThreeNodes.ROAMING + ",1"})
    void aRequestThatDoesNotUseTheSessionCostsNoMore(String app, int operations, ThreeNodes three) {
        HttpUser user = new HttpUser();
        user.does(three.a(), app, "int:x=1");
        long before = three.counter(app, "storeOperations");
        for (int i = 0; i < REQUESTS; i++) {
            user.does(three.a(), app, "hello");
        }
        assertThat(three.counter(app, "storeOperations") - before).isLessThanOrEqualTo((long) operations * REQUESTS);
    }

    @ParameterizedTest
    @CsvSource({ThreeNodes.STICKY + ",0", ThreeNodes.ROAMING + ",1"})
    void anAbsentAttributeIsAskedForAtMostOnceARequest(String app, int operations, ThreeNodes three) {
        HttpUser user = new HttpUser();
        user.does(three.a(), app, "int:x=1");
        long before = three.counter(app, "storeOperations");
        for (int i = 0; i < REQUESTS; i++) {
            assertThat(user.asks(three.a(), app, "gets:missing=1000")).isEqualTo("null");
        }
        assertThat(three.counter(app, "storeOperations") - before).isEqualTo((long) operations * REQUESTS);
    }
}
