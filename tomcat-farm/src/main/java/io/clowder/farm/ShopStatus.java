/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.farm;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What the sample's {@code /status} says.
 *
 * @param port of the node that answered
 * @param user null: nobody is logged in
 * @param visits -1: there is no session
 * @param cart as JSON, product ids to quantities; empty if there is no session
 */
public record ShopStatus(int port, @Nullable String user, int visits, String cart) {
    private static final Pattern JSON = Pattern.compile(
            "\\{\"node\":\"[^\"]*\",\"port\":(\\d+),\"user\":(null|\"[^\"]*\"),"
                    + "\"session\":(null|\\{\"id\":\"[^\"]*\",\"created\":\"[^\"]*\",\"visits\":(\\d+),\"cart\":(\\{[^}]*})})}\\s*");

    /** Reads the body of an answer. */
    public static ShopStatus of(Browser.Page page) {
        Matcher matcher = JSON.matcher(page.body());
        if (page.status() != 200 || !matcher.matches()) {
            throw new IllegalStateException(page.uri() + " gave status " + page.status() + ": " + page.body());
        }
        boolean session = matcher.group(4) != null;
        return new ShopStatus(
                Integer.parseInt(matcher.group(1)),
                matcher.group(2).equals("null") ? null : matcher.group(2).replace("\"", ""),
                session ? Integer.parseInt(matcher.group(4)) : -1,
                session ? matcher.group(5) : "");
    }

    public boolean hasSession() {
        return visits >= 0;
    }
}
