/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.tomcat;

import io.clowder.store.StoreUnavailableException;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.ServletResponseWrapper;
import jakarta.servlet.WriteListener;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpServletResponseWrapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.Writer;
import java.lang.StackWalker.Option;
import java.util.Map;
import org.apache.catalina.connector.OutputBuffer;
import org.apache.catalina.connector.Request;
import org.apache.catalina.connector.Response;
import org.apache.coyote.ActionCode;
import org.apache.coyote.CloseNowException;
import org.jspecify.annotations.Nullable;

/**
 * The response as the application sees it. Whatever makes Tomcat send something saves the request's sessions first; when they
 * cannot be saved nothing is sent any more, and the {@link ClowderValve} answers in the application's place.
 */
final class SavingResponse extends HttpServletResponseWrapper {

    /** An informational answer, which Tomcat sends at once. */
    private static final int SC_EARLY_HINTS = 103;

    private static final long SOON_MILLIS = 1;

    private final Request request;
    private final Response tomcat;
    private @Nullable SavingStream stream;
    private @Nullable SavingWriter writer;
    private volatile @Nullable StoreUnavailableException failure;
    private volatile boolean awaited;

    /** Around what Tomcat would give to the application. */
    SavingResponse(Request request, Response tomcat, HttpServletResponse wrapped) {
        super(wrapped);
        this.request = request;
        this.tomcat = tomcat;
    }

    /** The one of this request, which the application gets from now on; a later pass of the same request finds it again. */
    static SavingResponse of(Request request, Response response) {
        HttpServletResponse current = response.getResponse();
        SavingResponse present = in(current);
        if (present != null) {
            return present;
        }
        SavingResponse saving = new SavingResponse(request, response, current);
        response.setResponse(saving);
        return saving;
    }

    /** The one that a response is, or is wrapped around. */
    static @Nullable SavingResponse in(ServletResponse response) {
        ServletResponse inner = response;
        while (!(inner instanceof SavingResponse)) {
            if (!(inner instanceof ServletResponseWrapper wrapper)) {
                return null;
            }
            inner = wrapper.getResponse();
        }
        return (SavingResponse) inner;
    }

    /** Why a session could not be saved in time, null as long as none failed. */
    @Nullable
    StoreUnavailableException failure() {
        return failure;
    }

    /** Whether somebody was told to save when the async request completes; false again after the next startAsync. */
    boolean isAwaited() {
        return awaited;
    }

    void awaited(boolean byListener) {
        awaited = byListener;
    }

    /** Lets nothing leave any more: it would claim what may not be stored. Of an answer that has begun, the end is missing. */
    void fail(StoreUnavailableException reason) {
        failure = reason;
        tomcat.setSuspended(true);
        if (tomcat.isCommitted() && !tomcat.isClosed()) {
            tomcat.getCoyoteResponse().action(ActionCode.CLOSE_NOW, reason);
            if ("HTTP/2.0".equals(request.getProtocol())) {
                // Tomcat ends a stream in good order even so, unless its trailers fail; then it resets the stream.
                tomcat.setTrailerFields(() -> cut(reason));
            }
        }
    }

    /** Throws what the signature of a supplier does not allow, and Tomcat understands. */
    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
    private static <E extends Exception> Map<String, String> cut(StoreUnavailableException reason) throws E {
        throw (E) new CloseNowException(reason.getMessage(), reason);
    }

    /** Async work that dies of the failure never completes its request; then the timeout does, soon. */
    private void hasten() {
        if (!tomcat.isCommitted() && request.isAsync() && !Exchange.isServing(request)) {
            request.getAsyncContextInternal().setTimeout(SOON_MILLIS);
        }
    }

    /**
     * Saves the request's sessions, unless nothing can leave anyway.
     *
     * @throws StoreUnavailableException now and from now on, when that is not known to be done; but not to a {@link
     *     WriteListener}, for which Tomcat would close the connection without an answer: what it writes is dropped
     */
    void beforeLeaving() {
        if (failure == null && !tomcat.isSuspended() && !tomcat.isClosed()) {
            try {
                Exchange.save(request);
            } catch (StoreUnavailableException e) {
                fail(e);
                hasten();
            }
        }
        StoreUnavailableException reason = failure;
        if (reason != null && tomcat.getCoyoteResponse().getWriteListener() == null) {
            throw reason;
        }
    }

    private void beforeBytes(int count) {
        if (!tomcat.isCommitted() && tomcat.getContentWritten() + count > tomcat.getBufferSize()) {
            beforeLeaving();
        }
    }

    /** Tomcat collects characters, and turns them into bytes whenever a certain number is complete. */
    private void beforeChars(int count, int room) {
        if (tomcat.isCommitted()) {
            return;
        }
        long before = tomcat.getContentWritten();
        long after = before + count;
        if (after > room && (Math.max(before, 1) - 1) / room != (after - 1) / room) {
            beforeLeaving();
        }
    }

    /** How many characters Tomcat collects. */
    private int room() {
        int size = request.getConnector().getProtocolHandler().getDesiredBufferSize();
        return size > 0 ? size : OutputBuffer.DEFAULT_BUFFER_SIZE;
    }

    /**
     * Whether Tomcat's dispatcher closes the response after a forward. A response that nobody wrapped it only declares
     * finished: it leaves when the request is through, with all that the callers of the forward still change.
     */
    private boolean finishedBy(Class<?> caller) {
        if (!caller.getName().equals("org.apache.catalina.core.ApplicationDispatcher")) {
            return false;
        }
        tomcat.setSuspended(true);
        return true;
    }

    @Override
    public void flushBuffer() throws IOException {
        beforeLeaving();
        super.flushBuffer();
    }

    @Override
    public void sendError(int status) throws IOException {
        if (status == SC_EARLY_HINTS) {
            beforeLeaving();
        }
        super.sendError(status);
    }

    @Override
    public void sendError(int status, String message) throws IOException {
        if (status == SC_EARLY_HINTS) {
            beforeLeaving();
        }
        super.sendError(status, message);
    }

    /** Leaves when the request is through; with {@code sendRedirectBody} at once. */
    @Override
    public void sendRedirect(String location) throws IOException {
        if (tomcat.getContext().getSendRedirectBody()) {
            beforeLeaving();
        }
        super.sendRedirect(location);
    }

    @Override
    public ServletOutputStream getOutputStream() throws IOException {
        ServletOutputStream present = super.getOutputStream();
        if (stream == null || stream.tomcat != present) {
            stream = new SavingStream(present);
        }
        return stream;
    }

    @Override
    public PrintWriter getWriter() throws IOException {
        PrintWriter present = super.getWriter();
        if (writer == null || writer.tomcat != present) {
            writer = new SavingWriter(present, room());
        }
        return writer;
    }

    private final class SavingStream extends ServletOutputStream {

        private final ServletOutputStream tomcat;

        SavingStream(ServletOutputStream tomcat) {
            this.tomcat = tomcat;
        }

        @Override
        public void write(int b) throws IOException {
            beforeBytes(1);
            tomcat.write(b);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            beforeBytes(length);
            tomcat.write(bytes, offset, length);
        }

        @Override
        public void flush() throws IOException {
            beforeLeaving();
            tomcat.flush();
        }

        @Override
        public void close() throws IOException {
            if (!finishedBy(
                    StackWalker.getInstance(Option.RETAIN_CLASS_REFERENCE).getCallerClass())) {
                beforeLeaving();
                tomcat.close();
            }
        }

        @Override
        public boolean isReady() {
            return tomcat.isReady();
        }

        @Override
        public void setWriteListener(WriteListener listener) {
            tomcat.setWriteListener(listener);
        }
    }

    /** Like Tomcat's own, it can be used again after it was closed and the response was reset. */
    private final class SavingWriter extends PrintWriter {

        private final PrintWriter tomcat;

        SavingWriter(PrintWriter tomcat, int room) {
            super(new Sink(tomcat, room));
            this.tomcat = tomcat;
        }

        @Override
        public boolean checkError() {
            beforeLeaving(); // Tomcat flushes to find out
            return tomcat.checkError();
        }

        @Override
        public void close() {
            if (!finishedBy(
                    StackWalker.getInstance(Option.RETAIN_CLASS_REFERENCE).getCallerClass())) {
                beforeLeaving();
                tomcat.close();
            }
        }
    }

    /** Where all that is printed comes down to. */
    private final class Sink extends Writer {

        private final PrintWriter tomcat;
        private final int room;

        Sink(PrintWriter tomcat, int room) {
            this.tomcat = tomcat;
            this.room = room;
        }

        @Override
        public void write(int c) {
            beforeChars(1, room);
            tomcat.write(c);
        }

        @Override
        public void write(String text, int offset, int length) {
            beforeChars(length, room);
            tomcat.write(text, offset, length);
        }

        /** In pieces: what is longer Tomcat does not collect in the same way. */
        @Override
        public void write(char[] chars, int offset, int length) {
            int end = offset + length;
            for (int begin = offset; begin < end; begin += room) {
                int piece = Math.min(room, end - begin);
                beforeChars(piece, room);
                tomcat.write(chars, begin, piece);
            }
        }

        @Override
        public void flush() {
            beforeLeaving();
            tomcat.flush();
        }

        @Override
        public void close() {}
    }
}
