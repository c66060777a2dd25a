/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import org.junit.jupiter.api.Test;

class TrafficTest {

    @Test
    void countsWhatBothEndsHaveSent() throws IOException {
        if (Traffic.at(port -> true) == null) {
            // No ss here: the report says "-", as ReportTest shows.
            return;
        }
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                Socket client = new Socket(server.getInetAddress(), server.getLocalPort());
                Socket accepted = server.accept()) {
            Traffic before = Traffic.at(port -> port == server.getLocalPort());
            client.getOutputStream().write(new byte[1_000]);
            accepted.getInputStream().readNBytes(1_000);
            accepted.getOutputStream().write(new byte[234]);
            client.getInputStream().readNBytes(234);

            assertThat(Traffic.at(port -> port == server.getLocalPort()).since(before))
                    .isEqualTo(1_234);
            assertThat(Traffic.at(port -> port == 1).sent()).isEmpty();
        }
    }
}
