package io.dunlin.vxlan.io.linux;

import static io.dunlin.vxlan.io.linux.LinuxException.check;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/**
 * A NETLINK_ROUTE socket: one request, then its acknowledgement. It speaks to the network namespace of the thread that opened it, and is
 * that thread's alone.
 *
 * <p>rtnetlink handles a request before send(2) returns, so its answers are there when we look: waiting is an error, not a state.
 */
final class NetlinkSocket implements AutoCloseable {
    private static final int NETLINK_ROUTE = 0;

    private static final short NLMSG_ERROR = 2;
    private static final short NLM_F_CAPPED = 0x100;
    private static final short NLM_F_ACK_TLVS = 0x200;
    private static final int NLMSGERR_ATTR_MSG = 1;
    private static final int INDEX_IN_LINK = 4;
    private static final int TYPE_IN_ROUTE = 7;

    /** Our requests are some hundred bytes. */
    private static final int REQUEST_LIMIT = 1024;
    /** A link's description is 1 to 3 KB (the kernel's own limit for one message: 32 KB). */
    private static final int ANSWER_LIMIT = 32 << 10;
    /** Datagrams looked through for an acknowledgement: it is in the first or the second. */
    private static final int ANSWERS = 8;

    private final Arena arena = Arena.ofConfined();
    private final CallState state = new CallState();
    private final MemorySegment requestMemory = arena.allocate(REQUEST_LIMIT, 8);
    private final MemorySegment answerMemory = arena.allocate(ANSWER_LIMIT, 8);
    private final ByteBuffer answers = answerMemory.asByteBuffer().order(ByteOrder.nativeOrder());
    private final NetlinkRequest request =
            new NetlinkRequest(requestMemory.asByteBuffer().order(ByteOrder.nativeOrder()));
    private final int socket;
    private int sequence;

    private NetlinkSocket(int socket) {
        this.socket = socket;
        // For messages only; kernels before 4.12 have neither.
        SocketCalls.setsockopt(state, socket, SocketCalls.SOL_NETLINK, SocketCalls.NETLINK_CAP_ACK, 1);
        SocketCalls.setsockopt(state, socket, SocketCalls.SOL_NETLINK, SocketCalls.NETLINK_EXT_ACK, 1);
    }

    static NetlinkSocket open() throws LinuxException {
        int type = SocketCalls.SOCK_RAW | SocketCalls.SOCK_CLOEXEC;
        int socket = SocketCalls.socket(new CallState(), SocketCalls.AF_NETLINK, type, NETLINK_ROUTE);
        return new NetlinkSocket(check(socket, "socket", "netlink"));
    }

    /** The one request there is; it is written anew for each {@link #exchange}. */
    NetlinkRequest request() {
        return request;
    }

    /**
     * Sends the request and waits for the kernel's word on it.
     *
     * @param what was asked, and of which object: for the message
     * @return of what was described: an interface's index, a route's type; 0 if nothing was
     * @throws LinuxException the kernel refused
     */
    int exchange(String what, String object) throws LinuxException {
        sequence++;
        int length = request.end(sequence);
        check(SocketCalls.send(state, socket, requestMemory.address(), length, 0), what, object);
        int described = 0;
        for (int i = 0; i < ANSWERS; i++) {
            answers.clear()
                    .limit(check(
                            SocketCalls.recv(
                                    state, socket, answerMemory.address(), ANSWER_LIMIT, SocketCalls.MSG_DONTWAIT),
                            what,
                            object));
            while (answers.remaining() >= NetlinkRequest.HEADER_SIZE) {
                int start = answers.position();
                int messageLength = answers.getInt();
                short type = answers.getShort();
                short flags = answers.getShort();
                int answered = answers.getInt();
                int end = start + messageLength;
                if (messageLength < NetlinkRequest.HEADER_SIZE || end > answers.limit()) {
                    throw new LinuxException(what, object, Errno.EPROTO);
                }
                if (answered != sequence) {
                    answers.position(end); // of a request that was given up
                } else if (type == NLMSG_ERROR && messageLength >= NetlinkRequest.HEADER_SIZE + 4) {
                    int error = answers.getInt(start + NetlinkRequest.HEADER_SIZE);
                    if (error == 0) {
                        return described;
                    }
                    throw new LinuxException(what, object, -error, detail(start, end, flags));
                } else if (type == NetlinkRequest.RTM_NEWLINK && messageLength >= NetlinkRequest.HEADER_SIZE + 16) {
                    described = answers.getInt(start + NetlinkRequest.HEADER_SIZE + INDEX_IN_LINK);
                } else if (type == NetlinkRequest.RTM_NEWROUTE && messageLength >= NetlinkRequest.HEADER_SIZE + 12) {
                    described = answers.get(start + NetlinkRequest.HEADER_SIZE + TYPE_IN_ROUTE);
                }
                answers.position(Math.min(end + 3 & ~3, answers.limit()));
            }
        }
        throw new LinuxException(what, object, Errno.EPROTO);
    }

    /** What the kernel says in words (extended acknowledgement): attributes behind the error and the request's header. */
    private @Nullable String detail(int start, int end, short flags) {
        if ((flags & NLM_F_ACK_TLVS) == 0) {
            return null;
        }
        int echoed = start + NetlinkRequest.HEADER_SIZE + 4;
        if (echoed + NetlinkRequest.HEADER_SIZE > end) {
            return null;
        }
        int at = echoed + ((flags & NLM_F_CAPPED) != 0 ? NetlinkRequest.HEADER_SIZE : answers.getInt(echoed) + 3 & ~3);
        while (at >= echoed && at + 4 <= end) {
            int bytes = Short.toUnsignedInt(answers.getShort(at));
            if (bytes < 4 || at + bytes > end) {
                return null;
            }
            if (answers.getShort(at + 2) == NLMSGERR_ATTR_MSG) {
                var text = new byte[Math.max(0, bytes - 5)]; // without its closing zero
                answers.get(at + 4, text);
                return new String(text, UTF_8);
            }
            at += bytes + 3 & ~3;
        }
        return null;
    }

    @Override
    public void close() {
        FileCalls.close(socket);
        arena.close();
    }
}
