package io.dunlin.vxlan.wire;

import java.util.HexFormat;

/**
 * A 48-bit Ethernet address. On the data path its bits travel alone, as a long.
 *
 * @param bits the six bytes, the first one highest; the upper 16 bits are 0
 */
public record MacAddress(long bits) {
    public static final MacAddress BROADCAST = new MacAddress(0xffff_ffff_ffffL);

    /** Bit of the first byte that says multicast (IEEE 802-2014 section 8.2.2). */
    private static final long GROUP = 0x0100_0000_0000L;

    private static final long OVERLAY_PREFIX = 0x0242_0000_0000L;

    public MacAddress {
        if (bits >>> 48 != 0) {
            throw new IllegalArgumentException("a MAC address has 48 bits, not 0x" + Long.toHexString(bits));
        }
    }

    /**
     * The MAC of an endpoint unless its node announced another: 02:42 and the four bytes of its IPv4 address, or the last four of its
     * IPv6 address. Locally administered (0x02), and what the users of container networks know.
     */
    public static long ofEndpoint(long addressLow) {
        return OVERLAY_PREFIX | (addressLow & 0xffff_ffffL);
    }

    /**
     * Reads six bytes in hexadecimal with colons, like {@code 02:42:0a:00:00:02}.
     *
     * @throws IllegalArgumentException naming what was given
     */
    public static MacAddress parse(String text) {
        if (!text.matches("[0-9a-fA-F]{2}(:[0-9a-fA-F]{2}){5}")) {
            throw new IllegalArgumentException("not a MAC address: \"" + text + "\" (like 02:42:0a:00:00:02)");
        }
        return new MacAddress(HexFormat.fromHexDigitsToLong(text.replace(":", "")));
    }

    public static boolean isGroup(long bits) {
        return (bits & GROUP) != 0;
    }

    @Override
    public String toString() {
        var text = new StringBuilder();
        for (int shift = 40; shift >= 0; shift -= 8) {
            text.append(text.isEmpty() ? "" : ":").append(HexFormat.of().toHexDigits((byte) (bits >>> shift)));
        }
        return text.toString();
    }
}
