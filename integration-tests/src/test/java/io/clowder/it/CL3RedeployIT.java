/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.clowder.farm.TomcatNode;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** CL-3: an application that is deployed again and again, while it is asked, leaves nothing behind. */
@ExtendWith(TwoNodes.Shared.class)
class CL3RedeployIT {
    private static final int REDEPLOYS = 20;

    /** After so many redeploys what is loaded once for all is there. */
    private static final int WARM = 3;

    private static final Pattern USED = Pattern.compile("used=(\\d+)");

    /**
     * An answer of Tomcat's own, whatever the Manager, to a request that is inside an application in the moment of its removal:
     * a servlet is being unloaded, a class cannot be loaded any more, a path has no context.
     */
    private static final String REMOVED = "500 without a line of ours in its stack traces";

    /** Why an authenticator did not get a session; Tomcat reports what one throws, whoever answers 503 then. */
    private static final String STOPPED =
            "StandardHostValve.invoke Exception Processing [/churn/do] io.clowder.store.StoreUnavailableException: "
                    + "The web application /churn is stopped";

    /** A stack frame of Clowder's, but for the methods of the valve that every request passes. */
    private static final Pattern OURS =
            Pattern.compile("io\\.clowder\\.(?!it\\.|sample\\.|tomcat\\.ClowderValve\\.(?:invoke|serve))");

    @Test
    void twentyRedeploysUnderRequestsLeaveNothing(TwoNodes two) {
        TomcatNode node = two.a();
        Path war = WebApp.probe("churn").war(two.nodes().folder().resolve("churn"));
        Path sample = Path.of(System.getProperty("clowder.sample"));
        // Tomcat's JSP compiler keeps a static exception, and with its stack the application that first had a JSP
        // compiled.
        deploy(node, "/compiles", sample);
        assertThat(new HttpUser().get(node, "/compiles/").status()).isEqualTo(200);
        deploy(node, "/churn", war);
        deploy(node, "/shop", sample);
        HttpUser user = new HttpUser();
        user.does(node, "/churn", "cart:cart=milk", "inc:n");
        assertThat(user.get(node, "/shop/").status()).isEqualTo(200);
        List<String> before = ownThreads(node);
        int logged = node.log().length();

        AtomicBoolean going = new AtomicBoolean(true);
        Set<String> answers = ConcurrentHashMap.newKeySet();
        CompletableFuture<?>[] clients = new CompletableFuture<?>[2];
        for (int i = 0; i < clients.length; i++) {
            clients[i] = CompletableFuture.runAsync(() -> {
                HttpUser client = new HttpUser();
                while (going.get()) {
                    answers.add(kind(client.get(node, HttpUser.doing("/churn", "cart:cart=x", "inc:n", "end"))));
                    answers.add(kind(client.get(node, "/shop/status")));
                }
            });
        }
        long metaspace = 0;
        try {
            for (int i = 0; i < REDEPLOYS; i++) {
                if (i == WARM) {
                    metaspace = metaspace(node);
                }
                deploy(node, "/churn", war);
                assertThat(user.does(node, "/churn", "inc:n", "get:cart")).containsExactly("" + (i + 2), "milk");
                deploy(node, "/shop", sample);
                assertThat(user.get(node, "/shop/").status()).isEqualTo(200);
                assertThat(user.get(node, "/shop/status").body()).contains("\"visits\":" + (i + 2));
            }
        } finally {
            going.set(false);
        }
        CompletableFuture.allOf(clients).join();

        // 404 while the application is away, 503 while it stops.
        assertThat(answers).contains("200").isSubsetOf("200", "404", "503", REMOVED);
        // With StandardManager too, Tomcat reports a connector's thread that is just leaving the application.
        assertThat(Nodes.linesWith(node.log().substring(logged), "leak"))
                .filteredOn(line -> !line.contains("thread named [http-nio") && !line.contains("thread [http-nio"))
                .isEmpty();
        assertThat(severe(node.log().substring(logged)))
                .filteredOn(report -> !report.contains("StandardWrapperValve.invoke")
                        && !report.contains("Error during mapping")
                        && !report.contains(STOPPED))
                .isEmpty();
        assertThat(Nodes.call(node, "Catalina:type=Host,host=localhost", "findReloadedContextMemoryLeaks"))
                .as("findLeaks")
                .isEmpty();
        long warm = metaspace;
        await().atMost(Duration.ofSeconds(60))
                .pollInterval(Duration.ofSeconds(1))
                .untilAsserted(() -> assertThat(metaspace(node))
                        .as("metaspace, after %s redeploys it was %s", WARM, warm)
                        .isLessThan(warm + warm / 20));
        // Threads of pools end some time after their work.
        await().atMost(Duration.ofSeconds(90)).untilAsserted(() -> {
            Set<String> added = new TreeSet<>(ownThreads(node));
            before.forEach(added::remove);
            assertThat(ownThreads(node).size())
                    .as("threads, added are %s", added)
                    .isLessThanOrEqualTo(before.size());
            assertThat(Nodes.threads(node).stream().filter(CL3RedeployIT::isCached))
                    .as("a redeploy keeps none busy")
                    .hasSizeLessThan(REDEPLOYS);
        });
        assertThat(manager(node, "/manager/text/undeploy?path=/churn")).startsWith("OK");
        assertThat(manager(node, "/manager/text/undeploy?path=/shop")).startsWith("OK");
        assertThat(manager(node, "/manager/text/undeploy?path=/compiles")).startsWith("OK");
    }

    /** Each line with what is below it: the exception. */
    private static List<String> severe(String log) {
        List<String> lines = log.lines().toList();
        List<String> reports = new ArrayList<>();
        for (int i = 0; i < lines.size(); i++) {
            if (lines.get(i).contains("SEVERE")) {
                reports.add(lines.get(i)
                        + (i + 1 < lines.size() ? " " + lines.get(i + 1).strip() : ""));
            }
        }
        return reports;
    }

    /** Bytes of classes, without those that nobody needs any more. */
    private static long metaspace(TomcatNode node) {
        node.jcmd("GC.run");
        String usage = Nodes.bean(node, "java.lang:type=MemoryPool,name=Metaspace", "Usage");
        Matcher used = USED.matcher(usage);
        assertThat(used.find()).as(usage).isTrue();
        return Long.parseLong(used.group(1));
    }

    private static String kind(Answer answer) {
        if (answer.status() != 500) {
            return Integer.toString(answer.status());
        }
        return OURS.matcher(answer.body()).find() ? answer.toString() : REMOVED;
    }

    private static void deploy(TomcatNode node, String path, Path war) {
        assertThat(manager(node, "/manager/text/deploy?path=" + path + "&update=true&war=file:" + war))
                .startsWith("OK");
    }

    private static String manager(TomcatNode node, String path) {
        return new HttpUser().basicLogin("admin", "admin").get(node, path).body();
    }

    /** All but the one that answers this test's questions about the JVM, and those of pools whose number follows the load. */
    private static List<String> ownThreads(TomcatNode node) {
        return Nodes.threads(node).stream()
                .filter(name -> !name.startsWith("http-nio") && !isCached(name) && !name.equals("Attach Listener"))
                .toList();
    }

    /** Of the pool where Hazelcast runs what comes at its time. */
    private static boolean isCached(String thread) {
        return thread.startsWith("hz.") && thread.contains(".cached.");
    }
}
