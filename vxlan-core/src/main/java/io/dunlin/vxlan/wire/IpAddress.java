package io.dunlin.vxlan.wire;

import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;

/**
 * An IPv4 or IPv6 address as 128 bits; IPv4 in its mapped form ::ffff:a.b.c.d (RFC 4291 section 2.5.5.2), so that one table and one
 * comparison serve both. On the data path the two longs travel alone.
 *
 * @param high the upper 64 bits; 0 for IPv4
 * @param low the lower 64 bits; 0x0000ffff then the four bytes for IPv4
 */
public record IpAddress(long high, long low) implements Comparable<IpAddress> {
    /** Upper 32 of the lower 64 bits of an IPv4-mapped address. */
    public static final long IPV4_PREFIX = 0x0000_ffff_0000_0000L;

    public static IpAddress ofIpv4(int bits) {
        return new IpAddress(0, IPV4_PREFIX | Integer.toUnsignedLong(bits));
    }

    public static IpAddress of(InetAddress address) {
        byte[] bytes = address.getAddress();
        var buffer = ByteBuffer.wrap(bytes);
        return bytes.length == 4 ? ofIpv4(buffer.getInt()) : new IpAddress(buffer.getLong(), buffer.getLong());
    }

    /**
     * Reads a literal like {@code 10.0.0.1} or {@code fd00::1}; never asks a name server.
     *
     * @throws IllegalArgumentException naming what was given
     */
    public static IpAddress parse(String text) {
        // Stricter than ofLiteral: an IPv4 literal only in full ("10.1" is none), without leading zeros, which some
        // read as octal
        // (RFC 6943 section 3.1.1), and no zone ("fe80::1%eth0").
        if (!text.matches("(0|[1-9]\\d{0,2})(\\.(0|[1-9]\\d{0,2})){3}") && !text.matches("(?=.*:)[0-9a-fA-F:.]+")) {
            throw notAnAddress(text);
        }
        try {
            return of(InetAddress.ofLiteral(text));
        } catch (IllegalArgumentException e) {
            throw notAnAddress(text);
        }
    }

    private static IllegalArgumentException notAnAddress(String text) {
        return new IllegalArgumentException("not an IP address: \"" + text + "\" (like 10.0.0.2 or fd00::2)");
    }

    public static boolean isIpv4(long high, long low) {
        return high == 0 && (low & 0xffff_ffff_0000_0000L) == IPV4_PREFIX;
    }

    public boolean isIpv4() {
        return isIpv4(high, low);
    }

    /** The four bytes of an IPv4 address, the last four of an IPv6 address. */
    public int lowInt() {
        return (int) low;
    }

    /** 32 or 128. */
    public int bits() {
        return isIpv4() ? 32 : 128;
    }

    public InetAddress toInetAddress() {
        try {
            // A mapped address would become an Inet4Address anyway; so each family is built as what it is.
            return isIpv4()
                    ? InetAddress.getByAddress(
                            ByteBuffer.allocate(4).putInt(lowInt()).array())
                    : Inet6Address.getByAddress(
                            null,
                            ByteBuffer.allocate(16).putLong(high).putLong(low).array(),
                            -1);
        } catch (UnknownHostException e) {
            throw new AssertionError("4 and 16 bytes are an address", e);
        }
    }

    /** Unsigned order of the 128 bits. */
    @Override
    public int compareTo(IpAddress other) {
        int byHigh = Long.compareUnsigned(high, other.high);
        return byHigh != 0 ? byHigh : Long.compareUnsigned(low, other.low);
    }

    /** Dotted for IPv4, RFC 5952 (lower case, longest run of zeros shortened) for IPv6. */
    @Override
    public String toString() {
        if (isIpv4()) {
            return Inet4Address.class.cast(toInetAddress()).getHostAddress();
        }
        var groups = new int[8];
        for (int i = 0; i < 8; i++) {
            groups[i] = (int) ((i < 4 ? high : low) >>> (48 - 16 * (i & 3))) & 0xffff;
        }
        int bestStart = -1;
        int bestLength = 1; // a single zero group is not shortened
        for (int i = 0; i < 8; i++) {
            int end = i;
            while (end < 8 && groups[end] == 0) {
                end++;
            }
            if (end - i > bestLength) {
                bestStart = i;
                bestLength = end - i;
            }
        }
        var text = new StringBuilder();
        for (int i = 0; i < 8; i++) {
            if (i == bestStart) {
                text.append("::");
                i += bestLength - 1;
                continue;
            }
            if (!text.isEmpty() && text.charAt(text.length() - 1) != ':') {
                text.append(':');
            }
            text.append(Integer.toHexString(groups[i]));
        }
        return text.toString();
    }
}
