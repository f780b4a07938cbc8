package io.dunlin.lb;

import static io.dunlin.lb.Bench.VIP;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dunlin.lb.TestPackets.End;
import io.dunlin.vxlan.IpCheck;
import io.dunlin.vxlan.packet.Counters;
import io.dunlin.vxlan.packet.PacketBatch;
import io.dunlin.vxlan.wire.IpAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class StrategyTest {
    private final Bench bench = new Bench();

    @Test
    void wordsAreReadAsTheyAreWritten() {
        assertThat(Strategy.values())
                .allSatisfy(each -> assertThat(Strategy.parse(each.text())).isEqualTo(each));
        assertThat(Service.Mode.values())
                .allSatisfy(each -> assertThat(Service.Mode.parse(each.text())).isEqualTo(each));
        assertThatThrownBy(() -> Strategy.parse("ROUND_ROBIN"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("strategy \"ROUND_ROBIN\": allowed are round-robin, least-flows and client-hash");
        assertThatThrownBy(() -> Service.Mode.parse("VIP"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("mode \"VIP\": allowed are vip and dnsrr");
    }

    @Test
    void givesEachOfThreeBackendsAThousandOfThreeThousandFlows() {
        for (int n = 0; n < 3000; n++) {
            bench.out(TestPackets.tcp(client(n), VIP, TestPackets.SYN));
        }
        assertFlows(1000, 1000, 1000);
    }

    @Test
    void isAsFairWhenFlowsComeOnSeveralWorkersFromSeveralEndpoints() throws Exception {
        int workers = 4;
        try (var threads = Executors.newFixedThreadPool(workers)) {
            var tasks = new ArrayList<Callable<Integer>>();
            for (int worker = 0; worker < workers; worker++) {
                int number = worker;
                tasks.add(() -> open(number, 750));
            }
            for (var result : threads.invokeAll(tasks)) {
                assertThat(get(result)).isEqualTo(750);
            }
        }
        assertFlows(1000, 1000, 1000);
    }

    private static <T> T get(Future<T> result) throws InterruptedException {
        try {
            return result.get();
        } catch (ExecutionException e) {
            throw new AssertionError(e.getCause());
        }
    }

    private int open(int worker, int count) {
        Balancer balancer = bench.worker(new Counters());
        int rewritten = 0;
        try (var batch = new PacketBatch(1, 2000)) {
            for (int n = 0; n < count; n++) {
                byte[] syn = TestPackets.tcp(client(worker * count + n), VIP, TestPackets.SYN);
                batch.clear();
                batch.memory().put(batch.nextStart(), syn);
                int index = batch.append(syn.length);
                IpCheck.check(batch, index);
                if (balancer.outbound(batch, index, Bench.VNI, bench.now) == Balancer.Verdict.REWRITTEN) {
                    rewritten++;
                }
            }
        }
        return rewritten;
    }

    @Test
    void isAsFairWhenFlowsBeginWithSuperPackets() {
        var dns = new End(VIP.address(), 53);
        for (int n = 0; n < 300; n++) {
            bench.batch.clear();
            int index = TestPackets.receive(bench.batch, TestPackets.udp(client(n), dns, 5000));
            bench.batch.setSegmentSize(index, 1000);
            bench.balancer.outbound(bench.batch, index, Bench.VNI, bench.now);
        }
        assertFlows(100, 100, 100);
    }

    @Test
    void turnsGoOnWhereTheyWereWhenSomethingElseChanges() {
        assertThat(next(0)).isEqualTo(1);
        bench.change(web -> web.timeouts(FlowTimeouts.DEFAULT));
        assertThat(next(1)).isEqualTo(2);
        bench.change(web -> web.backend(Bench.backend(2).weight(1)));
        assertThat(next(2)).isEqualTo(3);
    }

    @Test
    void spreadsTheTurnsOfAHeavyBackend() {
        bench.change(web -> web.backend(Bench.backend(1).weight(10))
                .backend(Bench.backend(2).weight(4))
                .backend(Bench.backend(3).weight(2)));
        var turns = new ArrayList<Integer>();
        for (int n = 0; n < 16; n++) {
            turns.add(next(n));
        }
        assertThat(turns).containsExactly(1, 2, 1, 1, 3, 1, 2, 1, 1, 2, 1, 1, 3, 1, 2, 1);
        assertFlows(10, 4, 2);
    }

    @Test
    void leastFlowsFillsUpWhoHasFew() {
        bench.change(web -> web.withoutBackend("web.3"));
        for (int n = 0; n < 100; n++) {
            next(n);
        }
        bench.change(web -> web.strategy(Strategy.LEAST_FLOWS).backend(Bench.backend(3)));
        for (int n = 100; n < 150; n++) {
            assertThat(next(n)).isEqualTo(3);
        }
        for (int n = 150; n < 300; n++) {
            next(n);
        }
        assertFlows(100, 100, 100);
    }

    @Test
    void leastFlowsHonoursWeights() {
        bench.change(web ->
                web.strategy(Strategy.LEAST_FLOWS).backend(Bench.backend(1).weight(2)));
        for (int n = 0; n < 400; n++) {
            next(n);
        }
        assertFlows(200, 100, 100);
    }

    @Test
    void aClientKeepsItsBackendByHashAndFewMoveWhenOneLeaves() {
        bench.change(web -> web.strategy(Strategy.CLIENT_HASH));
        Map<Integer, Integer> before = backendsOfClients(0);
        assertThat(backendsOfClients(1)).isEqualTo(before);
        for (int backend = 1; backend <= 3; backend++) {
            int chosen = backend;
            assertThat(before.values().stream().filter(b -> b == chosen).count())
                    .isBetween(900L, 1100L);
        }
        bench.change(web -> web.withoutBackend("web.2"));
        backendsOfClients(2).forEach((client, backend) -> {
            if (Objects.requireNonNull(before.get(client)) != 2) {
                assertThat(backend).isEqualTo(before.get(client));
            } else {
                assertThat(backend).isNotEqualTo(2);
            }
        });
    }

    @Test
    void hashesByWeight() {
        bench.change(web ->
                web.strategy(Strategy.CLIENT_HASH).backend(Bench.backend(3).weight(4)));
        long heavy = backendsOfClients(0).values().stream().filter(b -> b == 3).count();
        assertThat(heavy).isBetween(1900L, 2100L); // 4 of 6 of 3,000
    }

    @Test
    void staysOnTheNodeIfAskedToAndPossible() {
        bench.change(Service::preferLocal);
        for (int n = 0; n < 5; n++) {
            assertThat(next(n)).isEqualTo(1);
        }
        bench.change(web -> web.backend(Bench.backend(1).unhealthy()));
        assertThat(List.of(next(5), next(6))).containsExactlyInAnyOrder(2, 3);
    }

    private Map<Integer, Integer> backendsOfClients(int port) {
        var backends = new HashMap<Integer, Integer>();
        for (int client = 0; client < 3000; client++) {
            var address = IpAddress.ofIpv4(0x0a01_0000 + client);
            bench.out(TestPackets.tcp(new End(address, 1000 + port), VIP, TestPackets.SYN));
            backends.put(client, numberOf(bench.destination()));
        }
        return backends;
    }

    private int next(int n) {
        bench.out(TestPackets.tcp(client(n), VIP, TestPackets.SYN));
        return numberOf(bench.destination());
    }

    private static int numberOf(End backend) {
        return (backend.address().lowInt() & 0xff) - 10; // 10.0.0.11 and so on
    }

    private static End client(int n) {
        return new End(IpAddress.ofIpv4(0x0a01_0000 + n % 7), 1024 + n);
    }

    private void assertFlows(int... counts) {
        for (int n = 1; n <= counts.length; n++) {
            assertThat(bench.services.getPlain().flows(Bench.VNI, "web", "web." + n))
                    .isEqualTo(counts[n - 1]);
        }
    }
}
