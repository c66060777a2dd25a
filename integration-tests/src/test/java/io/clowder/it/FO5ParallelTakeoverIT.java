/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** FO-5: requests that come to another node together after a node died find one session, not one each. */
@ExtendWith(ThreeNodes.Shared.class)
class FO5ParallelTakeoverIT {
    private static final int REQUESTS = 20;

    /** By application: the client, its id before the death, and how it is known by name. */
    private record Before(HttpUser user, String id, String path, String name) {}

    @Test
    void twentyRequestsWithTheOldIdSeeOneSession(ThreeNodes three) {
        Map<String, Before> all = new LinkedHashMap<>();
        for (String app : List.of(ThreeNodes.STICKY, ThreeNodes.ROAMING)) {
            all.put(app, before(new HttpUser(), three, app, "/do", "null by null"));
        }
        for (String app : List.of("/basic", "/roaming-basic")) {
            HttpUser user = new HttpUser().basicLogin("tom", TwoNodes.PASSWORD);
            // The first request makes the session, the second finds it and puts the login there, under a new id.
            user.get(three.a(), app + "/secure/do" + HttpUser.query("set:x=1"));
            user.get(three.a(), app + "/secure/do" + HttpUser.query("get:x"));
            all.put(app, before(user.withoutLogin(), three, app, "/secure/do", "tom by BASIC"));
        }
        for (String app : List.of("/form", "/roaming-form")) {
            HttpUser user = new HttpUser();
            user.get(three.a(), app + "/secure/do" + HttpUser.query("user"));
            user.post(three.a(), app + "/j_security_check", "j_username=tom&j_password=" + TwoNodes.PASSWORD);
            all.put(app, before(user, three, app, "/secure/do", "tom by FORM"));
        }

        three.a().kill();
        all.forEach((app, before) -> oneSession(app, before, three));
    }

    private static Before before(HttpUser user, ThreeNodes three, String app, String path, String name) {
        Answer answer = user.get(three.a(), app + path + HttpUser.query("user", "set:marker=" + marker(app), "names"));
        assertThat(answer.status()).as(app + answer.body()).isEqualTo(200);
        assertThat(answer.lines().get(0)).isEqualTo(name);
        return new Before(user, user.sessionId(), app + path, name);
    }

    private static void oneSession(String app, Before before, ThreeNodes three) {
        List<WaitingRequest> requests = IntStream.range(0, REQUESTS)
                .mapToObj(i -> new HttpUser()
                        .comesWith(app, before.id())
                        .waiting(
                                three.b(),
                                before.path()
                                        + HttpUser.query(
                                                "user", "get:marker", "int:by" + i + "=" + i, "isNew", "found", "id")))
                .toList();
        requests.forEach(WaitingRequest::send);
        List<String> ids = new ArrayList<>();
        for (WaitingRequest request : requests) {
            Answer answer = request.answer();
            assertThat(answer.status()).as(app + answer.body()).isEqualTo(200);
            assertThat(answer.lines()).startsWith(before.name(), marker(app), "ok", "false");
            ids.add(answer.lines().get(5));
        }
        String base = before.id().split("\\.", 2)[0];
        assertThat(ids.stream().map(id -> id.split("\\.", 2)[0])).containsOnly(base);
        assertThat(ids.stream().distinct()).hasSize(1);

        String names =
                IntStream.range(0, REQUESTS).mapToObj(i -> "by" + i).sorted().collect(Collectors.joining(","));
        before.user().presents(ids.get(0));
        List<String> after = before.user()
                .get(three.b(), before.path() + HttpUser.query("user", "found"))
                .lines();
        assertThat(after.get(0)).isEqualTo(before.name());
        assertThat(after.get(1)).startsWith(names).contains("marker");
        assertThat(Nodes.storedWith(three.b(), marker(app))).as(app).isEqualTo(1);
    }

    private static String marker(String app) {
        return "the one session of " + app + ".";
    }
}
