/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.it;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.clowder.it.app.AsyncServlet;
import io.clowder.it.app.ErrorPageServlet;
import io.clowder.it.app.Events;
import io.clowder.it.app.FirstByteServlet;
import io.clowder.it.app.Journal;
import io.clowder.it.app.JournalServlet;
import io.clowder.it.app.LoginPageServlet;
import io.clowder.it.app.NodeServlet;
import io.clowder.it.app.OutsideServlet;
import io.clowder.it.app.ProbeServlet;
import io.clowder.it.app.SemanticsServlet;
import io.clowder.it.bundled.BundledServlet;
import io.clowder.it.faces.Notebook;
import io.clowder.it.spring.SecurityFilter;
import io.clowder.it.spring.SpringServlet;
import io.clowder.it.spring.TokenServlet;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Stream;
import java.util.zip.Deflater;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;

/** A web archive made of the classes of {@code io.clowder.it.app}, of sources given as text, and of what the test adds. */
final class WebApp {
    /** What the manual of MyFaces asks for on several nodes: one key with which all of them seal the name of a view's state. */
    private static final String FACES = """
            <context-param>
              <param-name>org.apache.myfaces.SECRET</param-name>
              <param-value>Y2xvd2RlcnM=</param-value>
            </context-param>
            <context-param>
              <param-name>org.apache.myfaces.MAC_SECRET</param-name>
              <param-value>Y2xvd2RlcnM=</param-value>
            </context-param>
            <listener>
              <listener-class>org.apache.myfaces.webapp.StartupServletContextListener</listener-class>
            </listener>
            <servlet>
              <servlet-name>faces</servlet-name>
              <servlet-class>jakarta.faces.webapp.FacesServlet</servlet-class>
            </servlet>
            <servlet-mapping><servlet-name>faces</servlet-name><url-pattern>*.xhtml</url-pattern></servlet-mapping>
            """;

    private static final String SECURED = """
            <filter>
              <filter-name>security</filter-name>
              <filter-class>%s</filter-class>
              <async-supported>true</async-supported>
            </filter>
            <filter-mapping>
              <filter-name>security</filter-name>
              <url-pattern>/change/*</url-pattern>
              <url-pattern>/migrate/*</url-pattern>
            </filter-mapping>
            <servlet-mapping>
              <servlet-name>ProbeServlet</servlet-name>
              <url-pattern>/change/do</url-pattern>
              <url-pattern>/migrate/do</url-pattern>
            </servlet-mapping>
            %s
            """.formatted(
                    SecurityFilter.class.getName(), servlet(TokenServlet.class, "/change/login", "/migrate/login"));

    private final Map<String, byte[]> entries = new LinkedHashMap<>();
    private final String name;
    private String webXml = "";
    private String contextAttributes = "";
    private String contextXml = "";

    private WebApp(String name) {
        this.name = name;
    }

    /** The probe under this context path, without a slash: see {@link ProbeServlet}. */
    static WebApp probe(String name) {
        WebApp app = new WebApp(name);
        app.entries.putAll(classesBeside(ProbeServlet.class));
        return app;
    }

    /** The probe with an application of Spring's beside it, see {@link SpringServlet}, and behind Spring Security's filters. */
    static WebApp spring(String name) {
        WebApp app = probe(name).webXml(servlet(SpringServlet.class, "/basket") + SECURED);
        app.entries.putAll(classesBeside(SpringServlet.class));
        return app.libraries("(spring|micrometer)-.*");
    }

    /** The probe with a page of Jakarta Faces beside it, {@code /notes.xhtml}: see {@link Notebook}. */
    static WebApp faces(String name) {
        WebApp app = probe(name).webXml(FACES);
        app.entries.putAll(classesBeside(Notebook.class));
        app.entries.put("WEB-INF/faces-config.xml", resource("/faces/faces-config.xml"));
        app.entries.put("notes.xhtml", resource("/faces/notes.xhtml"));
        return app.libraries("(myfaces|commons)-.*");
    }

    /** The probe with an application beside it that has its own Hazelcast: see {@link BundledServlet}. */
    static WebApp bundled(String name, String cluster, int port) {
        WebApp app = probe(name).webXml("""
                        <servlet>
                          <servlet-name>bundled</servlet-name>
                          <servlet-class>%s</servlet-class>
                          <init-param><param-name>cluster</param-name><param-value>%s</param-value></init-param>
                          <init-param><param-name>port</param-name><param-value>%d</param-value></init-param>
                        </servlet>
                        <servlet-mapping>
                          <servlet-name>bundled</servlet-name><url-pattern>/hazelcast</url-pattern>
                        </servlet-mapping>
                        """.formatted(BundledServlet.class.getName(), cluster, port));
        app.entries.putAll(classesBeside(BundledServlet.class));
        return app.libraries("hazelcast-.*");
    }

    /** Packs the jars of the tests' class path that have such a name. */
    private WebApp libraries(String names) {
        Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
                .map(Path::of)
                .filter(jar -> jar.getFileName().toString().matches(names + "\\.jar"))
                .forEach(jar -> entries.put("WEB-INF/lib/" + jar.getFileName(), bytes(jar)));
        return this;
    }

    private static byte[] resource(String name) {
        try (InputStream in = WebApp.class.getResourceAsStream(name)) {
            return Objects.requireNonNull(in, name).readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The probe with listeners of every kind beside it, and a login: see {@link Journal}. Looks for idle sessions each second. */
    static WebApp journal(String name) {
        return probe(name)
                .context("backgroundProcessorDelay=\"1\"")
                .webXml(listener(Journal.class.getName())
                        + listener(Journal.class.getName() + "$Second")
                        + servlet(JournalServlet.class, "/journal"))
                .login("BASIC");
    }

    private static String listener(String className) {
        return "<listener><listener-class>" + className + "</listener-class></listener>";
    }

    private static byte[] bytes(Path file) {
        try {
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    String name() {
        return name;
    }

    /** Attributes of the Context element in META-INF/context.xml. */
    WebApp context(String attributes) {
        contextAttributes = attributes;
        return this;
    }

    /** What stands inside the Context of META-INF/context.xml. */
    WebApp contextXml(String xml) {
        contextXml = xml;
        return this;
    }

    /** The Manager of this application alone. */
    WebApp manager(String attributes) {
        return contextXml("<Manager className=\"io.clowder.tomcat.ClowderManager\" " + attributes + "/>");
    }

    /** A file that Tomcat serves as it is. */
    WebApp file(String path, String text) {
        entries.put(path, text.getBytes(UTF_8));
        return this;
    }

    /** More elements of web.xml, after the servlets. */
    WebApp webXml(String xml) {
        webXml += xml;
        return this;
    }

    WebApp listener(Class<?> type) {
        return webXml("<listener><listener-class>" + type.getName() + "</listener-class></listener>");
    }

    WebApp login(String method) {
        return webXml("""
                <security-constraint>
                  <web-resource-collection>
                    <web-resource-name>all</web-resource-name>
                    <url-pattern>/secure/*</url-pattern>
                  </web-resource-collection>
                  <auth-constraint><role-name>cat</role-name></auth-constraint>
                </security-constraint>
                <login-config>
                  <auth-method>%s</auth-method>
                  <realm-name>cats</realm-name>
                  <form-login-config>
                    <form-login-page>/login</form-login-page>
                    <form-error-page>/login?error</form-error-page>
                  </form-login-config>
                </login-config>
                <security-role><role-name>cat</role-name></security-role>
                """.formatted(method));
    }

    /** Compiles a class into WEB-INF/classes, so that two applications can have different ones of one name. */
    WebApp source(String className, String text) {
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        try {
            Path dir = Files.createTempDirectory(Files.createDirectories(Path.of("target/sources")), "app");
            Path source = dir.resolve(className.substring(className.lastIndexOf('.') + 1) + ".java");
            Files.writeString(source, text);
            int result = compiler.run(
                    null,
                    null,
                    null,
                    "-d",
                    dir.toString(),
                    "-cp",
                    System.getProperty("java.class.path"),
                    source.toString());
            if (result != 0) {
                throw new IllegalArgumentException("Does not compile: " + className);
            }
            String entry = className.replace('.', '/') + ".class";
            entries.put("WEB-INF/classes/" + entry, Files.readAllBytes(dir.resolve(entry)));
            return this;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** All classes of the package of a class, nested ones too. */
    private static Map<String, byte[]> classesBeside(Class<?> type) {
        Map<String, byte[]> found = new TreeMap<>();
        try {
            Path root = Path.of(
                    type.getProtectionDomain().getCodeSource().getLocation().toURI());
            Path folder = root.resolve(type.getPackageName().replace('.', '/'));
            try (Stream<Path> files = Files.list(folder)) {
                for (Path file :
                        files.filter(one -> one.toString().endsWith(".class")).toList()) {
                    found.put("WEB-INF/classes/" + root.relativize(file), Files.readAllBytes(file));
                }
            }
            return found;
        } catch (IOException | URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Writes {@code <folder>/<name>.war}. */
    Path war(Path folder) {
        Map<String, byte[]> all = new LinkedHashMap<>(entries);
        all.put("WEB-INF/web.xml", webXmlText().getBytes(UTF_8));
        all.put("META-INF/context.xml", contextXmlText().getBytes(UTF_8));
        Path war = folder.resolve(name + ".war");
        try {
            Files.createDirectories(folder);
            try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(war))) {
                zip.setLevel(Deflater.NO_COMPRESSION);
                for (Map.Entry<String, byte[]> entry : all.entrySet()) {
                    zip.putNextEntry(new ZipEntry(entry.getKey()));
                    zip.write(entry.getValue());
                }
            }
            return war;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private String contextXmlText() {
        return "<Context " + contextAttributes + ">" + contextXml + "</Context>\n";
    }

    private String webXmlText() {
        List<String> servlets = new ArrayList<>();
        servlets.add(servlet(ProbeServlet.class, "/do", "/secure/do"));
        servlets.add(servlet(ErrorPageServlet.class, "/oops"));
        servlets.add(servlet(LoginPageServlet.class, "/login"));
        servlets.add(servlet(NodeServlet.class, "/node"));
        servlets.add(servlet(SemanticsServlet.class, "/semantics"));
        servlets.add(servlet(OutsideServlet.class, "/outside"));
        servlets.add(servlet(FirstByteServlet.class, "/first"));
        servlets.add(servlet(AsyncServlet.class, "/async"));
        // Nothing in it is to be found by scanning, which costs a second at each start.
        return """
                <web-app xmlns="https://jakarta.ee/xml/ns/jakartaee" version="6.0" metadata-complete="true">
                  <absolute-ordering/>
                  <listener><listener-class>%s</listener-class></listener>
                  %s
                  <error-page><error-code>500</error-code><location>/oops</location></error-page>
                  %s
                </web-app>
                """.formatted(Events.class.getName(), String.join("\n  ", servlets), webXml);
    }

    private static String servlet(Class<?> type, String... paths) {
        StringBuilder xml =
                new StringBuilder("<servlet><servlet-name>%s</servlet-name><servlet-class>%s</servlet-class>"
                        .formatted(type.getSimpleName(), type.getName()));
        if (type == AsyncServlet.class) {
            xml.append("<async-supported>true</async-supported>");
        }
        xml.append("</servlet><servlet-mapping><servlet-name>")
                .append(type.getSimpleName())
                .append("</servlet-name>");
        for (String path : paths) {
            xml.append("<url-pattern>").append(path).append("</url-pattern>");
        }
        return xml.append("</servlet-mapping>").toString();
    }
}
