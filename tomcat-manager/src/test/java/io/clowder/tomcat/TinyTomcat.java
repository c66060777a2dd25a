/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.tomcat;

import jakarta.servlet.http.HttpServlet;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;
import org.apache.catalina.Context;
import org.apache.catalina.Host;
import org.apache.catalina.LifecycleException;
import org.apache.catalina.Valve;
import org.apache.catalina.Wrapper;
import org.apache.catalina.core.StandardContext;
import org.apache.catalina.servlets.DefaultServlet;
import org.apache.catalina.startup.ContextConfig;
import org.apache.catalina.startup.Tomcat;
import org.apache.catalina.util.ContextName;
import org.apache.coyote.http2.Http2Protocol;
import org.apache.tomcat.util.IntrospectionUtils;
import org.apache.tomcat.util.scan.StandardJarScanner;

/**
 * A Tomcat in this process, without a connector unless it is asked for, whose web applications consist of a {@code
 * context.xml}. The tests do its background work themselves: no thread of its own does it at a time that nobody knows.
 */
final class TinyTomcat implements AutoCloseable {

    private final Tomcat tomcat = new Tomcat();
    private final Path base;
    private final Logger root = Logger.getLogger("");
    private final Log log = new Log();

    TinyTomcat(Path base) {
        this.base = base;
        tomcat.setBaseDir(base.toString());
        tomcat.getEngine().setBackgroundProcessorDelay(-1);
        root.addHandler(log);
    }

    /** What Tomcat and Clowder say meanwhile. */
    private static final class Log extends Handler {
        private final List<LogRecord> records = new CopyOnWriteArrayList<>();

        @Override
        public void publish(LogRecord said) {
            records.add(said);
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
    }

    /** Sets the route of the Engine. */
    TinyTomcat route(String route) {
        tomcat.getEngine().setJvmRoute(route);
        return this;
    }

    /** Adds a web application whose Manager element has these attributes, as they stand in XML. */
    Context deploy(String path, String managerAttributes) throws IOException {
        return deploy(path, "", managerAttributes);
    }

    /** As above, one of several versions of an application. */
    Context deploy(String path, String version, String managerAttributes) throws IOException {
        Path xml = base.resolve("context" + path.replace('/', '-') + version + ".xml");
        Files.writeString(
                xml,
                "<Context><Manager className=\"" + ClowderManager.class.getName() + "\" " + managerAttributes
                        + "/></Context>");
        ContextConfig config = new ContextConfig();
        config.setDefaultWebXml(tomcat.noDefaultWebXmlPath());
        StandardJarScanner scanner = new StandardJarScanner();
        scanner.setScanClassPath(false);
        StandardContext context = new StandardContext();
        context.setName(new ContextName(path, version).getName());
        context.setPath(path);
        context.setWebappVersion(version);
        context.setDocBase(Files.createDirectories(base.resolve("app")).toString());
        context.setConfigFile(xml.toUri().toURL());
        context.setJarScanner(scanner);
        context.addLifecycleListener(config);
        tomcat.getHost().addChild(context);
        return context;
    }

    /** Opens a port for HTTP, 1.1 and 2, when it starts; see {@link #port}. */
    TinyTomcat listening() {
        tomcat.setPort(0);
        tomcat.getConnector().addUpgradeProtocol(new Http2Protocol());
        return this;
    }

    int port() {
        return tomcat.getConnector().getLocalPort();
    }

    /** Adds a servlet that supports async requests. */
    void servlet(Context context, String path, HttpServlet servlet) {
        Wrapper wrapper = Tomcat.addServlet(context, path, servlet);
        wrapper.setAsyncSupported(true);
        context.addServletMappingDecoded(path, path);
    }

    /** Adds Tomcat's servlet for files, before the start. */
    void files(Context context) {
        Tomcat.addServlet(context, "files", DefaultServlet.class.getName()).setAsyncSupported(true);
        context.addServletMappingDecoded("/", "files");
    }

    /** Adds a listener as {@code server.xml} does; attributes as name, value, name, value. */
    ServerListener listen(String... attributes) {
        ServerListener listener = new ServerListener();
        for (int i = 0; i < attributes.length; i += 2) {
            IntrospectionUtils.setProperty(listener, attributes[i], attributes[i + 1]);
        }
        tomcat.getServer().addLifecycleListener(listener);
        return listener;
    }

    Host host() {
        return tomcat.getHost();
    }

    /** Adds a valve to the host. */
    TinyTomcat valve(Valve valve) {
        tomcat.getHost().getPipeline().addValve(valve);
        return this;
    }

    org.apache.catalina.Server server() {
        return tomcat.getServer();
    }

    void start() throws LifecycleException {
        tomcat.start();
    }

    void stop() throws LifecycleException {
        tomcat.stop();
    }

    /** Why Managers did not start. */
    List<String> refusals() {
        return log.records.stream()
                .filter(said -> said.getLoggerName().equals(StandardContext.class.getName()))
                .map(LogRecord::getThrown)
                .filter(LifecycleException.class::isInstance)
                .map(Throwable::getMessage)
                .toList();
    }

    /** The messages of the managers at this level. */
    List<String> said(Level level) {
        return said(level, ClowderManager.class);
    }

    /** The messages of one of our own classes at this level. */
    List<String> said(Level level, Class<?> by) {
        SimpleFormatter formatter = new SimpleFormatter();
        return log.records.stream()
                .filter(said -> said.getLoggerName().equals(by.getName()))
                .filter(said -> said.getLevel().equals(level))
                .map(formatter::formatMessage)
                .toList();
    }

    @Override
    public void close() throws LifecycleException {
        try {
            tomcat.stop();
            tomcat.destroy();
        } finally {
            root.removeHandler(log);
        }
    }
}
