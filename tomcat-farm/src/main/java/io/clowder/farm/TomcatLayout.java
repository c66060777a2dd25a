/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.farm;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What a {@link TomcatNode} runs on: a CATALINA_BASE on disk, and the command that starts Tomcat there. */
public final class TomcatLayout {
    private final Builder settings;
    private final int port;

    private TomcatLayout(Builder settings) {
        this.settings = settings;
        this.port = settings.port == 0 ? Ports.reserve() : settings.port;
    }

    TomcatDistribution tomcat() {
        return settings.tomcat;
    }

    Path base() {
        return settings.base;
    }

    int port() {
        return port;
    }

    @Nullable
    String route() {
        return settings.route;
    }

    Map<String, String> environment() {
        return settings.environment;
    }

    /** What bin/catalina.sh would run, without the shell: the process id is Tomcat's own. */
    List<String> command() {
        Path home = settings.tomcat.home();
        List<String> command = new ArrayList<>(settings.launcher);
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.add("-Djava.util.logging.config.file=" + settings.base.resolve("conf/logging.properties"));
        command.add("-Djava.util.logging.manager=org.apache.juli.ClassLoaderLogManager");
        command.add("-Djava.protocol.handler.pkgs=org.apache.catalina.webresources");
        command.add("-Djava.awt.headless=true");
        for (String opened : List.of(
                "java.base/java.lang",
                "java.base/java.lang.reflect",
                "java.base/java.io",
                "java.base/java.util",
                "java.base/java.util.concurrent",
                "java.rmi/sun.rmi.transport")) {
            command.add("--add-opens=" + opened + "=ALL-UNNAMED");
        }
        command.addAll(settings.jvmOptions);
        settings.systemProperties.forEach((name, value) -> command.add("-D" + name + "=" + value));
        command.add("-classpath");
        command.add(home.resolve("bin/bootstrap.jar") + File.pathSeparator + home.resolve("bin/tomcat-juli.jar"));
        command.add("-Dcatalina.base=" + settings.base);
        command.add("-Dcatalina.home=" + home);
        command.add("-Djava.io.tmpdir=" + settings.base.resolve("temp"));
        command.add("org.apache.catalina.startup.Bootstrap");
        command.add("start");
        return command;
    }

    private void write() throws IOException {
        Path base = settings.base;
        Path conf = Files.createDirectories(base.resolve("conf"));
        for (String folder : List.of("lib", "logs", "temp", "webapps", "work", "conf/Catalina/localhost")) {
            Files.createDirectories(base.resolve(folder));
        }
        for (String file : List.of("catalina.properties", "web.xml")) {
            Files.copy(
                    settings.tomcat.home().resolve("conf").resolve(file),
                    conf.resolve(file),
                    StandardCopyOption.REPLACE_EXISTING);
        }
        Files.writeString(conf.resolve("server.xml"), serverXml());
        Files.writeString(conf.resolve("context.xml"), contextXml());
        Files.writeString(conf.resolve("tomcat-users.xml"), usersXml());
        Files.writeString(conf.resolve("logging.properties"), loggingProperties());
        for (Path lib : settings.libs) {
            Files.copy(lib, base.resolve("lib").resolve(lib.getFileName()), StandardCopyOption.REPLACE_EXISTING);
        }
        for (Map.Entry<String, Path> app : settings.apps.entrySet()) {
            deploy(app.getKey(), app.getValue());
        }
    }

    private void deploy(String name, Path app) throws IOException {
        if (Files.isDirectory(app)) {
            // Privileged, so that Tomcat's own manager application works.
            Files.writeString(
                    settings.base.resolve("conf/Catalina/localhost").resolve(name + ".xml"),
                    "<Context docBase=\"" + escaped(app.toAbsolutePath().toString()) + "\" privileged=\"true\"/>\n",
                    UTF_8);
        } else {
            Files.copy(
                    app, settings.base.resolve("webapps").resolve(name + ".war"), StandardCopyOption.REPLACE_EXISTING);
        }
    }

    private String serverXml() {
        String jvmRoute = settings.route == null ? "" : " jvmRoute=\"" + escaped(settings.route) + "\"";
        return """
                <?xml version="1.0" encoding="UTF-8"?>
                <Server port="%d" address="127.0.0.1" shutdown="SHUTDOWN">
                  <Listener className="org.apache.catalina.core.JreMemoryLeakPreventionListener"/>
                  <Listener className="org.apache.catalina.core.ThreadLocalLeakPreventionListener"/>
                  %s
                  <GlobalNamingResources>
                    <Resource name="UserDatabase" auth="Container" type="org.apache.catalina.UserDatabase"
                              factory="org.apache.catalina.users.MemoryUserDatabaseFactory"
                              pathname="conf/tomcat-users.xml"/>
                  </GlobalNamingResources>
                  <Service name="Catalina">
                    <Connector port="%d" address="127.0.0.1" protocol="HTTP/1.1" connectionTimeout="20000" %s>
                      %s
                    </Connector>
                    <Engine name="Catalina" defaultHost="localhost"%s>
                      <Realm className="org.apache.catalina.realm.LockOutRealm">
                        <Realm className="org.apache.catalina.realm.UserDatabaseRealm" resourceName="UserDatabase"/>
                      </Realm>
                      %s
                      <Host name="localhost" appBase="webapps" unpackWARs="true" autoDeploy="%s">
                        %s
                      </Host>
                    </Engine>
                  </Service>
                </Server>
                """.formatted(
                        settings.shutdownPort,
                        settings.serverXml,
                        port,
                        settings.connectorAttributes,
                        settings.connectorXml,
                        jvmRoute,
                        settings.engineXml,
                        settings.autoDeploy,
                        settings.hostXml);
    }

    private String contextXml() {
        return """
                <?xml version="1.0" encoding="UTF-8"?>
                <Context%s>
                  <WatchedResource>WEB-INF/web.xml</WatchedResource>
                  %s
                </Context>
                """.formatted(
                settings.contextAttributes.isEmpty() ? "" : " " + settings.contextAttributes, settings.contextXml);
    }

    private String usersXml() {
        return """
                <?xml version="1.0" encoding="UTF-8"?>
                <tomcat-users xmlns="http://tomcat.apache.org/xml" version="1.0">
                  %s
                </tomcat-users>
                """.formatted(String.join("\n  ", settings.users));
    }

    private String loggingProperties() {
        StringBuilder text = new StringBuilder("""
                handlers = java.util.logging.ConsoleHandler
                .handlers = java.util.logging.ConsoleHandler
                java.util.logging.ConsoleHandler.level = ALL
                java.util.logging.ConsoleHandler.formatter = org.apache.juli.OneLineFormatter
                java.util.logging.ConsoleHandler.encoding = UTF-8
                """);
        settings.logLevels.forEach((logger, level) ->
                text.append(logger).append(".level = ").append(level).append('\n'));
        return text.toString();
    }

    private static String escaped(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace("\"", "&quot;");
    }

    /** What can be said about a node before it is laid out; everything has a default but the two arguments. */
    public static final class Builder {
        private final TomcatDistribution tomcat;
        private final Path base;
        private final List<Path> libs = new ArrayList<>();
        private final Map<String, Path> apps = new LinkedHashMap<>();
        private final List<String> users = new ArrayList<>();
        private final List<String> launcher = new ArrayList<>();
        private final List<String> jvmOptions = new ArrayList<>();
        private final Map<String, String> systemProperties = new LinkedHashMap<>();
        private final Map<String, String> environment = new LinkedHashMap<>();
        private final Map<String, String> logLevels = new LinkedHashMap<>();
        private @Nullable String route;
        private int port;
        private int shutdownPort = -1;
        private boolean autoDeploy;
        private String connectorAttributes = "";
        private String connectorXml = "";
        private String contextAttributes = "";
        private String contextXml = "";
        private String serverXml = "";
        private String engineXml = "";
        private String hostXml = "";

        Builder(TomcatDistribution tomcat, Path base) {
            this.tomcat = tomcat;
            this.base = base.toAbsolutePath().normalize();
        }

        /** The jvmRoute; without it the node has none. */
        public Builder route(String jvmRoute) {
            this.route = jvmRoute;
            return this;
        }

        /** The HTTP port; 0 (default) reserves a free one. */
        public Builder port(int httpPort) {
            this.port = httpPort;
            return this;
        }

        /** The port for the shutdown command; -1 (default) switches it off. */
        public Builder shutdownPort(int serverPort) {
            this.shutdownPort = serverPort;
            return this;
        }

        /** Adds one jar to lib/, where Tomcat's common class loader reads it. */
        public Builder lib(Path jar) {
            libs.add(jar);
            return this;
        }

        /** Adds all jars of a folder to lib/. */
        public Builder libs(Path folder) {
            try (Stream<Path> files = Files.list(folder)) {
                files.filter(file -> file.toString().endsWith(".jar")).sorted().forEach(libs::add);
                return this;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        /** What stands inside the Context of conf/context.xml: the Manager line. */
        public Builder context(String xml) {
            this.contextXml = xml;
            return this;
        }

        /** Attributes of the Context element itself, for instance {@code sessionCookiePath="/"}. */
        public Builder contextAttributes(String attributes) {
            this.contextAttributes = attributes;
            return this;
        }

        /** Attributes of the HTTP connector, for instance {@code maxThreads="20"}. */
        public Builder connectorAttributes(String attributes) {
            this.connectorAttributes = attributes;
            return this;
        }

        /** Elements inside the HTTP connector: an UpgradeProtocol. */
        public Builder connector(String xml) {
            this.connectorXml = xml;
            return this;
        }

        /** Elements inside Server, before the Service: listeners. */
        public Builder server(String xml) {
            this.serverXml = xml;
            return this;
        }

        /** Elements inside Engine, before the Host: valves. */
        public Builder engine(String xml) {
            this.engineXml = xml;
            return this;
        }

        /** Elements inside Host: valves, contexts. */
        public Builder host(String xml) {
            this.hostXml = xml;
            return this;
        }

        /** A user of the realm, for BASIC and FORM login. */
        public Builder user(String name, String password, String... roles) {
            users.add("<user username=\"%s\" password=\"%s\" roles=\"%s\"/>"
                    .formatted(escaped(name), escaped(password), escaped(String.join(",", roles))));
            return this;
        }

        /**
         * An application: a WAR, copied to webapps/, or a folder, used where it is. The name is Tomcat's base name:
         * {@code ROOT}, {@code shop}, {@code shop##2}.
         */
        public Builder app(String name, Path warOrFolder) {
            apps.put(name, warOrFolder);
            return this;
        }

        /** Whether Tomcat looks for changed applications while it runs; off by default. */
        public Builder autoDeploy(boolean on) {
            this.autoDeploy = on;
            return this;
        }

        public Builder systemProperty(String name, String value) {
            systemProperties.put(name, value);
            return this;
        }

        /** A variable of the environment of the process, besides those that it inherits. */
        public Builder environment(String name, String value) {
            environment.put(name, value);
            return this;
        }

        /** A command that becomes the process which the rest of its line names, for instance {@code nsenter} with its options. */
        public Builder launcher(List<String> command) {
            launcher.addAll(command);
            return this;
        }

        public Builder jvmOptions(String... options) {
            jvmOptions.addAll(List.of(options));
            return this;
        }

        /** A level of java.util.logging for a logger, for instance {@code FINE} for {@code io.clowder}. */
        public Builder logLevel(String logger, String level) {
            logLevels.put(logger, level);
            return this;
        }

        /** Writes the base; the node is not started. */
        public TomcatNode build() {
            TomcatLayout layout = new TomcatLayout(this);
            try {
                layout.write();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            return new TomcatNode(layout);
        }

        /** Writes the base and starts the process. */
        public TomcatNode start() {
            return build().start();
        }
    }
}
