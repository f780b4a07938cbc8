package io.dunlin.vxlan.io.linux;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.dunlin.vxlan.wire.IpAddress;
import java.nio.ByteBuffer;

/**
 * Writes one rtnetlink request, in host byte order and 4-byte steps (netlink(7), rtnetlink(7)).
 *
 * <pre>
 * nlmsghdr   0 length (4)   4 type (2)   6 flags (2)   8 sequence (4)   12 port id (4)
 * then       a fixed header per kind of request, then attributes
 * rtattr     0 length (2)   2 type (2)   4 value
 * </pre>
 */
final class NetlinkRequest {
    static final int HEADER_SIZE = 16;

    // Types
    static final short RTM_NEWLINK = 16;
    static final short RTM_GETLINK = 18;
    static final short RTM_NEWADDR = 20;
    static final short RTM_NEWROUTE = 24;
    static final short RTM_GETROUTE = 26;

    // Flags
    static final short NLM_F_REQUEST = 0x1;
    static final short NLM_F_ACK = 0x4;
    static final short NLM_F_EXCL = 0x200;
    static final short NLM_F_CREATE = 0x400;

    private static final int LENGTH = 0;
    private static final int SEQUENCE = 8;

    private final ByteBuffer buffer;

    /** @param buffer the request's only home; more than it holds is a BufferOverflowException, a bug of the caller */
    NetlinkRequest(ByteBuffer buffer) {
        this.buffer = buffer;
    }

    /** Begins a request. An acknowledgement is always asked for. */
    NetlinkRequest begin(short type, int flags) {
        buffer.clear()
                .putInt(0)
                .putShort(type)
                .putShort((short) (NLM_F_REQUEST | NLM_F_ACK | flags))
                .putInt(0)
                .putInt(0);
        return this;
    }

    /**
     * {@code struct ifinfomsg}: family (1), padding (1), type (2), index (4), flags (4), change (4).
     *
     * @param change mask of the flags that are meant
     */
    NetlinkRequest link(int index, int flags, int change) {
        buffer.putInt(0).putInt(index).putInt(flags).putInt(change);
        return this;
    }

    /** {@code struct ifaddrmsg}: family (1), prefix length (1), flags (1), scope (1), index (4). */
    NetlinkRequest address(int family, int prefixLength, int index) {
        buffer.put((byte) family).put((byte) prefixLength).putShort((short) 0).putInt(index);
        return this;
    }

    /**
     * {@code struct rtmsg}: family (1), destination's prefix length (1), source's (1), TOS (1), table (1), protocol (1), scope (1), type
     * (1), flags (4).
     */
    NetlinkRequest route(int family, int prefixLength, int table, int protocol, int scope, int type) {
        buffer.put((byte) family).put((byte) prefixLength).putShort((short) 0);
        buffer.put((byte) table).put((byte) protocol).put((byte) scope).put((byte) type);
        buffer.putInt(0);
        return this;
    }

    NetlinkRequest attribute(int type, byte value) {
        attributeHeader(type, 1);
        buffer.put(value);
        return pad();
    }

    NetlinkRequest attribute(int type, int value) {
        attributeHeader(type, 4);
        buffer.putInt(value);
        return this;
    }

    NetlinkRequest attribute(int type, String value) {
        byte[] bytes = value.getBytes(UTF_8);
        attributeHeader(type, bytes.length + 1);
        buffer.put(bytes).put((byte) 0);
        return pad();
    }

    NetlinkRequest attribute(int type, IpAddress value) {
        byte[] bytes = value.toInetAddress().getAddress();
        attributeHeader(type, bytes.length);
        buffer.put(bytes);
        return this;
    }

    /** Begins an attribute that holds attributes; to be given to {@link #endNested}. */
    int beginNested(int type) {
        int at = buffer.position();
        attributeHeader(type, 0);
        return at;
    }

    NetlinkRequest endNested(int at) {
        buffer.putShort(at, (short) (buffer.position() - at));
        return this;
    }

    /** Completes the request. @return its bytes */
    int end(int sequence) {
        int length = buffer.position();
        buffer.putInt(LENGTH, length).putInt(SEQUENCE, sequence);
        return length;
    }

    private void attributeHeader(int type, int bytes) {
        buffer.putShort((short) (4 + bytes)).putShort((short) type);
    }

    private NetlinkRequest pad() {
        while (buffer.position() % 4 != 0) {
            buffer.put((byte) 0);
        }
        return this;
    }
}
