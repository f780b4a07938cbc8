package io.dunlin.vxlan.io.linux;

import io.dunlin.vxlan.packet.DropReason;
import io.dunlin.vxlan.packet.PacketBatch;

/**
 * Sends packets of a batch from one socket with as few and as large calls as the kernel takes: datagrams of one size to one peer, the
 * last of which may be shorter, become one message that the kernel or the network card cuts again (UDP_SEGMENT), and all messages one
 * sendmmsg(2). Nothing is copied: messages gather heads and payload from where they lie.
 *
 * <p>Belongs to one thread at a time; between {@link #begin} and {@link #flush} to one socket.
 */
final class DatagramSender {
    /** Datagrams in one message: what all kernels with UDP_SEGMENT take; since 6.9 it is 128. */
    private static final int MAX_SEGMENTS = 64;
    /** Bytes in one message: what fits one IPv4 packet. */
    private static final int MAX_BYTES = 65_507;

    /** A segment's head, and its payload. */
    private static final int PIECES_PER_DATAGRAM = 2;

    private static final int PIECES = 2048;

    private final CallState state = new CallState();
    private final MessageArray messages;

    /**
     * Whether the kernel still cuts. Where a device cannot complete checksums, old kernels refuse it at the first use. Written by the
     * thread that sends; others ask.
     */
    private volatile boolean segmenting;

    private int socket;

    // The messages so far; the last one may grow.
    private int count;
    private final int[] firstPiece = new int[MessageArray.CAPACITY + 1];
    private final int[] datagrams = new int[MessageArray.CAPACITY];
    /** Piece by piece, whose it is. */
    private final int[] packetOf = new int[PIECES];

    // Of the last one.
    private boolean mayGrow;
    private int size;
    private int bytes;

    /**
     * @param family of the sockets
     * @param port all datagrams go to
     * @param segmenting whether to use UDP_SEGMENT
     */
    DatagramSender(int family, int port, boolean segmenting) {
        this.messages = new MessageArray(family, port, PIECES);
        this.segmenting = segmenting;
    }

    boolean isSegmenting() {
        return segmenting;
    }

    /** From here on {@code socket} sends. */
    void begin(int socket) {
        this.socket = socket;
        reset();
    }

    private void reset() {
        count = 0;
        mayGrow = false;
        messages.pieces.clear();
    }

    /** Adds a packet, or all segments of one that is cut. What there is no room for any more is sent first. */
    void add(PacketBatch batch, int index) {
        if (!batch.isCut(index)) {
            addDatagram(batch, index, batch.length(index));
            addPiece(index, batch.address(index), batch.length(index));
            return;
        }
        long memory = batch.memory().address();
        int segments = batch.segments(index);
        if (mayGrow
                && (datagrams[count - 1] + segments > MAX_SEGMENTS || bytes + batch.totalLength(index) > MAX_BYTES)) {
            mayGrow = false; // what leaves in two messages arrives in two, and would become two super-packets there
        }
        if (batch.isSideBySide(index)) {
            for (int k = 0; k < segments; k++) {
                int length = batch.datagramLength(index, k);
                addDatagram(batch, index, length);
                extendPiece(index, memory + batch.datagram(index, k), length);
            }
            return;
        }
        int headBytes = batch.headLength(index);
        for (int k = 0; k < segments; k++) {
            int bodyBytes = batch.bodyLength(index, k);
            addDatagram(batch, index, headBytes + bodyBytes);
            addPiece(index, memory + batch.head(index, k), headBytes);
            addPiece(index, memory + batch.body(index, k), bodyBytes);
        }
    }

    private void addPiece(int index, long address, int length) {
        packetOf[messages.pieces.count()] = index;
        messages.pieces.add(address, length);
    }

    /** The kernel copies one long piece sooner than many short ones. */
    private void extendPiece(int index, long address, int length) {
        int last = messages.pieces.count() - 1;
        boolean isOwn = last >= firstPiece[count - 1] && packetOf[last] == index;
        if (!isOwn || !messages.pieces.extendLast(address, length)) {
            addPiece(index, address, length);
        }
    }

    /** Begins a message, or goes on with the last one, so that a datagram's pieces can be added. */
    private void addDatagram(PacketBatch batch, int index, int length) {
        if (!mayGrow || !fitsLast(batch, index, length)) {
            endLast();
            if (count == MessageArray.CAPACITY || messages.pieces.left() < PIECES_PER_DATAGRAM) {
                flush(batch);
            }
            messages.setPeer(count, batch.peerHigh(index), batch.peerLow(index), batch.peerPort(index));
            firstPiece[count] = messages.pieces.count();
            datagrams[count] = 0;
            count++;
            size = length;
            bytes = 0;
        }
        datagrams[count - 1]++;
        bytes += length;
        mayGrow = segmenting && length == size && length > 0;
    }

    private boolean fitsLast(PacketBatch batch, int index, int length) {
        int peerOf = packetOf[firstPiece[count - 1]];
        return length <= size
                && length > 0 // the kernel cuts no datagram of no bytes off a message
                && datagrams[count - 1] < MAX_SEGMENTS
                && bytes + length <= MAX_BYTES
                && messages.pieces.left() >= PIECES_PER_DATAGRAM
                && batch.peerLow(index) == batch.peerLow(peerOf)
                && batch.peerHigh(index) == batch.peerHigh(peerOf)
                && batch.peerPort(index) == batch.peerPort(peerOf);
    }

    /** All pieces of the last message are there. */
    private void endLast() {
        if (count > 0) {
            int last = count - 1;
            messages.setPieces(last, firstPiece[last], messages.pieces.count() - firstPiece[last]);
            messages.setSegmentSize(last, datagrams[last] > 1 ? size : 0);
            firstPiece[count] = messages.pieces.count();
        }
    }

    /**
     * Sends what was added. The kernel stops at the first message it does not take, and says why only when asked again from there on. A
     * full buffer is tried once more in each group: by then the device may have drained it; beyond that, dropping is what a congested
     * router does.
     */
    void flush(PacketBatch batch) {
        endLast();
        boolean triedAgain = false;
        int at = 0;
        while (at < count) {
            int sent = send(at, count - at);
            if (sent > 0) {
                at += sent;
            } else if (isFull(-sent) && !triedAgain) {
                triedAgain = true;
            } else {
                refused(batch, at, -sent);
                at++;
            }
        }
        reset();
    }

    /** @return messages the kernel took, or the negative of the errno */
    private int send(int message, int several) {
        int sent;
        do {
            sent = SocketCalls.sendmmsg(state, socket, messages.address(message), several, SocketCalls.MSG_DONTWAIT);
        } while (sent == -Errno.EINTR);
        return sent;
    }

    private void refused(PacketBatch batch, int message, int errno) {
        boolean mayBeCutting = errno == Errno.EIO || errno == Errno.EINVAL || errno == Errno.EMSGSIZE;
        if (datagrams[message] > 1 && mayBeCutting) {
            // EIO: the device completes no checksums, and the kernel (before 6.11) does not do it in its place.
            if (errno == Errno.EIO) {
                segmenting = false;
            }
            sendOneByOne(batch, message);
            return;
        }
        for (int piece = firstPiece[message]; piece < firstPiece[message + 1]; piece++) {
            batch.drop(packetOf[piece], dropReason(errno));
        }
    }

    /** Sends the datagrams of a message by themselves, so that it is known which of them the kernel does not take. */
    private void sendOneByOne(PacketBatch batch, int message) {
        messages.setSegmentSize(message, 0);
        int end = firstPiece[message + 1];
        int piece = firstPiece[message];
        while (piece < end) {
            int index = packetOf[piece];
            if (batch.isSideBySide(index)) {
                sendPieceOneByOne(batch, message, piece);
                piece++;
                continue;
            }
            int count = batch.isCut(index) ? PIECES_PER_DATAGRAM : 1;
            messages.setPieces(message, piece, count);
            dropIfRefused(batch, index, send(message, 1));
            piece += count;
        }
    }

    /** The same for datagrams that make up one piece. */
    private void sendPieceOneByOne(PacketBatch batch, int message, int piece) {
        long at = messages.pieces.base(piece);
        long end = at + messages.pieces.length(piece);
        int stride = batch.datagramLength(packetOf[piece], 0);
        messages.setPieces(message, piece, 1);
        while (at < end) {
            int length = (int) Math.min(stride, end - at);
            messages.pieces.set(piece, at, length);
            dropIfRefused(batch, packetOf[piece], send(message, 1));
            at += length;
        }
    }

    private static void dropIfRefused(PacketBatch batch, int index, int sent) {
        if (sent < 0) {
            batch.drop(index, dropReason(-sent));
        }
    }

    private static boolean isFull(int errno) {
        return errno == Errno.EAGAIN || errno == Errno.ENOBUFS;
    }

    private static DropReason dropReason(int errno) {
        return switch (errno) {
            case Errno.EAGAIN, Errno.ENOBUFS -> DropReason.UNDERLAY_FULL;
            case Errno.EMSGSIZE -> DropReason.UNDERLAY_TOO_BIG;
            case Errno.ENETUNREACH, Errno.EHOSTUNREACH, Errno.EADDRNOTAVAIL -> DropReason.UNDERLAY_UNREACHABLE;
            default -> DropReason.UNDERLAY_REFUSED;
        };
    }
}
