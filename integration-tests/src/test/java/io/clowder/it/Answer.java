/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.it;

import java.net.http.HttpResponse;
import java.util.List;

/** What a node answered to one request. */
record Answer(int status, String body, List<String> setCookies, String location) {

    static Answer of(HttpResponse<String> response) {
        return new Answer(
                response.statusCode(),
                response.body(),
                response.headers().allValues("Set-Cookie"),
                response.headers().firstValue("Location").orElse(""));
    }

    /** One line for each step that the probe took. */
    List<String> lines() {
        return List.of(body.split("\n", -1));
    }
}
