package io.dunlin.testkit;

import io.dunlin.vxlan.wire.IpAddress;
import java.nio.ByteBuffer;

/** Builds what lies around and beside IP packets on an overlay: VXLAN, Ethernet, ARP, neighbour discovery. */
public final class Frames {
    public static final int IPV4 = 0x0800;
    public static final int IPV6 = 0x86dd;
    public static final int ARP = 0x0806;
    public static final long BROADCAST = 0xffff_ffff_ffffL;

    private Frames() {}

    /** Bytes from the numbers a reader knows them by, 0 to 255. */
    public static byte[] bytes(int... values) {
        var bytes = new byte[values.length];
        for (int i = 0; i < values.length; i++) {
            bytes[i] = (byte) values[i];
        }
        return bytes;
    }

    /** {@code length} bytes that differ from their neighbours, the same ones each time. */
    public static byte[] payload(int length) {
        var bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            bytes[i] = (byte) (i * 31 + (i >>> 8));
        }
        return bytes;
    }

    public static byte[] concat(byte[]... parts) {
        int length = 0;
        for (byte[] part : parts) {
            length += part.length;
        }
        var whole = ByteBuffer.allocate(length);
        for (byte[] part : parts) {
            whole.put(part);
        }
        return whole.array();
    }

    /** The MAC that Dunlin gives the endpoint with that address: 02:42 and the address's last four bytes. */
    public static long macOf(String address) {
        return 0x0242_0000_0000L | IpAddress.parse(address).low() & 0xffff_ffffL;
    }

    /** An Ethernet II frame (RFC 894), without padding. */
    public static byte[] ethernet(long destination, long source, int type, byte[] payload) {
        var frame = ByteBuffer.allocate(14 + payload.length);
        putMac(frame, destination);
        putMac(frame, source);
        return frame.putShort((short) type).put(payload).array();
    }

    /** An Ethernet frame around an IP packet, whose version tells the EtherType. */
    public static byte[] ethernet(long destination, long source, byte[] packet) {
        return ethernet(destination, source, packet[0] >>> 4 == 4 ? IPV4 : IPV6, packet);
    }

    /** A VXLAN datagram's payload (RFC 7348 section 5): flags 0x08, reserved bits 0. */
    public static byte[] vxlan(int vni, byte[] frame) {
        return vxlan(0x0800_0000, vni << 8, frame);
    }

    /** A VXLAN header of any two words. */
    public static byte[] vxlan(int firstWord, int secondWord, byte[] frame) {
        return ByteBuffer.allocate(8 + frame.length)
                .putInt(firstWord)
                .putInt(secondWord)
                .put(frame)
                .array();
    }

    /** An ARP message (RFC 826) for IPv4 over Ethernet. */
    public static byte[] arp(int operation, long senderMac, String sender, long targetMac, String target) {
        var message = ByteBuffer.allocate(28);
        message.putShort((short) 1)
                .putShort((short) 0x0800)
                .put((byte) 6)
                .put((byte) 4)
                .putShort((short) operation);
        putMac(message, senderMac);
        message.putInt(IpAddress.parse(sender).lowInt());
        putMac(message, targetMac);
        return message.putInt(IpAddress.parse(target).lowInt()).array();
    }

    /** A neighbour solicitation's ICMPv6 message (RFC 4861 section 4.3) with any option bytes. */
    public static Transport solicitation(String target, byte[] options) {
        return neighbour(135, 0, target, options);
    }

    /** A neighbour advertisement's ICMPv6 message (RFC 4861 section 4.4) with the target's MAC. */
    public static Transport advertisement(int flags, String target, long mac) {
        return neighbour(136, flags, target, macOption(2, mac));
    }

    /** A link-layer address option (RFC 4861 section 4.6.1): type 1 names the source's, 2 the target's. */
    public static byte[] macOption(int type, long mac) {
        var option = ByteBuffer.allocate(8).put((byte) type).put((byte) 1);
        putMac(option, mac);
        return option.array();
    }

    private static Transport neighbour(int type, int flags, String target, byte[] options) {
        IpAddress address = IpAddress.parse(target);
        var body = ByteBuffer.allocate(16 + options.length);
        body.putLong(address.high()).putLong(address.low()).put(options);
        return Transport.icmpv6(type, 0, flags, body.array());
    }

    private static void putMac(ByteBuffer buffer, long mac) {
        buffer.putShort((short) (mac >>> 32)).putInt((int) mac);
    }
}
