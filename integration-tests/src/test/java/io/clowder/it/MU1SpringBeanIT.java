/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.it;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** MU-1: a bean of Spring's session scope is the same on every node. */
@ExtendWith(ThreeNodes.Shared.class)
class MU1SpringBeanIT {
    private static final int CLICKS = 50;

    /** Spring calls setAttribute at the end of a request that used the bean, unless the application keeps it from it. */
    @ParameterizedTest
    @CsvSource({
        "/spring, add=cat",
        "/spring, plainly&add=cat",
        "/roaming-spring, add=cat",
        "/roaming-spring, plainly&add=cat"
    })
    void aSessionScopedBeanGrowsByEachClickOnWhicheverNode(String app, String query, ThreeNodes three) {
        HttpUser user = new HttpUser();
        for (int i = 1; i <= CLICKS; i++) {
            Answer answer = user.get(three.turn(i), app + "/basket?" + query);
            assertThat(answer.status()).as(answer.body()).isEqualTo(200);
            assertThat(answer.body()).isEqualTo("" + i);
        }
        assertThat(user.get(three.a(), app + "/basket").body()).isEqualTo("" + CLICKS);
    }
}
