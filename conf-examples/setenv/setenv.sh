# bin/setenv.sh: what Hazelcast asks for. Without these it works too, logs one warning at start, and reports less.
CATALINA_OPTS="$CATALINA_OPTS --add-modules=java.se"
CATALINA_OPTS="$CATALINA_OPTS --add-exports=java.base/jdk.internal.ref=ALL-UNNAMED"
CATALINA_OPTS="$CATALINA_OPTS --add-opens=java.base/java.lang=ALL-UNNAMED"
CATALINA_OPTS="$CATALINA_OPTS --add-opens=java.base/sun.nio.ch=ALL-UNNAMED"
CATALINA_OPTS="$CATALINA_OPTS --add-opens=java.management/sun.management=ALL-UNNAMED"
CATALINA_OPTS="$CATALINA_OPTS --add-opens=jdk.management/com.sun.management.internal=ALL-UNNAMED"
