/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** FO-4: the cookie that a takeover sends is Tomcat's own, apart from the id; ids in URLs are rewritten alike. */
@ExtendWith(TwoNodes.Shared.class)
class FO4CookieIT {
    private static final Map<String, String> COOKIES = new LinkedHashMap<>();

    static {
        COOKIES.put("/probe", "JSESSIONID=<id>; Path=/probe; HttpOnly");
        COOKIES.put("/cookie-domain", "JSESSIONID=<id>; Domain=example.org; Path=/; HttpOnly");
        COOKIES.put("/cookie-script", "JSESSIONID=<id>; Path=/cookie-script");
        COOKIES.put("/cookie-name", "CAT=<id>; Path=/cookie-name; HttpOnly");
        COOKIES.put("/cookie-age", "JSESSIONID=<id>; Max-Age=1200; Expires=<then>; Path=/cookie-age; Secure; HttpOnly");
        COOKIES.put("/cookie-site", "JSESSIONID=<id>; Path=/cookie-site; HttpOnly; SameSite=Strict");
        COOKIES.put(
                "/cookie-partitioned",
                "JSESSIONID=<id>; Path=/cookie-partitioned; Secure; HttpOnly; SameSite=None; Partitioned");
    }

    @Test
    void aTakeoverSetsTomcatsOwnCookie(TwoNodes two) {
        COOKIES.forEach((app, expected) -> {
            HttpUser user = new HttpUser();
            String own = cookie(user.get(two.a(), HttpUser.doing(app, "set:x=1")));
            assertThat(withoutId(own)).isEqualTo(expected);
            String base = base(own);
            assertThat(own).contains("=" + base + ".a;");

            Answer taken = user.get(two.b(), HttpUser.doing(app, "get:x"));
            assertThat(taken.lines()).as(app).containsExactly("1");
            assertThat(withoutId(cookie(taken))).isEqualTo(expected);
            assertThat(cookie(taken)).contains("=" + base + ".b;");

            Answer back = user.get(two.a(), HttpUser.doing(app, "get:x"));
            assertThat(back.lines()).as(app).containsExactly("1");
            assertThat(withoutId(cookie(back))).isEqualTo(expected);
            assertThat(cookie(back)).contains("=" + base + ".a;");
        });
    }

    @Test
    void soItIsAfterAKill(TwoNodes two) {
        Map<String, HttpUser> users = new LinkedHashMap<>();
        COOKIES.keySet().forEach(app -> {
            users.put(app, new HttpUser());
            users.get(app).get(two.a(), HttpUser.doing(app, "set:x=" + app));
        });
        two.a().kill();
        COOKIES.forEach((app, expected) -> {
            Answer taken = users.get(app).get(two.b(), HttpUser.doing(app, "get:x"));
            assertThat(taken.lines()).containsExactly(app);
            assertThat(withoutId(cookie(taken))).isEqualTo(expected);
        });
    }

    @Test
    void idsInAddressesAreRewrittenAndWork(TwoNodes two) {
        Answer created = new HttpUser().get(two.a(), HttpUser.doing("/url", "set:x=1", "url:/url/do"));
        assertThat(created.setCookies()).isEmpty();
        String link = created.lines().get(1);
        assertThat(link).matches("/url/do;jsessionid=[0-9A-F]+\\.a");

        two.a().kill();
        Answer taken = new HttpUser().get(two.b(), link + HttpUser.query("get:x", "set:y=2", "url:/url/do", "id"));
        String next = link.replace(".a", ".b");
        assertThat(taken.lines()).containsExactly("1", "ok", next, next.substring(next.indexOf('=') + 1));
        assertThat(taken.setCookies()).isEmpty();

        Answer later = new HttpUser().get(two.b(), next + HttpUser.query("get:x", "get:y", "url:/url/do"));
        assertThat(later.lines()).containsExactly("1", "2", next);
    }

    @Test
    void anIdInTheAddressGetsNoCookieForItsRoute(TwoNodes two) {
        // Cookies are on, this client does not take them: Tomcat never answers an id in the address with a cookie.
        String id = new HttpUser().asks(two.a(), "/probe", "id");
        Answer taken = new HttpUser()
                .get(two.b(), "/probe/do;jsessionid=" + id + HttpUser.query("isNew", "id", "url:/probe/do"));
        String rewritten = id.replace(".a", ".b");
        assertThat(taken.lines()).containsExactly("false", rewritten, "/probe/do;jsessionid=" + rewritten);
    }

    private static String cookie(Answer answer) {
        assertThat(answer.setCookies()).as(answer.body()).hasSize(1);
        return answer.setCookies().get(0);
    }

    private static String withoutId(String cookie) {
        // Tomcat 10.1 and 11 write Max-Age and Expires in different orders.
        return cookie.replaceFirst("=[0-9A-F]+(\\.[ab])?;", "=<id>;")
                .replaceFirst("Expires=[^;]+", "Expires=<then>")
                .replace("Expires=<then>; Max-Age=1200", "Max-Age=1200; Expires=<then>");
    }

    private static String base(String cookie) {
        return cookie.substring(cookie.indexOf('=') + 1, cookie.indexOf('.'));
    }
}
