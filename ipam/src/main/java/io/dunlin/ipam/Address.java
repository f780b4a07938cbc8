package io.dunlin.ipam;

import io.dunlin.ipam.Refusal.Invalid;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.regex.Pattern;

/**
 * An IPv4 or IPv6 address as 128 bits; IPv4 in its mapped form ::ffff:a.b.c.d (RFC 4291 section 2.5.5.2), so one order serves both.
 *
 * @param high the upper 64 bits; 0 for IPv4
 * @param low the lower 64 bits; 0x0000ffff then the four bytes for IPv4
 */
public record Address(long high, long low) implements Comparable<Address> {
    private static final long IPV4 = 0x0000_ffff_0000_0000L;

    /** In full and without leading zeros, which some read as octal (RFC 6943 section 3.1.1). */
    private static final Pattern IPV4_TEXT = Pattern.compile("(0|[1-9][0-9]{0,2})(\\.(0|[1-9][0-9]{0,2})){3}");
    /** Without a zone. */
    private static final Pattern IPV6_TEXT = Pattern.compile("(?=.*:)[0-9a-fA-F:.]{2,45}");

    public static Address ofIpv4(int bits) {
        return new Address(0, IPV4 | Integer.toUnsignedLong(bits));
    }

    public static Address of(InetAddress address) {
        byte[] bytes = address.getAddress();
        var buffer = ByteBuffer.wrap(bytes);
        return bytes.length == Integer.BYTES
                ? ofIpv4(buffer.getInt())
                : new Address(buffer.getLong(), buffer.getLong());
    }

    /** Reads {@code 10.0.0.1} or {@code fd00::1}; never asks a name server. */
    public static Result<Address> read(String text) {
        if (IPV4_TEXT.matcher(text).matches() || IPV6_TEXT.matcher(text).matches()) {
            try {
                return new Result.Granted<>(of(InetAddress.ofLiteral(text)));
            } catch (IllegalArgumentException _) {
                // refused below, as what does not even look like one
            }
        }
        return Invalid.because("not an IP address: " + Invalid.quote(text) + " (like 10.0.0.2 or fd00::2)");
    }

    /**
     * Reads an address that a program holds.
     *
     * @throws IllegalArgumentException with what {@link #read} refuses it for
     */
    public static Address parse(String text) {
        return read(text).orElseThrow();
    }

    public Family family() {
        return high == 0 && low >>> 32 == IPV4 >>> 32 ? Family.IPV4 : Family.IPV6;
    }

    public InetAddress toInetAddress() {
        try {
            return family() == Family.IPV4
                    ? InetAddress.getByAddress(
                            ByteBuffer.allocate(Integer.BYTES).putInt((int) low).array())
                    : Inet6Address.getByAddress(null, bytes(), -1);
        } catch (UnknownHostException e) {
            throw new AssertionError("4 and 16 bytes are an address", e);
        }
    }

    private byte[] bytes() {
        return ByteBuffer.allocate(2 * Long.BYTES).putLong(high).putLong(low).array();
    }

    /** The MAC address of the endpoint that has this address: 02:42 and its last four bytes. */
    public Mac mac() {
        return new Mac(Mac.LOCAL_PREFIX | low & 0xffff_ffffL);
    }

    /** Unsigned order of the 128 bits. */
    @Override
    public int compareTo(Address other) {
        int byHigh = Long.compareUnsigned(high, other.high);
        return byHigh != 0 ? byHigh : Long.compareUnsigned(low, other.low);
    }

    /** Dotted for IPv4, RFC 5952 (lower case, the longest run of zeros shortened) for IPv6. */
    @Override
    public String toString() {
        if (family() == Family.IPV4) {
            int bits = (int) low;
            return (bits >>> 24) + "." + (bits >>> 16 & 0xff) + "." + (bits >>> 8 & 0xff) + "." + (bits & 0xff);
        }
        int longest = -1;
        int length = 1; // a single zero is not shortened
        for (int i = 0; i < 8; i++) {
            int end = i;
            while (end < 8 && group(end) == 0) {
                end++;
            }
            if (end - i > length) {
                longest = i;
                length = end - i;
            }
        }
        var text = new StringBuilder();
        for (int i = 0; i < 8; i++) {
            if (i == longest) {
                text.append("::");
                i += length - 1;
                continue;
            }
            if (!text.isEmpty() && text.charAt(text.length() - 1) != ':') {
                text.append(':');
            }
            text.append(Integer.toHexString(group(i)));
        }
        return text.toString();
    }

    private int group(int i) {
        return (int) ((i < 4 ? high : low) >>> (48 - 16 * (i & 3))) & 0xffff;
    }
}
