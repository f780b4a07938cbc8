package io.dunlin.gossip.netty;

import io.dunlin.gossip.transport.Transport.CallResult;
import io.dunlin.gossip.transport.TransportCounter;
import io.dunlin.gossip.wire.Bytes;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.concurrent.Future;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A stream that this member opens: one message goes, perhaps one comes back. Whatever ends it, the caller is told once. */
@SuppressWarnings("FutureReturnValueIgnored") // what fails shows in the channel's end, or in the listener
final class OutboundCall extends ChannelInboundHandlerAdapter {
    private final InetSocketAddress to;
    private final byte[] request;
    private final @Nullable MessageCollector reply;
    private final TransportCounters counters;
    private final Channel channel;
    private final Consumer<CallResult> done;
    private @Nullable Future<?> deadline;
    private boolean isDone;

    /**
     * @param reply gathers the answer; null if none is wanted
     * @param done told once
     */
    OutboundCall(
            InetSocketAddress to,
            byte[] request,
            @Nullable MessageCollector reply,
            TransportCounters counters,
            Channel channel,
            Consumer<CallResult> done) {
        this.to = to;
        this.request = request;
        this.reply = reply;
        this.counters = counters;
        this.channel = channel;
        this.done = done;
    }

    /** Connects and sends; the channel is registered. A name is looked up first. */
    void start(NameLookup names, long timeoutNanos) {
        if (isDone) {
            return;
        }
        deadline = channel.eventLoop().schedule(() -> fail("no answer in time"), timeoutNanos, TimeUnit.NANOSECONDS);
        if (to.isUnresolved()) {
            names.find(to, channel.eventLoop(), this::connect, failure -> fail("unknown host"));
        } else {
            connect(to);
        }
    }

    private void connect(InetSocketAddress resolved) {
        if (isDone) {
            return;
        }
        channel.connect(resolved).addListener(connected -> {
            if (connected.isSuccess()) {
                send();
            } else {
                fail("cannot connect: " + reason(connected.cause()));
            }
        });
    }

    private void send() {
        channel.writeAndFlush(Unpooled.wrappedBuffer(request)).addListener(written -> {
            if (!written.isSuccess()) {
                fail("cannot send: " + reason(written.cause()));
                return;
            }
            counters.add(TransportCounter.STREAM_BYTES_SENT, request.length);
            if (reply == null) {
                finish(new CallResult.Sent());
            }
        });
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object read) {
        var input = (ByteBuf) read;
        try {
            counters.add(TransportCounter.STREAM_BYTES_RECEIVED, input.readableBytes());
            if (!isDone && reply != null) {
                take(reply, input);
            }
        } finally {
            input.release();
        }
    }

    private void take(MessageCollector reply, ByteBuf input) {
        switch (reply.add(input)) {
            case INCOMPLETE -> {}
            case WHOLE -> finish(new CallResult.Reply(Bytes.wrap(reply.message())));
            case MALFORMED -> fail("its answer is no message");
            case TOO_LONG -> fail("its answer is longer than allowed");
            case NO_MEMORY -> fail("all streams together hold as much as allowed");
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        fail(
                reply == null || reply.length() == 0
                        ? "closed by the peer without an answer"
                        : "closed by the peer after " + reply.length() + " bytes of its answer");
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable failure) {
        fail("broken: " + reason(failure));
    }

    /** Ends it, if it has not ended yet. */
    void fail(String why) {
        if (!isDone) {
            counters.increment(TransportCounter.CALLS_FAILED);
            finish(new CallResult.Failed(why));
        }
    }

    private void finish(CallResult result) {
        isDone = true;
        if (deadline != null) {
            deadline.cancel(false);
        }
        if (reply != null) {
            reply.release();
        }
        channel.close();
        done.accept(result);
    }

    /** Netty puts the address, which is said already, behind the system's words; they are the cause's. */
    private static String reason(Throwable failure) {
        Throwable own = failure.getCause() == null ? failure : failure.getCause();
        String message = own.getMessage();
        return message == null ? own.getClass().getSimpleName() : message;
    }
}
