/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.it;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** CC-4: an attribute that other threads change while it is encoded fails no request, and nothing of it is lost. */
@ExtendWith(ThreeNodes.Shared.class)
class CC4UnstableIT {
    private static final int THREADS = 8;
    private static final int EACH = 4_000;

    @ParameterizedTest
    @ValueSource(strings = {ThreeNodes.STICKY, ThreeNodes.ROAMING})
    void aListThatEightThreadsAppendTo(String app, ThreeNodes three) {
        HttpUser user = new HttpUser();
        user.does(three.a(), app, "list:list", "int:n=0");
        long retries = three.counter(app, "serializationRetries");

        user.does(three.a(), app, "appenders:list=" + THREADS + "x" + EACH);
        int requests = 0;
        int size = 0;
        while (size < THREADS * EACH) {
            requests++;
            size = Integer.parseInt(
                    user.does(three.a(), app, "size:list", "int:n=" + requests).get(0));
        }
        assertThat(user.does(three.a(), app, "appended:list", "size:list")).containsExactly("true", "" + size);
        assertThat(three.counter(app, "serializationRetries")).isGreaterThan(retries);

        assertThat(user.does(three.b(), app, "size:list", "distinct:list", "get:n"))
                .containsExactly("" + THREADS * EACH, "" + THREADS * EACH, "" + requests);
    }
}
