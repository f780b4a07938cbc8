package io.dunlin.vxlan.wire;

/**
 * Neighbour solicitation and advertisement (RFC 4861 sections 4.3, 4.4, 4.6.1): an ICMPv6 header, the target, options.
 *
 * <pre>{@code
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * | Type 135, 136 |     Code 0    |          Checksum             |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |R|S|O|                     Reserved                            |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                    Target Address (16 bytes)                  |
 * |   Option: type, length in units of 8, link-layer address …    |
 * }</pre>
 */
public final class NeighbourMessage {
    public static final int TARGET = 8;
    public static final int OPTIONS = 24;
    /** Without options. */
    public static final int LENGTH = 24;
    /** With one link-layer address option. */
    public static final int LENGTH_WITH_MAC = 32;

    public static final int FLAG_SOLICITED = 0x4000_0000;
    public static final int FLAG_OVERRIDE = 0x2000_0000;

    public static final int OPTION_SOURCE_MAC = 1;
    public static final int OPTION_TARGET_MAC = 2;

    private NeighbourMessage() {}

    /** Whether {@code available} bytes hold a message without options: the only proof of bounds for the accessors. */
    public static boolean checkLength(int available) {
        return available >= LENGTH;
    }

    public static long targetHigh(Memory memory, int at) {
        return memory.i64(at + TARGET);
    }

    public static long targetLow(Memory memory, int at) {
        return memory.i64(at + TARGET + 8);
    }

    /** Whether the options, which fill the message up to {@code bytes}, have lengths that add up (RFC 4861 section 7.1.1). */
    public static boolean areOptionsRight(Memory memory, int at, int bytes) {
        int offset = OPTIONS;
        while (offset < bytes) {
            if (bytes - offset < 8) {
                return false;
            }
            int length = memory.u8(at + offset + 1) << 3;
            if (length == 0) {
                return false;
            }
            offset += length;
        }
        return offset == bytes;
    }

    /** Whether an option of the type is among the options, which {@link #areOptionsRight} found right. */
    public static boolean hasOption(Memory memory, int at, int bytes, int type) {
        for (int offset = OPTIONS; offset < bytes; offset += memory.u8(at + offset + 1) << 3) {
            if (memory.u8(at + offset) == type) {
                return true;
            }
        }
        return false;
    }

    /** Writes an advertisement of {@link #LENGTH_WITH_MAC} bytes; checksum 0. */
    public static void writeAdvertisement(Memory memory, int at, int flags, long targetHigh, long targetLow, long mac) {
        IcmpHeader.write(memory, at, IcmpHeader.V6_NEIGHBOUR_ADVERTISEMENT, 0, flags);
        memory.i64(at + TARGET, targetHigh);
        memory.i64(at + TARGET + 8, targetLow);
        memory.u16(at + OPTIONS, OPTION_TARGET_MAC << 8 | 1);
        memory.u48(at + OPTIONS + 2, mac);
    }
}
