package io.dunlin.vxlan.io.linux;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * What sendmmsg(2) and recvmmsg(2) work on: {@value #CAPACITY} structures mmsghdr, each pointing to an iovec and a socket address of its
 * own. The pointers are laid out once; a datagram only sets where its bytes are. Belongs to one thread at a time.
 *
 * <pre>
 * struct mmsghdr, 64-bit   0 msg_name      8 msg_namelen (int)   16 msg_iov     24 msg_iovlen
 *                         32 msg_control  40 msg_controllen      48 msg_flags (int)          56 msg_len (int)
 * struct iovec             0 iov_base      8 iov_len
 * </pre>
 */
final class MessageArray implements AutoCloseable {
    /** Datagrams per call: beyond some dozens the cost of the call itself is spread thin enough. */
    static final int CAPACITY = 64;

    private static final int HEADER_SIZE = 64;
    private static final int NAME = 0;
    private static final int NAME_LENGTH = 8;
    private static final int IOVEC = 16;
    private static final int IOVEC_COUNT = 24;
    private static final int FLAGS = 48;
    private static final int LENGTH = 56;

    private static final int IOVEC_SIZE = 16;
    private static final int IOVEC_BASE = 0;
    private static final int IOVEC_LENGTH = 8;

    private static final int IOVECS = CAPACITY * HEADER_SIZE;
    private static final int NAMES = IOVECS + CAPACITY * IOVEC_SIZE;

    private final Arena arena = Arena.ofShared(); // built by one thread, used by the worker
    private final MemorySegment memory = arena.allocate(NAMES + CAPACITY * Sockaddr.ROOM, 64);
    private final int family;

    /**
     * @param family of all the socket addresses
     * @param port in all of them
     */
    MessageArray(int family, int port) {
        this.family = family;
        for (int i = 0; i < CAPACITY; i++) {
            int header = i * HEADER_SIZE;
            memory.set(JAVA_LONG, header + NAME, memory.address() + name(i));
            memory.set(JAVA_INT, header + NAME_LENGTH, Sockaddr.length(family));
            memory.set(JAVA_LONG, header + IOVEC, memory.address() + iovec(i));
            memory.set(JAVA_LONG, header + IOVEC_COUNT, 1);
            Sockaddr.put(memory, name(i), family, port);
        }
    }

    /** Address of the {@code index}-th header, for the call. */
    long address(int index) {
        return memory.address() + (long) index * HEADER_SIZE;
    }

    /** Where the bytes of datagram {@code index} are, or are to go. */
    void setData(int index, long address, int bytes) {
        memory.set(JAVA_LONG, iovec(index) + IOVEC_BASE, address);
        memory.set(JAVA_LONG, iovec(index) + IOVEC_LENGTH, bytes);
    }

    /** To whom datagram {@code index} goes. */
    void setPeer(int index, long high, long low) {
        Sockaddr.putAddress(memory, name(index), family, high, low);
    }

    /** Says again how much room there is for the sender's address: recvmmsg has written over it. */
    void resetPeer(int index) {
        memory.set(JAVA_INT, index * HEADER_SIZE + NAME_LENGTH, Sockaddr.length(family));
    }

    long peerHigh(int index) {
        return Sockaddr.high(memory, name(index), family);
    }

    long peerLow(int index) {
        return Sockaddr.low(memory, name(index), family);
    }

    /** Bytes received into datagram {@code index}, at most those there was room for. */
    int received(int index) {
        return memory.get(JAVA_INT, index * HEADER_SIZE + LENGTH);
    }

    /** Whether datagram {@code index} was larger than its room. */
    boolean isTruncated(int index) {
        return (memory.get(JAVA_INT, index * HEADER_SIZE + FLAGS) & SocketCalls.MSG_TRUNC) != 0;
    }

    private static int iovec(int index) {
        return IOVECS + index * IOVEC_SIZE;
    }

    private static int name(int index) {
        return NAMES + index * Sockaddr.ROOM;
    }

    @Override
    public void close() {
        arena.close();
    }
}
