/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.bench;

import io.clowder.farm.TomcatLayout;

/** A Tomcat that clusters nothing: the limit. */
record PlainTomcat() implements Contender {
    @Override
    public String key() {
        return "plain";
    }

    @Override
    public String title() {
        return "plain Tomcat";
    }

    @Override
    public String about() {
        return "StandardManager; each session stays on its node, in the roaming scenarios, too";
    }

    @Override
    public boolean isShared() {
        return false;
    }

    @Override
    public Span span() {
        return new Span(0, 0);
    }

    @Override
    public void layOut(TomcatLayout.Builder builder, int node) {}

    @Override
    public String manager(String app) {
        // Nothing is written to disk at the stop.
        return "<Manager className=\"org.apache.catalina.session.StandardManager\" pathname=\"\"/>";
    }
}
