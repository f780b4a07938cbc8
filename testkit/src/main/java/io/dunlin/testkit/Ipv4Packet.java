package io.dunlin.testkit;

import io.dunlin.vxlan.wire.IpAddress;
import java.nio.ByteBuffer;

/**
 * Builds an IPv4 packet (RFC 791 section 3.1). All fields are right unless a method says otherwise; each method changes this builder and
 * returns it.
 *
 * <pre>{@code byte[] ping = Ipv4Packet.of("10.0.0.2", "10.0.0.3").carrying(Transport.icmp(8, 0, 1, new byte[56])).bytes();}</pre>
 */
public final class Ipv4Packet {
    private final byte[] source;
    private final byte[] destination;
    private Transport transport = Transport.raw(253, new byte[0]); // RFC 3692: for experiments
    private byte[] options = new byte[0];
    private int version = 4;
    private int headerWords = -1;
    private int totalLength = -1;
    private int flagsAndOffset = 0x4000;
    private int ttl = 64;
    private int checksum = -1;

    private Ipv4Packet(byte[] source, byte[] destination) {
        this.source = source;
        this.destination = destination;
    }

    public static Ipv4Packet of(String source, String destination) {
        return new Ipv4Packet(bytesOf(source), bytesOf(destination));
    }

    private static byte[] bytesOf(String address) {
        return ByteBuffer.allocate(4).putInt(IpAddress.parse(address).lowInt()).array();
    }

    public Ipv4Packet carrying(Transport transport) {
        this.transport = transport;
        return this;
    }

    /** Options, padded with zeros to a multiple of four bytes. */
    public Ipv4Packet options(int... bytes) {
        options = Frames.bytes(bytes);
        return this;
    }

    /** The three flags and the offset in units of eight bytes; "don't fragment" (0x4000) unless set. */
    public Ipv4Packet flagsAndOffset(int value) {
        flagsAndOffset = value;
        return this;
    }

    public Ipv4Packet ttl(int value) {
        ttl = value;
        return this;
    }

    /** Claims another version. */
    public Ipv4Packet version(int value) {
        version = value;
        return this;
    }

    /** Claims another header length, in words of four bytes. */
    public Ipv4Packet headerWords(int value) {
        headerWords = value;
        return this;
    }

    /** Claims another total length. */
    public Ipv4Packet totalLength(int value) {
        totalLength = value;
        return this;
    }

    /** Claims another header checksum. */
    public Ipv4Packet checksum(int value) {
        checksum = value;
        return this;
    }

    public byte[] bytes() {
        int header = 20 + (options.length + 3) / 4 * 4;
        var pseudo = ByteBuffer.allocate(12).put(source).put(destination);
        pseudo.put((byte) 0).put((byte) transport.protocol()).putShort((short) transport.bytes().length);
        byte[] payload = transport.complete(pseudo.array());
        int total = totalLength >= 0 ? totalLength : header + payload.length;
        var packet = ByteBuffer.allocate(header + payload.length);
        packet.put((byte) (version << 4 | (headerWords >= 0 ? headerWords : header / 4) & 15));
        packet.put((byte) 0).putShort((short) total);
        packet.putShort((short) 0x1234).putShort((short) flagsAndOffset);
        packet.put((byte) ttl).put((byte) transport.protocol()).putShort((short) 0);
        packet.put(source).put(destination).put(options);
        byte[] headerBytes = java.util.Arrays.copyOf(packet.array(), header);
        packet.putShort(10, (short) (checksum >= 0 ? checksum : Checksum.of(headerBytes)));
        packet.position(header).put(payload);
        return packet.array();
    }
}
