/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.tomcat;

import java.util.List;
import java.util.stream.Stream;
import org.apache.catalina.Container;
import org.apache.catalina.Context;
import org.apache.catalina.valves.CrawlerSessionManagerValve;

/**
 * Tomcat's {@link CrawlerSessionManagerValve}s that the requests of a web application pass. Each keeps, on its node, the
 * session id of each crawler, and hopes to hear of the session's end by a mark in it, which is of use on that node only.
 */
final class Crawlers {

    private static final String MARK = CrawlerSessionManagerValve.class.getName() + "$";

    private final List<CrawlerSessionManagerValve> valves;

    private Crawlers(List<CrawlerSessionManagerValve> valves) {
        this.valves = valves;
    }

    /** Those in the pipelines of the application, its host and its engine. */
    static Crawlers of(Context context) {
        return new Crawlers(Stream.<Container>iterate(context, container -> container != null, Container::getParent)
                .flatMap(container -> Stream.of(container.getPipeline().getValves()))
                .filter(CrawlerSessionManagerValve.class::isInstance)
                .map(CrawlerSessionManagerValve.class::cast)
                .toList());
    }

    /** Whether a class is that of the mark: a name, because the class is not public. In Tomcat 11 it carries the whole map. */
    static boolean isMark(String className) {
        return className.startsWith(MARK);
    }

    /**
     * There is no such session. A valve that goes on to present its id would have each request of the crawler make a new
     * session, and never notice.
     */
    void forget(String sessionId) {
        for (CrawlerSessionManagerValve valve : valves) {
            valve.getClientIpSessionId().values().remove(sessionId);
        }
    }
}
