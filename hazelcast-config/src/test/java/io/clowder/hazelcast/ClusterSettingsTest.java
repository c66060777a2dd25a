/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.hazelcast;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ClusterSettingsTest {

    @TempDir
    Path base;

    @Test
    void nothingSaidIsTheTomcatsOfThisMachine() {
        assertThat(parse(null, null, null, null, null)).isEqualTo(ClusterSettings.defaults());
        assertThat(ClusterSettings.defaults().isLoopback()).isTrue();
    }

    @Test
    void readsWhatStandsInTheXml() {
        ClusterSettings settings = parse(
                "shop", " tomcat-a, 10.0.0.6:5711\n[fe80::1]:5701 fe80::2,[fe80::3] ", "10.0.*.1-20", "7000", null);

        assertThat(settings)
                .isEqualTo(new ClusterSettings(
                        "shop",
                        List.of("tomcat-a", "10.0.0.6:5711", "[fe80::1]:5701", "fe80::2", "fe80::3"),
                        "10.0.*.1-20",
                        7000,
                        null));
        assertThat(settings.isLoopback()).isFalse();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', nullValues = "-", textBlock = """
            ''   | -           | -           | -     | clusterName must be 1 to 255 characters without blanks around them, was ''
            ' a' | -           | -           | -     | clusterName must be 1 to 255 characters without blanks around them, was ' a'
            -    | -           | -           | 70000 | port must be between 1024 and 65516 (20 ports are tried from there), was 70000
            -    | -           | -           | 80    | port must be between 1024 and 65516 (20 ports are tried from there), was 80
            -    | -           | -           | 65517 | port must be between 1024 and 65516 (20 ports are tried from there), was 65517
            -    | -           | -           | abc   | port must be between 1024 and 65516 (20 ports are tried from there), was abc
            -    | a b:x       | -           | -     | members must be host, host:port or [v6]:port
            -    | 127.0.0.1:0 | -           | -     | members must be host, host:port or [v6]:port
            -    | a:70000     | -           | -     | members must be host, host:port or [v6]:port
            -    | [fe80:1     | -           | -     | members must be host, host:port or [v6]:port
            -    | 1:2:3       | -           | -     | members must be host, host:port or [v6]:port
            a    | b           | eth0        | -     | interface must be one IP address of this machine or a pattern
            a    | b           | 0.0.0.0     | -     | interface must be one IP address of this machine or a pattern
            a    | b           | ::          | -     | interface must be one IP address of this machine or a pattern
            a    | b           | 10.0.0.256  | -     | interface must be one IP address of this machine or a pattern
            a    | b           | 10.0.0.9-1  | -     | interface must be one IP address of this machine or a pattern
            """)
    void refusesWhatIsOutOfRange(
            @Nullable String clusterName,
            @Nullable String members,
            @Nullable String networkInterface,
            @Nullable String port,
            String message) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> parse(clusterName, members, networkInterface, port, null))
                .withMessageContaining(message);
    }

    @ParameterizedTest
    @ValueSource(strings = {"1024", "65516", " 5701 "})
    void acceptsThePortsAtTheBounds(String port) {
        assertThat(parse(null, null, null, port, null).port()).isEqualTo(Integer.parseInt(port.strip()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"clowder", "dev"})
    void anOpenInterfaceNeedsAClusterNameOfItsOwn(String clusterName) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> parse(clusterName, "tomcat-b", "10.0.0.5", null, null))
                .withMessage(
                        "interface '10.0.0.5' opens the member to the network; clusterName must then be a name of your"
                                + " own, was '" + clusterName + "'");
    }

    @Test
    void anOpenInterfaceNeedsMembers() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> parse("shop", null, "10.0.0.5", null, null))
                .withMessageContaining("members must then list the hosts of the cluster")
                .withMessageContaining("was empty");
    }

    @ParameterizedTest
    @CsvSource(
            nullValues = "-",
            value = {"-", "127.0.0.1", "127.0.*.*", "::1"})
    void otherMachinesNeedAnInterface(@Nullable String loopback) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> parse("shop", "localhost 10.0.0.6 tomcat-b:5701", loopback, null, null))
                .withMessageContaining("members names other machines (10.0.0.6, tomcat-b:5701)")
                .withMessageContaining("set interface to this machine's address");
    }

    @Test
    void thisMachineNeedsNone() {
        List<String> members = List.of("localhost:5705", "127.0.0.1", "[::1]:5701", "::1");
        assertThat(new ClusterSettings("clowder", members, null, 5701, null).members())
                .isEqualTo(members);
    }

    @Test
    void theFileSaysEverything() throws IOException {
        Files.writeString(base.resolve("hazelcast.yaml"), "hazelcast: {}");

        assertThatIllegalArgumentException()
                .isThrownBy(() -> parse("shop", null, null, "5701", "hazelcast.yaml"))
                .withMessage("config 'hazelcast.yaml' says everything about the cluster; leave out clusterName, port");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new ClusterSettings("shop", List.of(), null, 5701, base.resolve("hazelcast.yaml")));
        assertThat(parse(null, null, null, null, "x/../hazelcast.yaml").config())
                .isEqualTo(base.resolve("hazelcast.yaml").toAbsolutePath());
    }

    @ParameterizedTest
    @CsvSource({
        "missing.xml, config must be a file that this process can read",
        "hazelcast.properties, 'config must be a Hazelcast configuration ending in .xml, .yaml or .yml'"
    })
    void theFileMustBeThere(String config, String message) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> parse(null, null, null, null, config))
                .withMessage(message + ", was " + base.resolve(config).toAbsolutePath());
    }

    @Test
    void aClientHasNoMemberToConfigure() {
        ClusterSettings client = ClusterSettings.parse(
                Topology.CLIENT, null, "10.0.0.21, db.example.org:5800", null, null, null, null, base);
        assertThat(client)
                .isEqualTo(new ClusterSettings(
                        "clowder", List.of("10.0.0.21", "db.example.org:5800"), null, 5701, null, Topology.CLIENT));
        assertThat(client).isNotEqualTo(ClusterSettings.defaults());
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ClusterSettings.parse(
                        Topology.CLIENT, null, null, "127.0.0.1", "5701", "hazelcast.xml", "2", base))
                .withMessage(
                        "with topology=\"client\" this Tomcat has no member of its own, and members says where those of"
                                + " the cluster are; leave out interface, port, config, minimumClusterSize");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new ClusterSettings("shop", List.of(), null, 5702, null, Topology.CLIENT))
                .withMessageContaining("leave out interface, port and config");
    }

    private ClusterSettings parse(
            @Nullable String clusterName,
            @Nullable String members,
            @Nullable String networkInterface,
            @Nullable String port,
            @Nullable String config) {
        return ClusterSettings.parse(clusterName, members, networkInterface, port, config, base);
    }

    @Test
    void aSizeIsSomeMembers() {
        assertThat(ClusterSettings.defaults().minimumClusterSize()).isEqualTo(1);
        assertThat(ClusterSettings.parse(Topology.EMBEDDED, null, null, null, null, null, " 2 ", base)
                        .minimumClusterSize())
                .isEqualTo(2);
        for (String size : List.of("0", "1001", "-1", "two", "")) {
            assertThatIllegalArgumentException()
                    .isThrownBy(
                            () -> ClusterSettings.parse(Topology.EMBEDDED, null, null, null, null, null, size, base))
                    .withMessage("minimumClusterSize must be between 1 and 1000, was " + size);
        }
    }
}
