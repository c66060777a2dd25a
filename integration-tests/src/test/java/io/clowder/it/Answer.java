/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.it;

import java.net.URI;
import java.net.http.HttpResponse;
import java.util.List;

/** What a node answered to one request. */
record Answer(int status, String body, List<String> setCookies, String location, List<String> challenges) {

    Answer(int status, String body, List<String> setCookies) {
        this(status, body, setCookies, "", List.of());
    }

    static Answer of(HttpResponse<String> response) {
        return new Answer(
                response.statusCode(),
                response.body(),
                response.headers().allValues("Set-Cookie"),
                response.headers().firstValue("Location").orElse(""),
                response.headers().allValues("WWW-Authenticate"));
    }

    /** Where a redirect leads on whichever node. */
    String next() {
        URI to = URI.create(location);
        return to.getRawPath() + (to.getRawQuery() == null ? "" : "?" + to.getRawQuery());
    }

    /** One line for each step that the probe took. */
    List<String> lines() {
        return List.of(body.split("\n", -1));
    }
}
