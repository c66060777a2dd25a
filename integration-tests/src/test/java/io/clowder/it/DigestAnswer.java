/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.it;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A client's answers to one challenge of DIGEST (RFC 7616), as a browser repeats them for each request. */
final class DigestAnswer {
    private static final String ALGORITHM = "SHA-256";
    private static final String CLIENT_NONCE = "0a4f113b";

    private final String realm;
    private final String nonce;
    private final String opaque;
    private int count;

    /** To the challenge of an answer with status 401. */
    DigestAnswer(Answer refused) {
        String challenge = refused.challenges().stream()
                .filter(one -> one.contains("algorithm=" + ALGORITHM))
                .findFirst()
                .orElseThrow();
        realm = directive(challenge, "realm");
        nonce = directive(challenge, "nonce");
        opaque = directive(challenge, "opaque");
    }

    private static String directive(String challenge, String name) {
        Matcher found = Pattern.compile(name + "=\"([^\"]*)\"").matcher(challenge);
        if (!found.find()) {
            throw new IllegalArgumentException(name + " is not in " + challenge);
        }
        return found.group(1);
    }

    /** The Authorization header of the next GET. */
    String next(String uri, String name, String password) {
        count++;
        String number = "%08x".formatted(count);
        String user = hash(name + ":" + realm + ":" + password);
        String response = hash(user + ":" + nonce + ":" + number + ":" + CLIENT_NONCE + ":auth:" + hash("GET:" + uri));
        return ("Digest username=\"%s\", realm=\"%s\", nonce=\"%s\", uri=\"%s\", response=\"%s\", opaque=\"%s\","
                        + " algorithm=%s, qop=auth, nc=%s, cnonce=\"%s\"")
                .formatted(name, realm, nonce, uri, response, opaque, ALGORITHM, number, CLIENT_NONCE);
    }

    private static String hash(String text) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance(ALGORITHM).digest(text.getBytes(ISO_8859_1)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
