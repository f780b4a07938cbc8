package io.dunlin.testkit;

import java.nio.ByteBuffer;

/**
 * What an IP packet carries: a transport header with its payload. {@link Ipv4Packet} and {@link Ipv6Packet} complete its checksum, which
 * for most protocols covers addresses too.
 *
 * @param protocol its number (IANA)
 * @param bytes header and payload, the checksum field 0
 * @param checksumAt offset of the checksum field; negative if it has none
 * @param pseudoHeader whether the checksum covers the addresses
 */
@SuppressWarnings("ArrayRecordComponent") // a carrier of bytes inside tests; never compared
public record Transport(int protocol, byte[] bytes, int checksumAt, boolean pseudoHeader) {
    public static final int FIN = 0x01;
    public static final int SYN = 0x02;
    public static final int RST = 0x04;
    public static final int ACK = 0x10;

    /** UDP (RFC 768). */
    public static Transport udp(int source, int destination, byte[] payload) {
        var buffer = ByteBuffer.allocate(8 + payload.length);
        buffer.putShort((short) source).putShort((short) destination);
        buffer.putShort((short) (8 + payload.length)).putShort((short) 0).put(payload);
        return new Transport(17, buffer.array(), 6, true);
    }

    /**
     * TCP (RFC 9293 section 3.1).
     *
     * @param flags such as {@link #SYN}
     * @param options option bytes; padded with zeros to a multiple of four
     */
    public static Transport tcp(int source, int destination, int flags, byte[] options, byte[] payload) {
        int header = 20 + (options.length + 3) / 4 * 4;
        var buffer = ByteBuffer.allocate(header + payload.length);
        buffer.putShort((short) source).putShort((short) destination);
        buffer.putInt(1_000_000).putInt(2_000_000);
        buffer.put((byte) (header / 4 << 4)).put((byte) flags).putShort((short) 64_240);
        buffer.putShort((short) 0).putShort((short) 0);
        buffer.put(options).position(header).put(payload);
        return new Transport(6, buffer.array(), 16, true);
    }

    /** ICMP (RFC 792). */
    public static Transport icmp(int type, int code, int rest, byte[] payload) {
        return new Transport(1, icmpBytes(type, code, rest, payload), 2, false);
    }

    /** ICMPv6 (RFC 4443). */
    public static Transport icmpv6(int type, int code, int rest, byte[] payload) {
        return new Transport(58, icmpBytes(type, code, rest, payload), 2, true);
    }

    /** Any protocol, any bytes, no checksum. */
    public static Transport raw(int protocol, byte[] bytes) {
        return new Transport(protocol, bytes, -1, false);
    }

    private static byte[] icmpBytes(int type, int code, int rest, byte[] payload) {
        var buffer = ByteBuffer.allocate(8 + payload.length);
        buffer.put((byte) type)
                .put((byte) code)
                .putShort((short) 0)
                .putInt(rest)
                .put(payload);
        return buffer.array();
    }

    /** The same without a checksum of its own: for headers that are cut, or are to be wrong. */
    public Transport unchecked() {
        return new Transport(protocol, bytes, -1, false);
    }

    /** The same with one byte changed, before the checksum is taken. */
    public Transport with(int offset, int value) {
        byte[] changed = bytes.clone();
        changed[offset] = (byte) value;
        return new Transport(protocol, changed, checksumAt, pseudoHeader);
    }

    /** Only the first {@code length} bytes, as they are. */
    public Transport cutTo(int length) {
        return new Transport(protocol, java.util.Arrays.copyOf(bytes, length), -1, false);
    }

    /** Header and payload with the right checksum under this pseudo-header. */
    byte[] complete(byte[] pseudo) {
        byte[] complete = bytes.clone();
        if (checksumAt >= 0) {
            int checksum = pseudoHeader ? Checksum.of(pseudo, complete) : Checksum.of(complete);
            if (checksum == 0 && protocol == 17) {
                checksum = 0xffff; // RFC 768: a zero says that there is none
            }
            ByteBuffer.wrap(complete).putShort(checksumAt, (short) checksum);
        }
        return complete;
    }
}
