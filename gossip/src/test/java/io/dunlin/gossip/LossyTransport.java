package io.dunlin.gossip;

import io.dunlin.gossip.transport.Transport;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** A transport that loses a share of the packets, each way. */
record LossyTransport(Transport whole, double loss, RandomGenerator random) implements Transport {
    @Override
    public InetSocketAddress start(Receiver receiver) throws IOException {
        return whole.start(new Receiver() {
            @Override
            public void packet(InetSocketAddress from, byte[] packet) {
                if (random.nextDouble() >= loss) {
                    receiver.packet(from, packet);
                }
            }

            @Override
            public byte @Nullable [] call(InetSocketAddress from, byte[] message) {
                return receiver.call(from, message);
            }

            @Override
            public Framer newFramer() {
                return receiver.newFramer();
            }
        });
    }

    @Override
    public void send(InetSocketAddress to, byte[] packet) {
        if (random.nextDouble() >= loss) {
            whole.send(to, packet);
        }
    }

    @Override
    public void call(
            InetSocketAddress to, byte[] request, boolean wantsReply, long timeoutNanos, Consumer<CallResult> done) {
        whole.call(to, request, wantsReply, timeoutNanos, done);
    }

    @Override
    public void close() {
        whole.close();
    }
}
