package io.dunlin.gossip.netty;

import io.dunlin.gossip.transport.Transport.Receiver;
import io.dunlin.gossip.transport.TransportCounter;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A stream that a peer opened: one message comes, perhaps one goes back, and it is closed. All of that has to happen before a deadline,
 * which no byte puts off.
 */
@SuppressWarnings("FutureReturnValueIgnored") // what fails shows in the channel's end, or in the listener
final class InboundStream extends ChannelInboundHandlerAdapter {
    private final Receiver receiver;
    private final MessageCollector collector;
    private final StreamBudget budget;
    private final TransportCounters counters;
    private final Faults faults;
    private final long timeoutNanos;
    private @Nullable Future<?> deadline;
    private boolean isWhole;
    private boolean isRefused;
    private int answerLength;

    InboundStream(
            Receiver receiver, StreamBudget budget, TransportCounters counters, Faults faults, long timeoutNanos) {
        this.receiver = receiver;
        this.collector = new MessageCollector(receiver.newFramer(), budget);
        this.budget = budget;
        this.counters = counters;
        this.faults = faults;
        this.timeoutNanos = timeoutNanos;
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
        deadline = context.executor()
                .schedule(
                        () -> refuse(context, TransportCounter.STREAMS_REFUSED_LATE),
                        timeoutNanos,
                        TimeUnit.NANOSECONDS);
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object read) {
        var input = (ByteBuf) read;
        try {
            if (!isWhole && !isRefused) {
                take(context, input);
            }
        } finally {
            input.release();
        }
    }

    private void take(ChannelHandlerContext context, ByteBuf input) {
        counters.add(TransportCounter.STREAM_BYTES_RECEIVED, input.readableBytes());
        switch (collector.add(input)) {
            case INCOMPLETE -> {}
            case WHOLE -> answer(context);
            case MALFORMED -> refuse(context, TransportCounter.STREAMS_REFUSED_MALFORMED);
            case TOO_LONG -> refuse(context, TransportCounter.STREAMS_REFUSED_TOO_LONG);
            case NO_MEMORY -> refuse(context, TransportCounter.STREAMS_REFUSED_NO_MEMORY);
        }
    }

    private void answer(ChannelHandlerContext context) {
        isWhole = true;
        context.channel().config().setAutoRead(false);
        byte[] message = collector.message();
        collector.release();
        byte[] answer = receiver.call((InetSocketAddress) context.channel().remoteAddress(), message);
        if (answer == null) {
            context.close();
        } else if (!budget.take(answer.length)) { // who does not read keeps it until the deadline
            refuse(context, TransportCounter.STREAMS_REFUSED_NO_MEMORY);
        } else {
            answerLength = answer.length;
            context.writeAndFlush(Unpooled.wrappedBuffer(answer)).addListener(written -> {
                if (written.isSuccess()) {
                    counters.add(TransportCounter.STREAM_BYTES_SENT, answer.length);
                }
                context.close();
            });
        }
    }

    private void refuse(ChannelHandlerContext context, TransportCounter reason) {
        isRefused = true;
        counters.increment(reason);
        context.close();
    }

    /** The stream is closed, whoever did it. */
    void closed() {
        if (deadline != null) {
            deadline.cancel(false);
        }
        collector.release();
        budget.giveBack(answerLength);
        if (!isWhole && !isRefused) {
            counters.increment(TransportCounter.STREAMS_BROKEN);
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable failure) {
        if (!(failure instanceof IOException)) { // which is the peer's doing
            faults.report("a stream", failure);
        }
        context.close();
    }
}
