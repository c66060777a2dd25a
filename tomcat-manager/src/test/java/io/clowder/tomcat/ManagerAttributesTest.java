/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.tomcat;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.apache.catalina.Context;
import org.apache.catalina.LifecycleState;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Wrong attributes of the Manager element stop the start of the application, before anything of a cluster is started. */
class ManagerAttributesTest {

    private static final String PREFIX = "Clowder cannot start for /app: ";
    private static final String WRONG = PREFIX + "wrong attributes of the Manager: ";

    private static final String NO_SUCH =
            "there is no such attribute, or it does not take this value; allowed are topology, clusterName,"
                    + " members, interface, port, config, minimumClusterSize, failFast, instanceName, namespace, operationTimeout, strict, dirty, immutable,"
                    + " onOutage, onUnreadable, persistAuthentication, affinity, reads, maxLocalSessions, localIdleTimeout,"
                    + " storeEmptySessions, webSocketKeepAlive and those of every Tomcat Manager";

    @TempDir
    private Path base;

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    operationTimeout="499"       | allowed is 500 to 9000 (milliseconds)
                    operationTimeout="9001"      | allowed is 500 to 9000 (milliseconds)
                    operationTimeout="-1"        | allowed is 500 to 9000 (milliseconds)
                    operationTimeout="soon"      | allowed is 500 to 9000 (milliseconds)
                    operationTimeout=""          | allowed is 500 to 9000 (milliseconds)
                    strict="yes"                 | allowed is true or false
                    strict="TRUE"                | allowed is true or false
                    persistAuthentication="on"   | allowed is true or false
                    dirty="always"               | allowed is onRead or onWrite
                    onUnreadable="drop"          | allowed is dropSession, dropAttribute or fail
                    onUnreadable="FAIL"          | allowed is dropSession, dropAttribute or fail
                    immutable="1st"              | '1st' names neither a class nor a package; allowed are names of classes, com.acme.* and com.acme.**, separated by commas or blanks
                    topology="dedicated"         | allowed is embedded or client
                    topology="Client"            | allowed is embedded or client
                    affinity="both"              | allowed is auto, sticky or roaming
                    affinity="Sticky"            | allowed is auto, sticky or roaming
                    affinity="sticky"            | needs a jvmRoute on the Engine; without one, allowed is auto or roaming
                    reads="fast"                 | allowed is validated or near
                    maxLocalSessions="0"         | allowed is -1 (no limit) or 1 and more
                    maxLocalSessions="-2"        | allowed is -1 (no limit) or 1 and more
                    maxLocalSessions="many"      | allowed is -1 (no limit) or 1 and more
                    localIdleTimeout="0"         | allowed is -1 (no limit) or 1 and more (seconds)
                    localIdleTimeout="-5"        | allowed is -1 (no limit) or 1 and more (seconds)
                    localIdleTimeout="1m"        | allowed is -1 (no limit) or 1 and more (seconds)
                    webSocketKeepAlive="yes"     | allowed is true or false
                    storeEmptySessions="no"      | allowed is true or false
                    storeEmptySessions="False"   | allowed is true or false
                    namespace="a:b"              | allowed is any text without a colon
                    clustername="x"              | none
                    sticky="true"                | none
                    """)
    void aWrongAttributeIsNamedWithWhatIsAllowed(String attribute, String allowed) throws Exception {
        assertThat(refusal(attribute))
                .isEqualTo(WRONG + attribute + ": " + (allowed.equals("none") ? NO_SUCH : allowed));
    }

    @Test
    void allWrongAttributesAreNamedAtOnce() throws Exception {
        assertThat(refusal("strict=\"1\" sticky=\"true\" operationTimeout=\"1\" maxActiveSessions=\"7\""))
                .isEqualTo(WRONG
                        + "operationTimeout=\"1\": allowed is 500 to 9000 (milliseconds); "
                        + "sticky=\"true\": " + NO_SUCH + "; "
                        + "strict=\"1\": allowed is true or false");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    port="80"                | port must be between 1024 and 65516 (20 ports are tried from there), was 80
                    port="x"                 | port must be between 1024 and 65516 (20 ports are tried from there), was x
                    interface="10.0.0.*"     | interface '10.0.0.*' opens the member to the network;
                    members="10.0.0.1"       | members names other machines (10.0.0.1) but the member listens on 127.0.0.1 only;
                    config="no.xml"          | config must be a file that this process can read, was
                    config="no.xml" port="1" | config 'no.xml' says everything about the cluster; leave out port
                    topology="client" port="5701" interface="127.0.0.1" | with topology="client" this Tomcat has no member of its own, and members says where those of the cluster are; leave out interface, port
                    topology="client" config="hazelcast.xml" | with topology="client" this Tomcat has no member of its own, and members says where those of the cluster are; leave out config
                    clusterName=""           | clusterName must be 1 to 255 characters without blanks around them, was
                    """)
    void wrongClusterSettingsAreNamed(String attributes, String reason) throws Exception {
        assertThat(refusal(attributes)).startsWith(PREFIX + reason);
    }

    @Test
    void aStickySessionIsNotReadFromNearby() throws Exception {
        try (TinyTomcat tomcat = new TinyTomcat(base).route("one")) {
            tomcat.deploy("/app", "reads=\"near\"");
            tomcat.start();
            assertThat(tomcat.refusals())
                    .containsExactly(WRONG
                            + "reads=\"near\": a sticky session is read from its holder's copy; allowed is validated, or"
                            + " affinity=\"roaming\" with it");
        }
    }

    @Test
    void aClientHasNothingNear() throws Exception {
        try (TinyTomcat tomcat = new TinyTomcat(base).route("one")) {
            tomcat.deploy("/app", "topology=\"client\" reads=\"near\" affinity=\"sticky\"");
            tomcat.start();
            assertThat(tomcat.refusals())
                    .containsExactly(WRONG
                            + "reads=\"near\": there is no near cache with topology=\"client\"; allowed is validated, or"
                            + " topology=\"embedded\" with it");
        }
    }

    @Test
    void aClientThatIsStickyNeedsARoute() throws Exception {
        assertThat(refusal("topology=\"client\" affinity=\"sticky\""))
                .isEqualTo(
                        WRONG
                                + "affinity=\"sticky\": needs a jvmRoute on the Engine; without one, allowed is auto or roaming");
    }

    @Test
    void aRelativeConfigIsLookedForInCatalinaBase() throws Exception {
        assertThat(refusal("config=\"conf/no.yaml\"")).endsWith("was " + base.resolve("conf/no.yaml"));
    }

    private String refusal(String attributes) throws Exception {
        try (TinyTomcat tomcat = new TinyTomcat(base)) {
            Context context = tomcat.deploy("/app", attributes);
            tomcat.start();
            assertThat(context.getState()).isNotEqualTo(LifecycleState.STARTED);
            assertThat(tomcat.refusals()).hasSize(1);
            return tomcat.refusals().get(0);
        }
    }
}
