package io.dunlin.vxlan;

import io.dunlin.testkit.Checksum;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * An IPv4 or IPv6 packet with TCP or UDP as an array of bytes, read and written field by field as RFC 791, 8200, 9293 and 768 draw it. It
 * shares no code with the product, whose judge it is.
 */
final class SlowPacket {
    static final int TCP = 6;
    static final int UDP = 17;

    static final int FIN = 0x01;
    static final int PSH = 0x08;
    static final int CWR = 0x80;

    private SlowPacket() {}

    static int u8(byte[] packet, int at) {
        return packet[at] & 0xff;
    }

    static int u16(byte[] packet, int at) {
        return u8(packet, at) << 8 | u8(packet, at + 1);
    }

    static int i32(byte[] packet, int at) {
        return ByteBuffer.wrap(packet).getInt(at);
    }

    static void put8(byte[] packet, int at, int value) {
        packet[at] = (byte) value;
    }

    static void put16(byte[] packet, int at, int value) {
        ByteBuffer.wrap(packet).putShort(at, (short) value);
    }

    static void put32(byte[] packet, int at, int value) {
        ByteBuffer.wrap(packet).putInt(at, value);
    }

    static boolean isIpv4(byte[] packet) {
        return u8(packet, 0) >>> 4 == 4;
    }

    /** Whether it is an IPv4 packet whose identification means nothing (RFC 6864 section 4.1). */
    static boolean isAtomicIpv4(byte[] packet) {
        return isIpv4(packet) && (u16(packet, 6) & 0x7fff) == 0x4000;
    }

    static int protocol(byte[] packet) {
        return (int) transportAndProtocol(packet);
    }

    /** Offset of the transport header. */
    static int transport(byte[] packet) {
        return (int) (transportAndProtocol(packet) >>> 32);
    }

    private static long transportAndProtocol(byte[] packet) {
        if (isIpv4(packet)) {
            return (long) (u8(packet, 0) & 15) * 4 << 32 | u8(packet, 9);
        }
        int next = u8(packet, 6);
        int at = 40;
        while (next == 0 || next == 43 || next == 44 || next == 60) {
            int length = next == 44 ? 8 : 8 * (u8(packet, at + 1) + 1);
            next = u8(packet, at);
            at += length;
        }
        return (long) at << 32 | next;
    }

    /** What a packet must not overtake: those between the same addresses, and if it is whole, with the same protocol and ports. */
    static String flow(byte[] packet) {
        boolean ipv4 = isIpv4(packet);
        String addresses = HexFormat.of().formatHex(packet, ipv4 ? 12 : 8, ipv4 ? 20 : 40);
        int protocol = isFragment(packet) ? -1 : protocol(packet);
        boolean hasPorts = protocol == TCP || protocol == UDP;
        return addresses + " " + protocol + (hasPorts ? " " + i32(packet, transport(packet)) : "");
    }

    private static boolean isFragment(byte[] packet) {
        if (isIpv4(packet)) {
            return (u16(packet, 6) & 0x3fff) != 0;
        }
        int next = u8(packet, 6);
        for (int at = 40; next == 0 || next == 43 || next == 44 || next == 60; ) {
            if (next == 44 && (u16(packet, at + 2) & ~6) != 0) {
                return true;
            }
            int length = next == 44 ? 8 : 8 * (u8(packet, at + 1) + 1);
            next = u8(packet, at);
            at += length;
        }
        return false;
    }

    /** Offset of the payload; bytes of all headers. */
    static int payload(byte[] packet) {
        int transport = transport(packet);
        return transport + (protocol(packet) == TCP ? u8(packet, transport + 12) / 16 * 4 : 8);
    }

    /** Offset of TCP's flags. */
    static int flags(byte[] packet) {
        return transport(packet) + 13;
    }

    /** Offset of the transport checksum. */
    static int checksum(byte[] packet) {
        return transport(packet) + (protocol(packet) == TCP ? 16 : 6);
    }

    /** Sets the lengths of IP and UDP, and the checksum of IPv4, to what the array is. */
    static void fixLengths(byte[] packet) {
        if (isIpv4(packet)) {
            put16(packet, 2, packet.length);
            fixIpv4Checksum(packet);
        } else {
            put16(packet, 4, packet.length - 40);
        }
        if (protocol(packet) == UDP) {
            put16(packet, transport(packet) + 4, packet.length - transport(packet));
        }
    }

    static void fixIpv4Checksum(byte[] packet) {
        if (isIpv4(packet)) {
            put16(packet, 10, 0);
            put16(packet, 10, Checksum.of(Arrays.copyOf(packet, (u8(packet, 0) & 15) * 4)));
        }
    }

    /** Sets the transport checksum right: of UDP, 0xffff in place of 0 (RFC 768). */
    static void complete(byte[] packet) {
        put16(packet, checksum(packet), 0);
        int checksum = Checksum.of(pseudoHeader(packet), segment(packet));
        put16(packet, checksum(packet), checksum == 0 && protocol(packet) == UDP ? 0xffff : checksum);
    }

    /** Sets the transport checksum to the sum of the pseudo-header, as a kernel does that leaves the rest to its device. */
    static void makePartial(byte[] packet) {
        put16(packet, checksum(packet), ~Checksum.of(pseudoHeader(packet)));
    }

    static boolean isChecksumRight(byte[] packet) {
        return Checksum.isRight(pseudoHeader(packet), segment(packet));
    }

    private static byte[] segment(byte[] packet) {
        return Arrays.copyOfRange(packet, transport(packet), packet.length);
    }

    private static byte[] pseudoHeader(byte[] packet) {
        int length = packet.length - transport(packet);
        var pseudo = ByteBuffer.allocate(40);
        pseudo.put(packet, isIpv4(packet) ? 12 : 8, isIpv4(packet) ? 8 : 32);
        return pseudo.putInt(length).putInt(protocol(packet)).array();
    }
}
