/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** CC-6: requests of one session do not wait for each other. */
@ExtendWith(ThreeNodes.Shared.class)
class CC6ParallelIT {
    private static final int REQUESTS = 6;

    @ParameterizedTest
    @ValueSource(strings = {ThreeNodes.STICKY, ThreeNodes.ROAMING})
    void allRequestsOfASessionAreInTheApplicationBeforeOneGoesOn(String app, ThreeNodes three) {
        HttpUser user = new HttpUser();
        user.does(three.a(), app, "int:x=1");
        List<WaitingRequest> requests = IntStream.range(0, REQUESTS)
                .mapToObj(i -> user.waiting(
                        three.a(), HttpUser.doing(app, "get:x", "park:parallel" + i, "int:p" + i + "=" + i)))
                .toList();
        requests.forEach(WaitingRequest::send);
        for (int i = 0; i < REQUESTS; i++) {
            assertThat(new HttpUser().asks(three.a(), app, "parked:parallel" + i))
                    .isEqualTo("through");
        }
        for (int i = 0; i < REQUESTS; i++) {
            new HttpUser().asks(three.a(), app, "open:parallel" + i);
        }
        for (WaitingRequest request : requests) {
            assertThat(request.answer().lines()).containsExactly("1", "through", "ok");
        }
        assertThat(user.asks(three.b(), app, "names")).isEqualTo("p0,p1,p2,p3,p4,p5,x");
    }
}
