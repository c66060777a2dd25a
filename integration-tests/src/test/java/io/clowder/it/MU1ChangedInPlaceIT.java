/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.it;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** MU-1: an object that is changed in place, without setAttribute, is the same on every node. */
@Tag("any-tomcat")
@ExtendWith(ThreeNodes.Shared.class)
class MU1ChangedInPlaceIT {
    private static final int CLICKS = 100;

    @ParameterizedTest
    @ValueSource(strings = {ThreeNodes.STICKY, ThreeNodes.ROAMING})
    void aListGrowsByEachClickOnWhicheverNode(String app, ThreeNodes three) {
        HttpUser user = new HttpUser();
        user.does(three.a(), app, "list:list");
        for (int i = 0; i < CLICKS; i++) {
            assertThat(user.asks(three.turn(i), app, "append:list=" + i)).isEqualTo("" + (i + 1));
        }
        assertThat(user.asks(three.b(), app, "size:list")).isEqualTo("" + CLICKS);
    }

    @ParameterizedTest
    @ValueSource(strings = {ThreeNodes.STICKY, ThreeNodes.ROAMING})
    void soDoMapsAndBeansWithinBeans(String app, ThreeNodes three) {
        HttpUser user = new HttpUser();
        user.does(three.a(), app, "shelf:shelf");
        user.does(three.a(), app, "stock:shelf=tea");
        user.does(three.b(), app, "stock:shelf=milk");
        user.does(three.b(), app, "stock:shelf=fish");
        assertThat(user.asks(three.c(), app, "stock:shelf=cat")).isEqualTo("{top=tea|milk|fish|cat} 4 ++++");
        assertThat(user.asks(three.a(), app, "get:shelf")).isEqualTo("{top=tea|milk|fish|cat} 4 ++++");
    }

    @ParameterizedTest
    @ValueSource(strings = {ThreeNodes.STICKY, ThreeNodes.ROAMING})
    void whatIsChangedInPlaceOutlivesTheNode(String app, ThreeNodes three) {
        HttpUser user = new HttpUser();
        user.does(three.a(), app, "list:list");
        assertThat(user.does(three.a(), app, "append:list=1", "append:list=2")).containsExactly("1", "2");
        three.a().kill();
        assertThat(user.asks(three.b(), app, "append:list=3")).isEqualTo("3");
    }

    /** Of fifty lists a request reads two and changes one: two are compared, one is sent. */
    @ParameterizedTest
    @ValueSource(strings = {ThreeNodes.STICKY, ThreeNodes.ROAMING})
    void onlyWhatARequestTouchedIsCompared(String app, ThreeNodes three) {
        HttpUser user = new HttpUser();
        user.does(three.a(), app, "lists:list=50", "fill:big=1x10000");
        // Values that came from here have been encoded once already.
        user.does(three.a(), app, "size:list7", "size:list8");
        long encoded = three.counter(app, "encodedAttributes");
        long saves = three.counter(app, "saves");
        long bytes = three.counter(app, "storeBytes");
        for (int i = 0; i < CLICKS; i++) {
            assertThat(user.does(three.a(), app, "append:list7=x", "size:list8"))
                    .containsExactly("" + (i + 1), "0");
        }
        assertThat(three.counter(app, "encodedAttributes") - encoded).isEqualTo(2 * CLICKS);
        assertThat(three.counter(app, "saves") - saves).isEqualTo(CLICKS);
        assertThat((three.counter(app, "storeBytes") - bytes) / CLICKS).isBetween(10L, 1_500L);
    }

    @ParameterizedTest
    @ValueSource(strings = {ThreeNodes.STICKY, ThreeNodes.ROAMING})
    void aRequestThatReadsAndChangesNothingSavesNothing(String app, ThreeNodes three) {
        HttpUser user = new HttpUser();
        user.does(three.a(), app, "lists:list=3", "shelf:shelf", "cart:cart=milk", "int:n=1", "set:s=text");
        user.does(three.b(), app, "size:list0", "get:shelf", "get:cart");
        user.does(three.a(), app, "size:list0", "get:shelf", "get:cart");
        long saves = three.counter(app, "saves");
        for (int i = 0; i < CLICKS; i++) {
            user.does(three.a(), app, "size:list0", "get:shelf", "get:cart", "get:n", "get:s");
        }
        assertThat(three.counter(app, "saves")).isEqualTo(saves);
    }
}
