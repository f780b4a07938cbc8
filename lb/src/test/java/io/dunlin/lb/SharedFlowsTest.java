package io.dunlin.lb;

import static io.dunlin.lb.Balancer.Verdict.REWRITTEN;
import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.lb.TestPackets.End;
import io.dunlin.vxlan.wire.IpAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Workers that share a flow table, while another thread changes the services and one goes round the flows. */
@Timeout(120)
class SharedFlowsTest {
    private static final int WORKERS = 3;
    private static final int FLOWS = 10_000; // so many that packets that are announced are fetched

    @Test
    void whatOneWorkerOpensAnotherAnswersWhateverChangesMeanwhile() throws Exception {
        var node = new Bench();
        var isDone = new AtomicBoolean();
        try (var threads = Executors.newFixedThreadPool(WORKERS + 2)) {
            var sweeper = threads.submit(() -> sweep(node, isDone));
            var control = threads.submit(() -> change(node, isDone));
            var workers = new ArrayList<Callable<Integer>>();
            for (int worker = 0; worker < WORKERS; worker++) {
                int number = worker;
                workers.add(() -> open(node, number));
            }
            try {
                for (var opened : threads.invokeAll(workers)) {
                    assertThat(opened.get()).isEqualTo(FLOWS);
                }
            } finally {
                isDone.set(true);
            }
            assertThat(sweeper.get()).isZero();
            assertThat(control.get()).isPositive();
        } catch (ExecutionException e) {
            throw new AssertionError(e.getCause());
        }
        assertThat(node.flows.isLarge()).isTrue();
        assertThat(node.flows.size()).isEqualTo(WORKERS * FLOWS);
        int counted = 0;
        for (int n = 1; n <= 4; n++) {
            counted += node.services.getPlain().flows(Bench.VNI, "web", "web." + n);
        }
        assertThat(counted).isEqualTo(WORKERS * FLOWS);
    }

    /** Flows that go out by one worker, and whose answers come in by another. */
    private static int open(Bench node, int number) {
        var out = new Bench(node);
        var in = new Bench(node);
        int opened = 0;
        for (int n = 0; n < FLOWS; n++) {
            var client = new End(IpAddress.ofIpv4(0x0a01_0000 + number), 1024 + n);
            assertThat(out.expectedOut(TestPackets.tcp(client, Bench.VIP, TestPackets.SYN)))
                    .isEqualTo(REWRITTEN);
            End backend = out.destination();
            assertThat(in.expectedIn(TestPackets.tcp(backend, client, TestPackets.SYN | TestPackets.ACK)))
                    .isEqualTo(REWRITTEN);
            assertThat(in.source()).isEqualTo(Bench.VIP);
            assertThat(out.expectedOut(TestPackets.tcp(client, Bench.VIP, TestPackets.ACK)))
                    .isEqualTo(REWRITTEN);
            assertThat(out.destination()).isEqualTo(backend);
            opened++;
        }
        out.batch.close();
        in.batch.close();
        return opened;
    }

    private static int sweep(Bench node, AtomicBoolean isDone) {
        int resets = 0;
        while (!isDone.get()) {
            node.batch.clear();
            resets += node.sweep.run(node.batch, node.now);
        }
        return resets;
    }

    private static int change(Bench node, AtomicBoolean isDone) {
        int changes = 0;
        List<Integer> weights = List.of(1, 3, 2);
        while (!isDone.get() || changes == 0) {
            int weight = weights.get(changes++ % weights.size());
            node.change(web -> web.backend(Bench.backend(4).weight(weight)));
        }
        return changes;
    }
}
