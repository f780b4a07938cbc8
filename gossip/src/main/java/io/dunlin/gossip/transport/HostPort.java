package io.dunlin.gossip.transport;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;

/**
 * A host and a port as people write them: {@code 10.0.0.1:7946}, {@code [fd00::1]:7946}, {@code seed.example:7946}. The host is a name or
 * an address; nothing is resolved.
 *
 * @param port 0 to 65,535
 */
public record HostPort(String host, int port) {
    private static final int MAX_HOST = 253;

    public HostPort {
        if (host.isEmpty() || host.length() > MAX_HOST || !host.matches("[A-Za-z0-9._-]+|[0-9A-Fa-f:.]+(%[\\w.-]+)?")) {
            throw new IllegalArgumentException("host \"" + host + "\": allowed are a name, an IPv4 or an IPv6 address");
        }
        if (port < 0 || port > 65_535) {
            throw new IllegalArgumentException("port " + port + ": allowed are 0 to 65535");
        }
    }

    /**
     * Reads {@code HOST:PORT}, or {@code HOST} alone.
     *
     * @param defaultPort the port of a host alone
     * @throws IllegalArgumentException if it is neither; says what was given and what is allowed
     */
    public static HostPort parse(String text, int defaultPort) {
        int colon = text.lastIndexOf(':');
        int bracket = text.lastIndexOf(']');
        boolean bareIpv6 = !text.startsWith("[") && text.indexOf(':') != colon;
        boolean hasPort = colon > bracket && !bareIpv6;
        String host = hasPort ? text.substring(0, colon) : text;
        if (host.startsWith("[") && host.endsWith("]")) {
            host = host.substring(1, host.length() - 1);
        }
        try {
            int port = hasPort ? Integer.parseInt(text.substring(colon + 1)) : defaultPort;
            return new HostPort(host, port);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(
                    "\"" + text
                            + "\": the port is no number: allowed is HOST:PORT, as in 10.0.0.1:7946 or [fd00::1]:7946",
                    e);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("\"" + text + "\": " + e.getMessage(), e);
        }
    }

    /** The same for a socket; a name is not looked up: that is left to who uses it. */
    public InetSocketAddress address() {
        try {
            return new InetSocketAddress(InetAddress.ofLiteral(host), port);
        } catch (IllegalArgumentException e) {
            return InetSocketAddress.createUnresolved(host, port);
        }
    }

    /** An address and port as text: {@code 10.0.0.1:7946}, {@code [fd00:0:0:0:0:0:0:1]:7946}. */
    public static String text(InetSocketAddress address) {
        InetAddress ip = address.getAddress();
        if (ip == null) {
            return address.getHostString() + ":" + address.getPort();
        }
        String host = ip.getHostAddress();
        return (ip instanceof Inet6Address ? "[" + host + "]" : host) + ":" + address.getPort();
    }

    @Override
    public String toString() {
        return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
    }
}
