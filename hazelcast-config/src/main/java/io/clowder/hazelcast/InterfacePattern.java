/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.hazelcast;

import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Which of this machine's addresses the member may listen on: one IP address, or an IPv4 pattern such as
 * {@code 10.0.0.*} or {@code 10.0.1-3.*} that lets all machines share one {@code context.xml}. Never a host name: what
 * a name means is decided by others.
 */
record InterfacePattern(String text) {

    private static final Pattern PART = Pattern.compile("\\d{1,3}|\\*|\\d{1,3}-\\d{1,3}");

    /** Whether the text is an IP address or a pattern, and not the address that stands for all ("0.0.0.0", "::"). */
    boolean isValid() {
        InetAddress address = literal();
        return address != null ? !address.isAnyLocalAddress() : isPattern();
    }

    /** Whether nobody outside this machine can reach what the pattern names; false in case of doubt. */
    boolean isLoopback() {
        InetAddress address = literal();
        return address != null ? address.isLoopbackAddress() : isPattern() && text.startsWith("127.");
    }

    /** The first address of this machine that fits, or null; a loopback address fits without being listed. */
    @Nullable
    InetAddress pick() {
        InetAddress address = literal();
        if (address != null && address.isLoopbackAddress()) {
            return address;
        }
        for (InetAddress local : localAddresses()) {
            if (address != null ? address.equals(local) : matches(local)) {
                return local;
            }
        }
        return null;
    }

    /** The addresses of the interfaces that are up. */
    static List<InetAddress> localAddresses() {
        try {
            return NetworkInterface.networkInterfaces()
                    .filter(InterfacePattern::isUp)
                    .flatMap(NetworkInterface::inetAddresses)
                    .toList();
        } catch (SocketException e) {
            return List.of();
        }
    }

    private static boolean isUp(NetworkInterface networkInterface) {
        try {
            return networkInterface.isUp();
        } catch (SocketException e) {
            return false;
        }
    }

    private @Nullable InetAddress literal() {
        boolean v6 = text.indexOf(':') >= 0;
        if (!v6 && !(isPattern() && text.indexOf('*') < 0 && text.indexOf('-') < 0)) {
            return null;
        }
        try {
            // With a colon or four numbers this parses and never asks a name server.
            return InetAddress.getByName(text);
        } catch (UnknownHostException e) {
            return null;
        }
    }

    private boolean isPattern() {
        String[] parts = text.split("\\.", -1);
        if (parts.length != 4) {
            return false;
        }
        for (String part : parts) {
            if (!PART.matcher(part).matches() || high(part) > 255 || low(part) > high(part)) {
                return false;
            }
        }
        return true;
    }

    private boolean matches(InetAddress address) {
        byte[] bytes = address.getAddress();
        if (bytes.length != 4) {
            return false;
        }
        String[] parts = text.split("\\.", -1);
        for (int i = 0; i < 4; i++) {
            int value = bytes[i] & 0xff;
            if (value < low(parts[i]) || value > high(parts[i])) {
                return false;
            }
        }
        return true;
    }

    private static int low(String part) {
        return part.equals("*") ? 0 : Integer.parseInt(part.substring(0, end(part)));
    }

    private static int high(String part) {
        return part.equals("*") ? 255 : Integer.parseInt(part.substring(part.indexOf('-') + 1));
    }

    private static int end(String part) {
        int dash = part.indexOf('-');
        return dash < 0 ? part.length() : dash;
    }
}
