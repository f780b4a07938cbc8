package io.dunlin.lb.dns.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ForwarderTest {
    private static final byte[] QUERY = new byte[12];

    private final CountDownLatch gate = new CountDownLatch(1);
    private final BlockingQueue<Optional<byte[]>> answers = new LinkedBlockingQueue<>();
    private final UpstreamConfig config = UpstreamConfig.of(List.of())
            .servers(List.of(new InetSocketAddress(InetAddress.getLoopbackAddress(), 53)))
            .inFlight(4, 2);

    @Test
    void takesSoManyAndSoManyOfEachAndAnswersEach() throws InterruptedException {
        try (Forwarder forwarder = forwarder()) {
            assertThat(List.of("a", "a", "a", "b", "b", "c"))
                    .extracting(asker -> forward(forwarder, asker))
                    .containsExactly(true, true, false, true, true, false);
            assertThat(forwarder.inFlight()).isEqualTo(4);
            gate.countDown();
            for (int i = 0; i < 4; i++) {
                assertThat(answers.poll(30, TimeUnit.SECONDS)).isEqualTo(Optional.empty());
            }
            assertThat(forwarder.inFlight()).isZero();
            assertThat(forward(forwarder, "a")).isTrue();
        }
    }

    @Test
    void whatIsUnderWayWhenItClosesIsAnsweredThatThereIsNone() throws InterruptedException {
        Forwarder forwarder = forwarder();
        assertThat(forward(forwarder, "a")).isTrue();
        forwarder.close();
        assertThat(answers.poll(30, TimeUnit.SECONDS)).isEqualTo(Optional.empty());
        assertThat(forward(forwarder, "a")).isFalse();
        assertThat(forwarder.inFlight()).isZero();
    }

    private boolean forward(Forwarder forwarder, String asker) {
        return forwarder.forward(asker, QUERY, false, answer -> answers.add(Optional.ofNullable(answer)));
    }

    /** Asks a server that says nothing before the gate is open, and then is gone. */
    private Forwarder forwarder() {
        Exchange exchange = (_, _, _) -> new Exchange.Conversation() {
            @Override
            public void send(byte[] message) {}

            @Override
            public byte @Nullable [] receive(long timeoutNanos) throws IOException {
                try {
                    gate.await();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
                throw new IOException("gone");
            }

            @Override
            public void close() {}
        };
        return new Forwarder(config, new Upstreams(() -> config, _ -> false, exchange, new Random(1), () -> 0));
    }
}
