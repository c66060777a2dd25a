/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.tomcat;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.awaitility.Awaitility.await;

import io.clowder.store.StoreUnavailableException;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.AsyncEvent;
import jakarta.servlet.AsyncListener;
import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.WriteListener;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.InputStream;
import java.io.ObjectOutputStream;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.catalina.Context;
import org.apache.catalina.Globals;
import org.apache.catalina.connector.Request;
import org.apache.catalina.connector.Response;
import org.apache.catalina.valves.ValveBase;
import org.apache.tomcat.util.descriptor.web.ErrorPage;
import org.apache.tomcat.util.descriptor.web.FilterDef;
import org.apache.tomcat.util.descriptor.web.FilterMap;
import org.apache.tomcat.util.descriptor.web.LoginConfig;
import org.apache.tomcat.util.descriptor.web.SecurityCollection;
import org.apache.tomcat.util.descriptor.web.SecurityConstraint;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** No byte of a response leaves before the sessions of its request are saved, however it is sent. */
class FirstByteTest {

    private static final String APP = "/app";
    private static final String IMPATIENT = "/impatient";
    private static final String SECURE = "/secure";
    private static final String CLUSTER = "clusterName=\"clowder-unit-first-byte\" port=\"6680\"";

    /** What must not be seen before the save, nor instead of a 503. */
    private static final String SECRET = "the answer";

    private static final int BIG_FILE = 200_000;

    @TempDir
    private static Path base;

    private static TinyTomcat tomcat;
    private static final List<Context> contexts = new ArrayList<>();
    private static final Seen SEEN = new Seen();
    private static final Sending PLAIN_PAGE =
            (request, response) -> response.getWriter().print("an error page");

    private static final HttpClient HTTP_2 =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_2).build();

    private static volatile Sending work = PLAIN_PAGE;
    private static volatile Sending page = PLAIN_PAGE;

    /** Sends something, in the middle of a request. */
    private interface Sending {
        void send(HttpServletRequest request, HttpServletResponse response) throws IOException, ServletException;
    }

    /** The ways in which an application makes Tomcat send something, each while the request still goes on. */
    private enum Way {
        FLUSH_BUFFER((request, response) -> {
            response.getWriter().print(SECRET);
            response.flushBuffer();
        }),
        FLUSH_WITHOUT_A_BODY((request, response) -> response.flushBuffer()),
        FLUSH_WRITER((request, response) -> {
            response.getWriter().println(SECRET);
            response.getWriter().flush();
        }),
        CHECK_ERROR((request, response) -> {
            response.getWriter().print(SECRET);
            assertThat(response.getWriter().checkError()).isFalse();
        }),
        FLUSH_STREAM((request, response) -> {
            response.getOutputStream().print(SECRET);
            response.getOutputStream().flush();
        }),
        CLOSE_WRITER((request, response) -> {
            response.getWriter().print(SECRET);
            response.getWriter().close();
        }),
        CLOSE_STREAM((request, response) -> {
            response.getOutputStream().print(SECRET);
            response.getOutputStream().close();
        }),
        LARGE_BODY((request, response) ->
                response.getOutputStream().write(text(20_000).getBytes(ISO_8859_1))),
        BYTES_ONE_BY_ONE((request, response) -> {
            for (int i = 0; i <= response.getBufferSize(); i++) {
                response.getOutputStream().write('x');
            }
        }),
        BYTES_AFTER_A_RESET((request, response) -> {
            response.getOutputStream().write(text(8_000).getBytes(ISO_8859_1));
            response.resetBuffer();
            response.getOutputStream().write(text(8_000).getBytes(ISO_8859_1));
            response.getOutputStream().write(text(8_000).getBytes(ISO_8859_1));
        }),
        LARGE_BUFFER((request, response) -> {
            response.setBufferSize(32_000);
            response.getOutputStream().write(text(32_001).getBytes(ISO_8859_1));
        }),
        LARGE_TEXT((request, response) -> response.getWriter().print(text(20_000))),
        LARGE_ARRAY(
                (request, response) -> response.getWriter().write(text(20_000).toCharArray())),
        CHARS_ONE_BY_ONE((request, response) -> {
            for (int i = 0; i < 20_000; i++) {
                response.getWriter().print('x');
            }
        }),
        LINES((request, response) -> {
            for (int i = 0; i < 200; i++) {
                response.getWriter().println(text(100));
            }
        }),
        WIDE_CHARS((request, response) -> {
            response.setCharacterEncoding("UTF-8");
            for (int i = 0; i < 8_300; i++) {
                response.getWriter().print('\u4e2d');
            }
        }),
        CONTENT_LENGTH((request, response) -> {
            response.setContentLength(20_000);
            response.getOutputStream().write(text(20_000).getBytes(ISO_8859_1));
        }),
        EARLY_HINTS((request, response) -> {
            response.addHeader("Link", "</style.css>; rel=preload");
            response.sendError(103);
        }),
        INCLUDE((request, response) -> request.getRequestDispatcher("/large").include(request, response)),
        FORWARD((request, response) -> request.getRequestDispatcher("/large").forward(request, response)),
        FORWARD_TO_A_FILE(
                (request, response) -> request.getRequestDispatcher("/big.txt").forward(request, response));

        private final Sending sending;

        Way(Sending sending) {
            this.sending = sending;
        }
    }

    /** The ways that send nothing by themselves: all that the request changes before its end is saved before. */
    private enum End {
        BUFFERED((request, response) -> response.getWriter().print(SECRET)),
        REDIRECT((request, response) -> response.sendRedirect("elsewhere")),
        ERROR((request, response) -> response.sendError(404, SECRET)),
        ERROR_PAGE((request, response) -> response.sendError(500, SECRET)),
        SMALL_FORWARD(
                (request, response) -> request.getRequestDispatcher("/small").forward(request, response)),
        SMALL_FORWARD_WITH_STREAM((request, response) ->
                request.getRequestDispatcher("/small-stream").forward(request, response)),
        COMPLETE_CONTENT((request, response) -> {
            response.setContentLength(SECRET.length());
            response.getWriter().print(SECRET);
        });

        private final Sending sending;

        End(Sending sending) {
            this.sending = sending;
        }
    }

    /** The ways of async requests, which change the session on another thread than that of the first pass. */
    private enum Async {
        COMPLETE((context, value) -> elsewhere(() -> {
            store(context, value);
            print(context);
            context.complete();
        })),
        COMPLETE_WITHOUT_OUTPUT((context, value) -> elsewhere(() -> {
            store(context, value);
            context.complete();
        })),
        COMPLETE_ON_THE_CONTAINERS_THREAD((context, value) -> context.start(() -> {
            store(context, value);
            print(context);
            context.complete();
        })),
        FLUSH((context, value) -> elsewhere(() -> {
            store(context, value);
            print(context);
            try {
                context.getResponse().flushBuffer();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            } finally {
                context.complete();
            }
        })),
        DISPATCH((context, value) -> elsewhere(() -> {
            store(context, value);
            context.dispatch("/small");
        })),
        DISPATCH_TO_MUCH((context, value) -> elsewhere(() -> {
            store(context, value);
            context.dispatch("/large");
        })),
        TIMEOUT((context, value) -> {
            context.setTimeout(100);
            context.addListener(new Listener() {
                @Override
                public void onTimeout(AsyncEvent event) {
                    store(context, value);
                    print(context);
                    context.complete();
                }
            });
        }),
        TIMEOUT_WITH_ERROR_PAGE((context, value) -> {
            context.setTimeout(100);
            context.addListener(new Listener() {
                @Override
                public void onTimeout(AsyncEvent event) {
                    store(context, value);
                }
            });
        }),
        NON_BLOCKING((context, value) -> {
            ServletOutputStream stream = context.getResponse().getOutputStream();
            AtomicBoolean begun = new AtomicBoolean();
            stream.setWriteListener(new WriteListener() {
                @Override
                public void onWritePossible() throws IOException {
                    if (begun.compareAndSet(false, true)) {
                        store(context, value);
                        stream.write(text(20_000).getBytes(ISO_8859_1));
                    }
                    if (stream.isReady()) {
                        context.complete();
                    }
                }

                @Override
                public void onError(Throwable e) {
                    context.complete();
                }
            });
        });

        private final Work work;

        private interface Work {
            void begin(AsyncContext context, Object value) throws IOException;
        }

        Async(Work work) {
            this.work = work;
        }
    }

    private static class Listener implements AsyncListener {
        @Override
        public void onComplete(AsyncEvent event) {}

        @Override
        public void onTimeout(AsyncEvent event) {}

        @Override
        public void onError(AsyncEvent event) {}

        @Override
        public void onStartAsync(AsyncEvent event) {}
    }

    /** An attribute that is not saved as long as the gate is closed. */
    private static final class Gate implements Serializable {
        private static final long serialVersionUID = 1;

        private final transient CountDownLatch arrived = new CountDownLatch(1);
        private final transient CountDownLatch open = new CountDownLatch(1);

        /** Whom it stops: this thread, or whoever comes. */
        private transient volatile Thread only;

        private void writeObject(ObjectOutputStream out) throws IOException {
            out.defaultWriteObject();
            if (only == null || only == Thread.currentThread()) {
                arrived.countDown();
                pass(open);
            }
        }
    }

    /** Sees, from outside of our valve, what became of the last request. */
    private static final class Seen extends ValveBase {
        private volatile boolean sentByKernel;
        private final AtomicInteger passes = new AtomicInteger();

        Seen() {
            super(true);
        }

        @Override
        public void invoke(Request request, Response response) throws IOException, ServletException {
            getNext().invoke(request, response);
            passes.incrementAndGet();
            sentByKernel = request.getAttribute(Globals.SENDFILE_FILENAME_ATTR) != null;
        }
    }

    /** As most applications have one. */
    private static final class SomeFilter implements Filter {
        @Override
        public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain)
                throws IOException, ServletException {
            ((HttpServletRequest) request).getSession().setAttribute("filtered", true);
            chain.doFilter(request, response);
        }
    }

    @BeforeAll
    static void start() throws Exception {
        tomcat = new TinyTomcat(base).route("one").listening();
        deploy(APP, CLUSTER);
        deploy(IMPATIENT, CLUSTER + " operationTimeout=\"500\"");
        deploy(SECURE, CLUSTER);
        secure(contexts.get(2));
        Files.createDirectories(base.resolve("app/filtered"));
        Files.writeString(base.resolve("app/big.txt"), text(BIG_FILE));
        Files.writeString(base.resolve("app/filtered/big.txt"), text(BIG_FILE));
        tomcat.start();
        contexts.get(0).getParent().getParent().getPipeline().addValve(SEEN);
    }

    private static void deploy(String path, String attributes) throws IOException {
        Context context = tomcat.deploy(path, attributes);
        tomcat.files(context);
        servlet(
                context,
                "/large",
                (request, response) ->
                        response.getOutputStream().write(text(20_000).getBytes(ISO_8859_1)));
        servlet(context, "/small", (request, response) -> response.getWriter().print(SECRET));
        servlet(
                context,
                "/small-stream",
                (request, response) -> response.getOutputStream().print(SECRET));
        servlet(context, "/oops", (request, response) -> page.send(request, response));
        servlet(context, "/test", (request, response) -> work.send(request, response));
        ErrorPage failed = new ErrorPage();
        failed.setErrorCode(500);
        failed.setLocation("/oops");
        context.addErrorPage(failed);
        FilterDef filter = new FilterDef();
        filter.setFilterName("filter");
        filter.setFilterClass(SomeFilter.class.getName());
        filter.setFilter(new SomeFilter());
        context.addFilterDef(filter);
        FilterMap mapping = new FilterMap();
        mapping.setFilterName("filter");
        mapping.addURLPattern("/filtered/*");
        context.addFilterMap(mapping);
        contexts.add(context);
    }

    private static void secure(Context context) {
        SecurityCollection pages = new SecurityCollection();
        pages.addPattern("/page");
        SecurityConstraint constraint = new SecurityConstraint();
        constraint.addCollection(pages);
        constraint.addAuthRole("cat");
        context.addConstraint(constraint);
        context.addSecurityRole("cat");
        context.setLoginConfig(new LoginConfig("FORM", null, "/test", "/test"));
    }

    private static void servlet(Context context, String path, Sending sending) {
        tomcat.servlet(context, path, new HttpServlet() {
            private static final long serialVersionUID = 1;

            @Override
            protected void service(HttpServletRequest request, HttpServletResponse response)
                    throws IOException, ServletException {
                sending.send(request, response);
            }
        });
    }

    @AfterAll
    static void stop() throws Exception {
        tomcat.close();
    }

    @ParameterizedTest
    @EnumSource
    void nothingLeavesBeforeTheSave(Way way) {
        leavesOnlyAfterTheSave((request, response, value) -> {
            request.getSession().setAttribute("value", value);
            way.sending.send(request, response);
        });
    }

    @ParameterizedTest
    @EnumSource
    void whatChangesUntilTheEndIsSavedBefore(End end) {
        leavesOnlyAfterTheSave((request, response, value) -> {
            end.sending.send(request, response);
            request.getSession().setAttribute("value", value);
        });
    }

    @ParameterizedTest
    @EnumSource
    void nothingOfAnAsyncRequestLeavesBeforeTheSave(Async async) {
        leavesOnlyAfterTheSave((request, response, value) -> {
            request.getSession();
            async.work.begin(request.startAsync(), value);
        });
    }

    @ParameterizedTest
    @EnumSource
    void asyncWorkMayAskForTheSessionFirst(Async async) {
        leavesOnlyAfterTheSave((request, response, value) -> async.work.begin(request.startAsync(), value));
    }

    @ParameterizedTest
    @EnumSource(
            names = {
                "FLUSH_BUFFER",
                "CHECK_ERROR",
                "CLOSE_STREAM",
                "LARGE_BODY",
                "LINES",
                "EARLY_HINTS",
                "INCLUDE",
                "FORWARD",
                "FORWARD_TO_A_FILE"
            })
    void aFailedSaveTakesThePlaceOfWhatWasSent(Way way) {
        isRefused((request, response, value) -> {
            request.getSession().setAttribute("value", value);
            way.sending.send(request, response);
        });
    }

    @ParameterizedTest
    @EnumSource
    void aFailedSaveAtTheEndTakesThePlaceOfTheAnswer(End end) {
        isRefused((request, response, value) -> {
            end.sending.send(request, response);
            request.getSession().setAttribute("value", value);
        });
    }

    @ParameterizedTest
    @EnumSource
    void aFailedSaveOfAsyncWorkTakesThePlaceOfItsAnswer(Async async) {
        isRefused((request, response, value) -> {
            request.getSession();
            async.work.begin(request.startAsync(), value);
        });
    }

    @Test
    void anApplicationThatOverlooksTheFailureIsNotHeard() {
        isRefused((request, response, value) -> {
            request.getSession().setAttribute("value", value);
            for (int i = 0; i < 3; i++) {
                assertThatExceptionOfType(StoreUnavailableException.class).isThrownBy(response::flushBuffer);
            }
            response.getWriter().print(SECRET);
        });
    }

    @Test
    void asyncWorkThatDiesOfTheFailureIsAnsweredSoon() {
        isRefused((request, response, value) -> {
            AsyncContext context = request.startAsync();
            context.setTimeout(0);
            elsewhere(() -> {
                store(context, value);
                assertThatExceptionOfType(StoreUnavailableException.class)
                        .isThrownBy(() -> context.getResponse().flushBuffer());
            });
        });
    }

    /** The page would be an answer of its own, for the cluster may answer again by then. */
    @Test
    void noErrorPageTakesThePlaceOfTheRefusal() {
        AtomicBoolean shown = new AtomicBoolean();
        page = (request, response) -> shown.set(true);
        work = (request, response) -> {
            throw new ServletException(new StoreUnavailableException("planted", null));
        };
        try (RawRequest request = new RawRequest(tomcat.port(), APP + "/test", newSession(APP))) {
            assertThat(request.answer()).startsWith("HTTP/1.1 503").contains("\r\nRetry-After: 1\r\n");
        }
        assertThat(shown).isFalse();
    }

    @Test
    void overHttp2AFailedSaveTakesThePlaceOfTheAnswerToo() throws Exception {
        work = (request, response) -> {
            request.getSession().setAttribute("value", "new");
            response.getWriter().print(SECRET);
            response.flushBuffer();
        };
        String id = newSession(IMPATIENT);
        try (Stuck stuck = new Stuck(id)) {
            HttpResponse<String> answer = HTTP_2.send(http2(id), BodyHandlers.ofString());
            assertThat(answer.version()).isEqualTo(HttpClient.Version.HTTP_2);
            assertThat(answer.statusCode()).isEqualTo(503);
            assertThat(answer.headers().firstValue("Retry-After")).hasValue("1");
            assertThat(answer.body()).doesNotContain(SECRET);
            assertThat(stuck.save).isNotDone();
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void overHttp2AnAnswerThatHasBegunIsBrokenOffToo(boolean async) throws Exception {
        CountDownLatch latch = new CountDownLatch(1);
        work = (request, response) -> {
            response.getWriter().print(SECRET);
            response.flushBuffer();
            if (async) {
                AsyncContext context = request.startAsync();
                elsewhere(() -> {
                    pass(latch);
                    store(context, "new");
                    context.complete();
                });
            } else {
                pass(latch);
                request.getSession().setAttribute("value", "new");
            }
        };
        String id = newSession(IMPATIENT);
        HttpResponse<InputStream> answer = HTTP_2.send(http2(id), BodyHandlers.ofInputStream());
        try (InputStream body = answer.body()) {
            assertThat(answer.version()).isEqualTo(HttpClient.Version.HTTP_2);
            assertThat(body.readNBytes(SECRET.length())).asString(ISO_8859_1).isEqualTo(SECRET);
            try (Stuck stuck = new Stuck(id)) {
                latch.countDown();
                assertThatIOException().isThrownBy(body::read).withStackTraceContaining("RST_STREAM");
                assertThat(stuck.save).isNotDone();
            }
        } finally {
            latch.countDown();
        }
    }

    private static HttpRequest http2(String id) {
        return HttpRequest.newBuilder(URI.create("http://localhost:" + tomcat.port() + IMPATIENT + "/test"))
                .header("Cookie", "JSESSIONID=" + id)
                .build();
    }

    /** Tomcat gives its own response to the login page, and finishes it itself. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void theLoginPageDoesNotLeaveBeforeTheSave(boolean buffered) {
        Gate gate = new Gate();
        work = (request, response) -> {
            request.getSession().setAttribute("value", gate);
            response.getWriter().print("please log in");
            if (!buffered) {
                response.flushBuffer();
            }
        };
        try (RawRequest request = new RawRequest(tomcat.port(), SECURE + "/page", "")) {
            pass(gate.arrived);
            assertThat(request.isSilent()).isTrue();
            gate.open.countDown();
            assertThat(request.answer()).startsWith("HTTP/1.1 200").contains("please log in");
        } finally {
            gate.open.countDown();
        }
    }

    @Test
    void allValvesSupportAsyncRequests() {
        for (Context context : contexts) {
            assertThat(context.getPipeline().isAsyncSupported()).isTrue();
            assertThat(context.getParent().getPipeline().isAsyncSupported()).isTrue();
        }
    }

    @Test
    void anAnswerThatHasBegunIsBrokenOffWhenTheRestCannotBeSaved() {
        isBrokenOff((request, response, stuck) -> {
            pass(stuck);
            request.getSession().setAttribute("value", "new");
        });
    }

    @Test
    void anAsyncAnswerThatHasBegunIsBrokenOffToo() {
        isBrokenOff((request, response, stuck) -> {
            AsyncContext context = request.startAsync();
            elsewhere(() -> {
                pass(stuck);
                store(context, "new");
                context.complete();
            });
        });
    }

    @Test
    void aFlushOfAnAnswerThatHasBegunFailsToo() {
        isBrokenOff((request, response, stuck) -> {
            pass(stuck);
            request.getSession().setAttribute("value", "new");
            response.getWriter().print("more");
            assertThatExceptionOfType(StoreUnavailableException.class).isThrownBy(response::flushBuffer);
        });
    }

    @Test
    void whatChangesBetweenTwoFlushesIsSavedBeforeTheSecond() {
        Gate gate = new Gate();
        work = (request, response) -> {
            response.getWriter().print("first");
            response.flushBuffer();
            request.getSession().setAttribute("value", gate);
            response.getWriter().print("second");
            response.flushBuffer();
            response.getWriter().print("third");
        };
        long saves = manager(APP).getSaves();
        try (RawRequest request = new RawRequest(tomcat.port(), APP + "/test", newSession(APP))) {
            assertThat(request.until("first")).startsWith("HTTP/1.1 200");
            pass(gate.arrived);
            assertThat(request.until("\r\n")).isEqualTo("\r\n");
            assertThat(request.isSilent()).isTrue();
            gate.open.countDown();
            assertThat(request.answer()).contains("second", "third");
            assertThat(manager(APP).getSaves())
                    .as("of the new session, and here")
                    .isEqualTo(saves + 2);
        } finally {
            gate.open.countDown();
        }
    }

    /** An error page is served inside the host's valve, and Tomcat finishes its response there. */
    @Test
    void whatAnErrorPageChangesIsSavedBeforeItLeaves() {
        Gate gate = new Gate();
        page = (request, response) -> {
            request.getSession().setAttribute("value", gate);
            response.getWriter().print(SECRET);
        };
        work = (request, response) -> response.sendError(500);
        try (RawRequest request = new RawRequest(tomcat.port(), APP + "/test", newSession(APP))) {
            pass(gate.arrived);
            assertThat(request.isSilent()).isTrue();
            gate.open.countDown();
            assertThat(request.answer()).startsWith("HTTP/1.1 500").endsWith(SECRET);
        } finally {
            page = PLAIN_PAGE;
            gate.open.countDown();
        }
    }

    /** Tomcat declares a response finished after a forward, and closes one that is wrapped; ours counts as not wrapped. */
    @Test
    void aForwardDoesNotSendItsResponse() {
        work = (request, response) -> {
            request.getRequestDispatcher("/small").forward(request, response);
            assertThat(response.isCommitted()).as("for the application").isTrue();
            throw new IllegalStateException("after the forward");
        };
        try (RawRequest request = new RawRequest(tomcat.port(), APP + "/test", newSession(APP))) {
            assertThat(request.answer()).startsWith("HTTP/1.1 500").endsWith("an error page");
        }
    }

    /** A copy that looks idle, but was used on another node, is dropped; not as long as a request uses it. */
    @Test
    void asyncWorkKeepsItsCopy() {
        CompletableFuture<AsyncContext> started = new CompletableFuture<>();
        work = (request, response) -> {
            AsyncContext context = request.startAsync();
            store(context, "begun");
            started.complete(context);
        };
        String id = newSession(APP);
        ClowderSession session = session(APP, id);
        int passes = SEEN.passes.get();
        try (RawRequest request = new RawRequest(tomcat.port(), APP + "/test", id)) {
            AsyncContext context = started.join();
            await().until(() -> SEEN.passes.get() > passes);
            assertThat(manager(APP).endIdle(session, 0)).isFalse();
            assertThat(manager(APP).findSessions()).contains(session);
            print(context);
            context.complete();
            assertThat(request.answer()).startsWith("HTTP/1.1 200");
        }
        await().untilAsserted(() -> {
            assertThat(manager(APP).endIdle(session, 0)).isFalse();
            assertThat(manager(APP).findSessions()).doesNotContain(session);
        });
    }

    @Test
    void filesAreSentByTheKernelAlsoBehindAFilter() {
        for (String path : List.of("/big.txt", "/filtered/big.txt")) {
            try (RawRequest request = new RawRequest(tomcat.port(), APP + path, newSession(APP))) {
                assertThat(request.answer()).startsWith("HTTP/1.1 200").hasSizeGreaterThan(BIG_FILE);
                assertThat(SEEN.sentByKernel).as(path).isTrue();
            }
        }
    }

    @Test
    void requestsThatUseNoSessionAskTheStoreNothing() {
        String id = newSession(APP);
        long operations = manager(APP).getStoreOperations();
        for (Way way : Way.values()) {
            work = way.sending;
            try (RawRequest request = new RawRequest(tomcat.port(), APP + "/test", id)) {
                assertThat(request.answer()).startsWith("HTTP/1.1 ");
            }
        }
        work = (request, response) -> {
            AsyncContext context = request.startAsync();
            elsewhere(() -> {
                print(context);
                context.complete();
            });
        };
        try (RawRequest request = new RawRequest(tomcat.port(), APP + "/test", id)) {
            assertThat(request.answer()).startsWith("HTTP/1.1 200");
        }
        assertThat(manager(APP).getStoreOperations()).isEqualTo(operations);
    }

    private interface Changing {
        void change(HttpServletRequest request, HttpServletResponse response, Object value)
                throws IOException, ServletException;
    }

    private static void leavesOnlyAfterTheSave(Changing changing) {
        Gate gate = new Gate();
        work = (request, response) -> changing.change(request, response, gate);
        try (RawRequest request = new RawRequest(tomcat.port(), APP + "/test", newSession(APP))) {
            pass(gate.arrived);
            assertThat(request.isSilent()).isTrue();
            gate.open.countDown();
            assertThat(request.answer()).startsWith("HTTP/1.1 ").doesNotStartWith("HTTP/1.1 503");
        } finally {
            gate.open.countDown();
        }
    }

    private interface Continuing {
        void goOn(HttpServletRequest request, HttpServletResponse response, CountDownLatch stuck) throws IOException;
    }

    /** The answer comes in chunks, and the last one, which would say that all is good, does not come. */
    private static void isBrokenOff(Continuing continuing) {
        CountDownLatch latch = new CountDownLatch(1);
        work = (request, response) -> {
            response.getWriter().print(SECRET);
            response.flushBuffer();
            continuing.goOn(request, response, latch);
        };
        String id = newSession(IMPATIENT);
        try (RawRequest request = RawRequest.keepingAlive(tomcat.port(), IMPATIENT + "/test", id)) {
            assertThat(request.until(SECRET)).startsWith("HTTP/1.1 200");
            try (Stuck stuck = new Stuck(id)) {
                latch.countDown();
                assertThat(request.answer()).isEqualTo("\r\n");
                assertThat(stuck.save).isNotDone();
            }
        } finally {
            latch.countDown();
        }
    }

    private static void isRefused(Changing changing) {
        work = (request, response) -> changing.change(request, response, "new");
        String id = newSession(IMPATIENT);
        try (Stuck stuck = new Stuck(id);
                RawRequest request = new RawRequest(tomcat.port(), IMPATIENT + "/test", id)) {
            assertThat(request.answer())
                    .startsWith("HTTP/1.1 503")
                    .contains("\r\nRetry-After: 1\r\n")
                    .doesNotContain(SECRET)
                    .doesNotContain("xxx");
            assertThat(stuck.save).isNotDone();
        }
    }

    private static ClowderManager manager(String app) {
        return (ClowderManager) contexts.get(app.equals(APP) ? 0 : 1).getManager();
    }

    private static String newSession(String app) {
        ClowderManager manager = manager(app);
        ClowderSession session = (ClowderSession) manager.createSession(null);
        manager.save(session);
        return session.getId();
    }

    private static ClowderSession session(String app, String id) {
        try {
            return (ClowderSession) Objects.requireNonNull(manager(app).findSession(id));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A save of the session that does not come to its end before it is closed; all others wait for it. */
    private static final class Stuck implements AutoCloseable {
        private final Gate gate = new Gate();
        private final CompletableFuture<?> save;

        Stuck(String id) {
            ClowderSession session = session(IMPATIENT, id);
            save = CompletableFuture.runAsync(() -> {
                gate.only = Thread.currentThread();
                session.getSession().setAttribute("gate", gate);
                manager(IMPATIENT).saveLate(session);
            });
            pass(gate.arrived);
        }

        @Override
        public void close() {
            gate.open.countDown();
            save.join();
        }
    }

    private static String text(int length) {
        return "x".repeat(length);
    }

    private static void store(AsyncContext context, Object value) {
        ((HttpServletRequest) context.getRequest()).getSession().setAttribute("value", value);
    }

    private static void print(AsyncContext context) {
        try {
            context.getResponse().getWriter().print(SECRET);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void elsewhere(Runnable work) {
        CompletableFuture<Void> unused = CompletableFuture.runAsync(work);
    }

    private static void pass(CountDownLatch latch) {
        try {
            assertThat(latch.await(20, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
