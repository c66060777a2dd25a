# Sourced at the root by ./demo, ./chaos, ./soak and ./benchmark, with $modules and $stamp set: builds the modules if need be, finds $java.

fail() {
    echo "$(basename "$0"): $1" >&2
    exit 1
}

java="${JAVA_HOME:+$JAVA_HOME/bin/}java"
command -v "$java" >/dev/null || fail "no java found; install a JDK 17 or newer"
command -v mvn >/dev/null || fail "no mvn found; install Maven 3.8 or newer"

# Builds what is missing, or older than a source.
if [ ! -e "$stamp" ] || [ -n "$(find . -path '*/target' -prune -o \( -path '*/src/main/*' -o -name pom.xml \) \
        -type f -newer "$stamp" -print -quit)" ]; then
    echo "Building (the first time takes a minute or two: Maven fetches libraries and Tomcat) ..." >&2
    started=$(mktemp)
    mvn -q -B -pl "$modules" -am -DskipTests package >&2 || fail "the build failed"
    touch -r "$started" "$stamp"
    rm -f "$started"
fi
