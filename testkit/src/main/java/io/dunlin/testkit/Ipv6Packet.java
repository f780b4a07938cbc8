package io.dunlin.testkit;

import io.dunlin.vxlan.wire.IpAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * Builds an IPv6 packet (RFC 8200 section 3), with extension headers. All fields are right unless a method says otherwise; each method
 * changes this builder and returns it.
 */
public final class Ipv6Packet {
    /** Header types (RFC 8200 section 4). */
    public static final int HOP_BY_HOP = 0;

    public static final int ROUTING = 43;
    public static final int FRAGMENT = 44;
    public static final int DESTINATION_OPTIONS = 60;
    public static final int NO_NEXT_HEADER = 59;

    private record Extension(
            int type,
            @SuppressWarnings("ArrayRecordComponent") byte[] bytes) {}

    private final IpAddress source;
    private final IpAddress destination;
    private final List<Extension> extensions = new ArrayList<>();
    private Transport transport = Transport.raw(NO_NEXT_HEADER, new byte[0]);
    private int version = 6;
    private int payloadLength = -1;
    private int hopLimit = 64;

    private Ipv6Packet(IpAddress source, IpAddress destination) {
        this.source = source;
        this.destination = destination;
    }

    public static Ipv6Packet of(String source, String destination) {
        return new Ipv6Packet(IpAddress.parse(source), IpAddress.parse(destination));
    }

    /** Between addresses that have no spelling of their own, such as IPv4-mapped ones. */
    public static Ipv6Packet of(IpAddress source, IpAddress destination) {
        return new Ipv6Packet(source, destination);
    }

    public Ipv6Packet carrying(Transport transport) {
        this.transport = transport;
        return this;
    }

    /**
     * Adds an extension header behind those there are. Its first byte, the next header's type, is filled in.
     *
     * @param bytes all but the first: the length in units of eight less one, and so on
     */
    public Ipv6Packet extension(int type, int... bytes) {
        extensions.add(new Extension(type, Frames.bytes(bytes)));
        return this;
    }

    /** Adds an extension header of options without content, of {@code 8 * (units + 1)} bytes. */
    public Ipv6Packet options(int type, int units) {
        var bytes = new int[8 * (units + 1) - 1];
        bytes[0] = units;
        return extension(type, bytes);
    }

    /**
     * Adds a fragment header.
     *
     * @param offset in bytes, a multiple of eight
     */
    public Ipv6Packet fragment(int offset, boolean more) {
        return extension(FRAGMENT, 0, offset >> 8 & 0xff, offset & 0xf8 | (more ? 1 : 0), 0, 0, 0x12, 0x34);
    }

    public Ipv6Packet hopLimit(int value) {
        hopLimit = value;
        return this;
    }

    /** Claims another version. */
    public Ipv6Packet version(int value) {
        version = value;
        return this;
    }

    /** Claims another payload length. */
    public Ipv6Packet payloadLength(int value) {
        payloadLength = value;
        return this;
    }

    public byte[] bytes() {
        var pseudo = ByteBuffer.allocate(40);
        put(pseudo, source);
        put(pseudo, destination);
        pseudo.putInt(transport.bytes().length).putInt(transport.protocol());
        byte[] payload = transport.complete(pseudo.array());
        int length = payload.length;
        for (Extension extension : extensions) {
            length += 1 + extension.bytes.length;
        }
        var packet = ByteBuffer.allocate(40 + length);
        packet.putInt(version << 28).putShort((short) (payloadLength >= 0 ? payloadLength : length));
        packet.put((byte) typeAt(0)).put((byte) hopLimit);
        put(packet, source);
        put(packet, destination);
        for (int i = 0; i < extensions.size(); i++) {
            packet.put((byte) typeAt(i + 1)).put(extensions.get(i).bytes);
        }
        return packet.put(payload).array();
    }

    private int typeAt(int index) {
        return index < extensions.size() ? extensions.get(index).type : transport.protocol();
    }

    private static void put(ByteBuffer buffer, IpAddress address) {
        buffer.putLong(address.high()).putLong(address.low());
    }
}
