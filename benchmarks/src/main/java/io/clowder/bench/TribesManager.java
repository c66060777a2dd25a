/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.bench;

import io.clowder.farm.TomcatLayout;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * One of the two managers that come with Tomcat, with their channel on the loopback interface.
 *
 * @param kind its name, without {@code Manager}
 * @param sendOptions of the channel; what BackupManager waits for is its own matter
 * @param port of the first node
 * @param nodes how many there are
 */
record TribesManager(String kind, int sendOptions, int port, int nodes) implements Contender {
    private static final String TRIBES = "org.apache.catalina.tribes.";

    /** Asynchronous, as in Tomcat's own example. */
    static TribesManager delta(int port, int nodes) {
        return new TribesManager("Delta", 8, port, nodes);
    }

    static TribesManager backup(int port, int nodes) {
        return new TribesManager("Backup", 6, port, nodes);
    }

    @Override
    public String key() {
        return kind.toLowerCase(Locale.ROOT);
    }

    @Override
    public String title() {
        return kind + "Manager";
    }

    @Override
    public String about() {
        String sends =
                kind.equals("Delta") ? "`channelSendOptions=\"8\"`, asynchronous" : "`mapSendOptions` 6, acknowledged";
        return "of the same Tomcat; static membership; " + sends + "; else Tomcat's example";
    }

    @Override
    public boolean isShared() {
        return true;
    }

    @Override
    public Span span() {
        return new Span(port, nodes);
    }

    @Override
    public void layOut(TomcatLayout.Builder builder, int node) {
        String members = IntStream.range(0, nodes).mapToObj(this::member).collect(Collectors.joining());
        builder.engine("""
                <Cluster className="org.apache.catalina.ha.tcp.SimpleTcpCluster" channelSendOptions="%d">
                  <Channel className="%sgroup.GroupChannel">
                    <Membership className="%smembership.StaticMembershipService" useThread="true"
                                expirationTime="20000">%s</Membership>
                    <Receiver className="%stransport.nio.NioReceiver" address="127.0.0.1" port="%d" autoBind="1"/>
                    <Sender className="%stransport.ReplicationTransmitter">
                      <Transport className="%stransport.nio.PooledParallelSender"/>
                    </Sender>
                    <Interceptor className="%sgroup.interceptors.TcpFailureDetector"/>
                    <Interceptor className="%sgroup.interceptors.MessageDispatchInterceptor"/>
                  </Channel>
                  <Valve className="org.apache.catalina.ha.tcp.ReplicationValve" filter=""/>
                  <ClusterListener className="org.apache.catalina.ha.session.ClusterSessionListener"/>
                </Cluster>
                """.formatted(
                        sendOptions, TRIBES, TRIBES, members, TRIBES, port + node, TRIBES, TRIBES, TRIBES, TRIBES));
    }

    private String member(int node) {
        return "<Member className=\"" + TRIBES + "membership.StaticMember\" host=\"127.0.0.1\" port=\"" + (port + node)
                + "\" uniqueId=\"{0,0,0,0,0,0,0,0,0,0,0,0,0,0,0," + (node + 1) + "}\"/>";
    }

    @Override
    public String manager(String app) {
        return "<Manager className=\"org.apache.catalina.ha.session." + kind
                + "Manager\" expireSessionsOnShutdown=\"false\"/>";
    }
}
