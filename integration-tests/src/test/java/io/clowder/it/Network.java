/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.it;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * A network of a few hosts, each a network namespace of Linux, with a router between them in one more. What goes between two
 * hosts that are cut apart, the router drops: nobody is refused, or hears of it. Nothing of it is to be seen outside, and it
 * ends with this JVM, however that ends. Root need not run it.
 */
final class Network implements AutoCloseable {
    private static final String NEEDS =
            "needs Linux with user namespaces, unshare and nsenter (Debian: util-linux), and ip (Debian: iproute2)";

    private final List<Process> keepers = new ArrayList<>();
    private final List<List<String>> hosts = new ArrayList<>();
    private final List<String> router;

    /** All hosts reach each other. */
    Network(int size) {
        try {
            // A user namespace, in which everybody is root, owns all the others.
            router = kept(List.of("unshare", "--map-root-user", "--net"));
            run(router, "", "sh", "-c", "echo 1 > /proc/sys/net/ipv4/ip_forward");
            for (int i = 0; i < size; i++) {
                List<String> host = kept(Stream.concat(router.stream(), Stream.of("unshare", "--net"))
                        .toList());
                hosts.add(host);
                connect(i);
            }
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    /** Has a process keep the namespace that the command enters; the command that enters it later on. */
    private List<String> kept(List<String> command) {
        try {
            List<String> line = new ArrayList<>(command);
            // Without a namespace of its own, what follows would be done to the machine's network: so it says when it
            // has one.
            line.addAll(List.of("sh", "-c", "echo kept; exec cat"));
            Process keeper = new ProcessBuilder(line).redirectErrorStream(true).start();
            keepers.add(keeper);
            String said = new BufferedReader(new InputStreamReader(keeper.getInputStream(), UTF_8)).readLine();
            if (!"kept".equals(said)) {
                throw new IllegalStateException("No network namespace: " + said + ". This test " + NEEDS);
            }
            return List.of("nsenter", "--target=" + keeper.pid(), "--user", "--preserve-credentials", "--net");
        } catch (IOException e) {
            throw new IllegalStateException("This test " + NEEDS, e);
        }
    }

    private void connect(int host) {
        ip(
                router,
                "link add to" + host + " type veth peer name eth0 netns "
                        + keepers.get(keepers.size() - 1).pid(),
                "address add " + gateway(host) + "/24 dev to" + host,
                "link set to" + host + " up");
        ip(
                hosts.get(host),
                "link set lo up",
                "address add " + address(host) + "/24 dev eth0",
                "link set eth0 up",
                "route add default via " + gateway(host));
    }

    /** The address of one host, which others reach it at. */
    String address(int host) {
        return "10.83." + host + ".2";
    }

    private static String gateway(int host) {
        return "10.83." + host + ".1";
    }

    /** The command that starts a process on a host. */
    List<String> on(int host) {
        return hosts.get(host);
    }

    /** From now on, nothing gets from one of these hosts to one of those, nor back. */
    void cut(Collection<Integer> some, Collection<Integer> others) {
        rules("add", some, others);
    }

    /** What was cut is whole again. */
    void mend(Collection<Integer> some, Collection<Integer> others) {
        rules("delete", some, others);
    }

    private void rules(String verb, Collection<Integer> some, Collection<Integer> others) {
        ip(
                router,
                some.stream()
                        .flatMap(one -> others.stream()
                                .flatMap(other -> Stream.of(rule(verb, one, other), rule(verb, other, one))))
                        .toArray(String[]::new));
    }

    private String rule(String verb, int from, int to) {
        return "rule " + verb + " from " + address(from) + " to " + address(to) + " blackhole";
    }

    /** All in one process, in order. */
    private static void ip(List<String> namespace, String... commands) {
        run(namespace, Stream.of(commands).collect(Collectors.joining("\n", "", "\n")), "ip", "-batch", "-");
    }

    private static void run(List<String> namespace, String input, String... command) {
        try {
            Process process = new ProcessBuilder(Stream.concat(namespace.stream(), Stream.of(command))
                            .toList())
                    .redirectErrorStream(true)
                    .start();
            try (var in = process.getOutputStream()) {
                in.write(input.getBytes(UTF_8));
            }
            String said = new String(process.getInputStream().readAllBytes(), UTF_8);
            int status = process.onExit().join().exitValue();
            if (status != 0) {
                throw new IllegalStateException(String.join(" ", command) + ": " + said + input + "This test " + NEEDS);
            }
        } catch (IOException e) {
            throw new IllegalStateException("This test " + NEEDS, e);
        }
    }

    /** The hosts from one on, up to another, without that. */
    static List<Integer> hosts(int from, int to) {
        return IntStream.range(from, to).boxed().toList();
    }

    /** Namespaces go with the last process in them. */
    @Override
    public void close() {
        keepers.forEach(Process::destroy);
    }
}
