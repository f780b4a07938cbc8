package io.dunlin.vxlan.io.linux;

import io.dunlin.vxlan.packet.PacketBatch;
import io.dunlin.vxlan.wire.Memory;

/**
 * What sendmmsg(2) and recvmmsg(2) work on: {@value #CAPACITY} structures mmsghdr, each with a socket address and room for one control
 * message of its own. Those pointers are laid out once. Belongs to one thread at a time.
 *
 * <pre>
 * struct mmsghdr, 64-bit   0 msg_name      8 msg_namelen (int)   16 msg_iov     24 msg_iovlen
 *                         32 msg_control  40 msg_controllen      48 msg_flags (int)          56 msg_len (int)
 * struct cmsghdr           0 cmsg_len      8 cmsg_level (int)    12 cmsg_type (int)          16 data
 * </pre>
 */
final class MessageArray {
    /** Messages per call: beyond some dozens the cost of the call itself is spread thin enough. */
    static final int CAPACITY = 64;

    private static final int HEADER_SIZE = 64;
    private static final int NAME = 0;
    private static final int NAME_LENGTH = 8;
    private static final int IOVEC = 16;
    private static final int IOVEC_COUNT = 24;
    private static final int CONTROL = 32;
    private static final int CONTROL_LENGTH = 40;
    private static final int FLAGS = 48;
    private static final int LENGTH = 56;

    private static final int CMSG_LENGTH = 0;
    private static final int CMSG_LEVEL = 8;
    private static final int CMSG_TYPE = 12;
    private static final int CMSG_DATA = 16;
    /** One control message with up to 8 bytes of data. */
    private static final int CONTROL_ROOM = 24;

    private static final int NAMES = CAPACITY * HEADER_SIZE;
    private static final int CONTROLS = NAMES + CAPACITY * Sockaddr.ROOM;

    private final Memory memory = Memory.allocate(CONTROLS + CAPACITY * CONTROL_ROOM);
    private final int family;
    private final int port;

    /** Messages that are prepared for receiving, from the first on, and for what room. */
    private int ready;

    private long readyAddress;
    private int readyRoom;

    /** What the messages gather from or scatter to. */
    final IovecArray pieces;

    /**
     * @param family of all the socket addresses
     * @param port in all of them, unless {@link #setPeer} names another
     * @param pieces room for iovecs
     */
    MessageArray(int family, int port, int pieces) {
        this.family = family;
        this.port = port;
        this.pieces = new IovecArray(pieces);
        for (int i = 0; i < CAPACITY; i++) {
            int header = i * HEADER_SIZE;
            memory.hostI64(header + NAME, memory.address() + name(i));
            memory.hostI32(header + NAME_LENGTH, Sockaddr.length(family));
            memory.hostI64(header + CONTROL, memory.address() + control(i));
            Sockaddr.put(memory, name(i), family, port);
        }
    }

    /** Address of the {@code index}-th header, for the call. */
    long address(int index) {
        return memory.address() + (long) index * HEADER_SIZE;
    }

    /** Which of the {@link #pieces} are message {@code index}'s. */
    void setPieces(int index, int from, int count) {
        memory.hostI64(index * HEADER_SIZE + IOVEC, pieces.address(from));
        memory.hostI64(index * HEADER_SIZE + IOVEC_COUNT, count);
    }

    /** To whom message {@code index} goes; to the usual port with 0. */
    void setPeer(int index, long high, long low, int otherPort) {
        Sockaddr.put(memory, name(index), family, otherPort == 0 ? port : otherPort);
        Sockaddr.putAddress(memory, name(index), family, high, low);
    }

    /** Says whether message {@code index} is cut into datagrams of {@code bytes} each (UDP_SEGMENT), or is one, with 0. */
    void setSegmentSize(int index, int bytes) {
        int header = index * HEADER_SIZE;
        if (bytes == 0) {
            memory.hostI64(header + CONTROL_LENGTH, 0);
            return;
        }
        int control = control(index);
        memory.hostI64(control + CMSG_LENGTH, CMSG_DATA + Short.BYTES);
        memory.hostI32(control + CMSG_LEVEL, SocketCalls.IPPROTO_UDP);
        memory.hostI32(control + CMSG_TYPE, SocketCalls.UDP_SEGMENT);
        memory.hostU16(control + CMSG_DATA, bytes);
        memory.hostI64(header + CONTROL_LENGTH, CONTROL_ROOM);
    }

    /**
     * Prepares the first {@code messages} for receiving, each into a slot of {@code batch} from {@code slot} on. Most often they are: what
     * is done here for each message at each call is done for nothing, and costs the compiler a second of a node's first five.
     */
    void setReceiving(PacketBatch batch, int slot, int messages) {
        long address = batch.memory().address() + batch.slotStart(slot);
        if (address != readyAddress || batch.room() != readyRoom) {
            readyAddress = address;
            readyRoom = batch.room();
            ready = 0;
        }
        while (ready < messages) {
            pieces.set(ready, batch.memory().address() + batch.slotStart(slot + ready), batch.room());
            setPieces(ready, ready, 1);
            setReceivingAgain(ready++);
        }
    }

    /** Once all is read of what was received into message {@code index}: recvmmsg has written over its lengths. */
    void setReceivingAgain(int index) {
        int header = index * HEADER_SIZE;
        memory.hostI32(header + NAME_LENGTH, Sockaddr.length(family));
        memory.hostI64(header + CONTROL_LENGTH, CONTROL_ROOM);
    }

    long peerHigh(int index) {
        return Sockaddr.high(memory, name(index), family);
    }

    long peerLow(int index) {
        return Sockaddr.low(memory, name(index), family);
    }

    /** Bytes received into message {@code index}, at most those there was room for. */
    int received(int index) {
        return memory.hostI32(index * HEADER_SIZE + LENGTH);
    }

    /** Bytes of each datagram that the kernel has joined to message {@code index} (UDP_GRO); 0 if it has joined none. */
    int receivedSegmentSize(int index) {
        int control = control(index);
        boolean present = memory.hostI64(index * HEADER_SIZE + CONTROL_LENGTH) >= CMSG_DATA + Integer.BYTES
                && memory.hostI32(control + CMSG_LEVEL) == SocketCalls.IPPROTO_UDP
                && memory.hostI32(control + CMSG_TYPE) == SocketCalls.UDP_GRO;
        return present ? memory.hostI32(control + CMSG_DATA) : 0;
    }

    /** Whether message {@code index} was larger than its room. */
    boolean isTruncated(int index) {
        return (memory.hostI32(index * HEADER_SIZE + FLAGS) & SocketCalls.MSG_TRUNC) != 0;
    }

    private static int name(int index) {
        return NAMES + index * Sockaddr.ROOM;
    }

    private static int control(int index) {
        return CONTROLS + index * CONTROL_ROOM;
    }
}
