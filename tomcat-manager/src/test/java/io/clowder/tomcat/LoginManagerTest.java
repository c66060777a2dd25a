/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.tomcat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.InvalidObjectException;
import java.io.ObjectInputStream;
import java.io.Serializable;
import java.nio.file.Path;
import java.security.Principal;
import java.util.List;
import java.util.Objects;
import org.apache.catalina.authenticator.Constants;
import org.apache.catalina.realm.GenericPrincipal;
import org.apache.catalina.session.TooManyActiveSessionsException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Logins and logouts of sessions that two Tomcats serve. */
class LoginManagerTest {

    private static final String CLUSTER = "clusterName=\"clowder-unit-login\" port=\"7360\" ";
    private static final GenericPrincipal TOM = new GenericPrincipal("tom", List.of("cat"));

    @TempDir
    private static Path base;

    private static TinyTomcat one;
    private static TinyTomcat two;

    @BeforeAll
    static void start() throws Exception {
        one = new TinyTomcat(base.resolve("one"));
        two = new TinyTomcat(base.resolve("two"));
        one.start();
        two.start();
    }

    @AfterAll
    static void stop() throws Exception {
        one.close();
        two.close();
    }

    /** The managers of one application on both. */
    private record Both(ClowderManager first, ClowderManager second) {
        static Both of(String path, String attributes) throws Exception {
            return new Both(
                    (ClowderManager) one.deploy(path, CLUSTER + attributes).getManager(),
                    (ClowderManager) two.deploy(path, CLUSTER + attributes).getManager());
        }

        /** A stored session of which both have a copy. */
        ClowderSession session() throws Exception {
            ClowderSession session = (ClowderSession) first.createSession(null);
            first.save(session);
            assertThat(there(session)).isNotNull();
            return session;
        }

        ClowderSession there(ClowderSession session) throws Exception {
            return (ClowderSession) Objects.requireNonNull(second.findSession(session.getIdInternal()));
        }

        ClowderSession here(ClowderSession session) throws Exception {
            return (ClowderSession) Objects.requireNonNull(first.findSession(session.getIdInternal()));
        }
    }

    private static void login(ClowderSession session, ClowderManager manager, Principal user) {
        session.setAuthType("BASIC");
        session.setPrincipal(user);
        manager.save(session);
    }

    private static void logout(ClowderSession session, ClowderManager manager) {
        session.setAuthType(null);
        session.setPrincipal(null);
        manager.save(session);
    }

    private static void assertKnown(ClowderSession session, Principal user) {
        assertThat(session.getPrincipal()).isEqualTo(user);
        assertThat(session.getAuthType()).isEqualTo("BASIC");
    }

    private static void assertUnknown(ClowderSession session) {
        assertThat(session.getPrincipal()).isNull();
        assertThat(session.getAuthType()).isNull();
    }

    @Test
    void whoseIdWasToChangeWhileItEndedElsewhereLeavesNothingBehind() throws Exception {
        Both both = Both.of("/ended", "");
        ClowderSession session = both.session();
        both.there(session).expire();
        String newId = both.first().rotateSessionId(session);
        assertThat(session.isValid()).isFalse();
        assertThat(both.first().getActiveSessions()).isZero();
        assertThat(both.first().findSession(newId)).isNull();
    }

    /** With {@code sessionCookiePath="/"}: the page of one application loads two images of another. */
    @Test
    void twoRequestsMayCreateTheSessionOfAnIdThatTheClientBrought() throws Exception {
        ClowderManager manager = Both.of("/brought", "").first();
        ClowderSession first = (ClowderSession) manager.createSession("0123456789ABCDEF");
        first.getSession().setAttribute("n", 1);
        assertThat(manager.createSession("0123456789ABCDEF")).isSameAs(first);
        manager.save(first);
        assertThat(manager.createSession("0123456789ABCDEF")).isSameAs(first);
        assertThat(first.getSession().getAttribute("n")).isEqualTo(1);
        manager.setMaxActiveSessions(1);
        assertThatExceptionOfType(TooManyActiveSessionsException.class)
                .isThrownBy(() -> manager.createSession("FEDCBA9876543210"));
    }

    @Test
    void aLoginThatDoesNotTravelIsOneNodesOwn() throws Exception {
        Both both = Both.of("/own", "persistAuthentication=\"false\"");
        ClowderSession session = both.session();
        login(session, both.first(), TOM);
        assertUnknown(both.there(session));
        assertKnown(both.here(session), TOM);
        // What the other node changes otherwise does not matter.
        both.there(session).setNote(Constants.FORM_REQUEST_NOTE, "saved");
        both.second().save(both.there(session));
        assertKnown(both.here(session), TOM);
    }

    @Test
    void aLogoutElsewhereEndsALoginThatDoesNotTravel() throws Exception {
        Both both = Both.of("/own-out", "persistAuthentication=\"false\"");
        ClowderSession session = both.session();
        login(session, both.first(), TOM);
        logout(both.there(session), both.second());
        assertUnknown(both.here(session));
    }

    @Test
    void aLoginElsewhereEndsALoginThatDoesNotTravel() throws Exception {
        Both both = Both.of("/own-in", "persistAuthentication=\"false\"");
        ClowderSession session = both.session();
        GenericPrincipal jerry = new GenericPrincipal("jerry", List.of("mouse"));
        login(session, both.first(), TOM);
        login(both.there(session), both.second(), jerry);
        assertUnknown(both.here(session));
        assertKnown(both.there(session), jerry);
    }

    /** As a request that FORM login saved, after an upgrade of Tomcat. */
    private static final class Unreadable implements Serializable {
        private static final long serialVersionUID = 1;

        private void readObject(ObjectInputStream in) throws InvalidObjectException {
            throw new InvalidObjectException("of another version");
        }
    }

    @Test
    void aNoteThatCannotBeReadIsNone() throws Exception {
        Both both = Both.of("/note", "");
        ClowderSession session = both.session();
        session.setNote(Constants.FORM_REQUEST_NOTE, new Unreadable());
        both.first().save(session);
        assertThat(both.there(session).getNote(Constants.FORM_REQUEST_NOTE)).isNull();
        assertThat(both.there(session).live().container()).as("said once").isEmpty();
        both.there(session).setNote(Constants.FORM_REQUEST_NOTE, "readable");
        assertThat(both.there(session).getNote(Constants.FORM_REQUEST_NOTE)).isEqualTo("readable");
    }

    /** Of a realm that makes users of its own. */
    private record Stray(String getName) implements Principal {
        @Override
        public String getName() {
            return getName;
        }
    }

    @Test
    void aUserThatCannotBeSerializedIsLoggedOutElsewhere() throws Exception {
        Both both = Both.of("/stray", "");
        ClowderSession session = both.session();
        login(session, both.first(), new Stray("tom"));
        assertThat(both.there(session).getPrincipal()).isNull();
        assertKnown(both.here(session), new Stray("tom"));
        logout(both.there(session), both.second());
        assertUnknown(both.here(session));
        // The next login travels again.
        login(both.there(session), both.second(), TOM);
        assertThat(Objects.requireNonNull(both.here(session).getPrincipal()).getName())
                .isEqualTo("tom");
    }
}
