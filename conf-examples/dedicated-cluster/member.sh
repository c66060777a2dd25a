#!/bin/sh
# Starts one member of a dedicated cluster, in the foreground; SIGTERM stops it in order. It needs a JDK or JRE 17 and the
# two jars in lib/ of the distribution, in which this file lies; CLOWDER_LIB names them elsewhere. Two members on one machine:
#
#   sh conf-examples/dedicated-cluster/member.sh
#
# twice. On several machines, on each of them, in a private network:
#
#   sh conf-examples/dedicated-cluster/member.sh clusterName=shop-production \
#      members=10.0.0.21,10.0.0.22 'interface=10.0.0.*'
#
# Members meet at port, the first free one of 5701 to 5720; Tomcats connect to clientPort, the first free one of 5801 to 5820.
# Both are at the same address.
#
# The arguments are the attributes of a Manager: clusterName, members, interface, port, or config; and clientPort. What is left
# out may stand in the environment, as CLOWDER_CLUSTER_NAME. JAVA_OPTS is for the JVM, as -Xmx2g: sessions are in its memory.
# With config, a file of Hazelcast, clientPort goes with a network element; an advanced-network says it all, and must have a
# client-server-socket-endpoint-config.
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
lib=${CLOWDER_LIB:-$here/../../lib}

# What Hazelcast asks for; without these it works too, and logs a warning.
options="--add-modules=java.se --add-exports=java.base/jdk.internal.ref=ALL-UNNAMED
  --add-opens=java.base/java.lang=ALL-UNNAMED --add-opens=java.base/sun.nio.ch=ALL-UNNAMED
  --add-opens=java.management/sun.management=ALL-UNNAMED
  --add-opens=jdk.management/com.sun.management.internal=ALL-UNNAMED"

# shellcheck disable=SC2086 # each is a list of options
exec "${JAVA_HOME:+$JAVA_HOME/bin/}java" $options $JAVA_OPTS -cp "$lib/*" io.clowder.hazelcast.DedicatedMember "$@"
