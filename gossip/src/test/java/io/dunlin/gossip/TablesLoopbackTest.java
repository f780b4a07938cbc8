package io.dunlin.gossip;

import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.gossip.wire.Bytes;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.time.Duration;
import java.util.Arrays;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Tables on the loopback, through Netty. */
class TablesLoopbackTest {
    private static final int ROWS = 100_000;

    @Test
    void aFreshMemberHasHundredThousandRowsOf200BytesWithinFiveSeconds() throws Exception {
        try (var owner = JavaMember.start("owner", config -> config.tables(TableLimits.DEFAULT))) {
            Table written = owner.gossip().tables().table("endpoint");
            CompletableFuture<PutResult> last = CompletableFuture.failedFuture(new IllegalStateException());
            for (int i = 0; i < ROWS; i++) {
                last = written.put("key-" + i, value(i));
            }
            assertThat(last.get(60, TimeUnit.SECONDS)).isInstanceOf(PutResult.Accepted.class);

            long began = System.nanoTime();
            try (var fresh = JavaMember.start(
                    "fresh", config -> config.tables(TableLimits.DEFAULT).join(owner.address()))) {
                Table read = fresh.gossip().tables().table("endpoint");
                var all = new CompletableFuture<Long>();
                var count = new AtomicInteger();
                read.watch(change -> {
                    if (count.incrementAndGet() == ROWS) {
                        all.complete(System.nanoTime());
                    }
                });
                Duration time = Duration.ofNanos(all.get(60, TimeUnit.SECONDS) - began);

                // What they worked, as how long it took depends on who else works here.
                Duration worked = cpuTime("dunlin-gossip-owner").plus(cpuTime("dunlin-gossip-fresh"));
                System.out.println("100,000 rows of 200 bytes on the loopback: " + time.toMillis()
                        + " ms, of which both worked " + worked.toMillis());
                assertThat(read.rows()).hasSize(ROWS);
                Row row = read.get("key-77777");
                assertThat(row).isNotNull().extracting(Row::value).isEqualTo(value(77_777));
                assertThat(worked).isBetween(Duration.ofMillis(1), Duration.ofSeconds(5));
            }
        }
    }

    private static Duration cpuTime(String thread) {
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        return Arrays.stream(threads.getThreadInfo(threads.getAllThreadIds()))
                .filter(Objects::nonNull)
                .filter(info -> info.getThreadName().equals(thread))
                .map(info -> Duration.ofNanos(threads.getThreadCpuTime(info.getThreadId())))
                .reduce(Duration.ZERO, Duration::plus);
    }

    private static Bytes value(int i) {
        var value = new byte[200];
        for (int j = 0; j < value.length; j++) {
            value[j] = (byte) (i * 31 + j * i);
        }
        return Bytes.wrap(value);
    }
}
