package io.dunlin.lb;

import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.lb.TestPackets.End;
import io.dunlin.vxlan.wire.IpAddress;
import io.dunlin.vxlan.wire.IpProtocol;
import io.dunlin.vxlan.wire.Ipv4Header;
import io.dunlin.vxlan.wire.Memory;
import io.dunlin.vxlan.wire.UdpHeader;
import io.dunlin.vxlan.wire.Vni;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Many flows, many SYNs, many services. {@code mvn -Plong verify} has the flood ten times as long. */
@Timeout(300)
class FlowScaleTest {
    private static final int HELD = 100_000;
    private static final int FLOOD = Boolean.getBoolean("dunlin.long") ? 10_000_000 : 1_000_000;
    /** SYNs of the flood between two packets of a connection. */
    private static final int BETWEEN = 100;

    @Test
    void holdsAHundredThousandFlowsEachWithItsBackend() {
        var bench = new Bench(1 << 17);
        End[] backends = connect(bench, HELD);
        assertThat(bench.flows.size()).isEqualTo(HELD);
        assertThat(bench.flows.settled()).isEqualTo(HELD);
        assertHeld(bench, backends);
        assertHeldInBatches(bench, backends);
        for (int n = 1; n <= 3; n++) {
            assertThat(bench.services.getPlain().flows(Bench.VNI, "web", "web." + n))
                    .isBetween(HELD / 3, HELD / 3 + 1);
        }
    }

    @Test
    void aFloodOfSynsEndsNoConnection() {
        int settled = 1 << 14; // a full table
        var bench = new Bench(settled);
        End[] backends = connect(bench, settled);
        int before = bench.flows.settled();
        byte[] syn = TestPackets.tcp(client(0), Bench.VIP, TestPackets.SYN);
        int unharmed = 0;
        for (int n = 0; n < FLOOD; n++) {
            flood(bench, syn, n);
            if (n % BETWEEN == 0) {
                End client = client(n / BETWEEN % settled);
                bench.out(TestPackets.tcp(client, Bench.VIP, TestPackets.ACK, 1000, 5000, 1));
                End backend = bench.destination();
                bench.in(TestPackets.tcp(backend, client, TestPackets.ACK, 5000, 1001, 1));
                unharmed += backend.equals(backends[n / BETWEEN % settled])
                                && bench.source().equals(Bench.VIP)
                        ? 1
                        : 0;
            }
        }
        assertThat(unharmed).isEqualTo(FLOOD / BETWEEN);
        assertThat(bench.flows.settled()).isEqualTo(before);
        assertThat(bench.flows.evictedSettled()).isZero();
        assertThat(bench.flows.evictedOpening()).isGreaterThan(FLOOD - 2 * settled);
        assertThat(bench.flows.size()).isLessThanOrEqualTo(3 * settled / 2);
        assertHeld(bench, backends);
        // and a connection that is opened meanwhile comes about
        assertThat(bench.connect(new End(IpAddress.parse("10.0.0.99"), 9))).isNotNull();
    }

    /** The same packet from other clients, without a checksum that anybody here would look at. */
    private static void flood(Bench bench, byte[] syn, int n) {
        bench.batch.clear();
        bench.batch.memory().put(bench.batch.nextStart(), syn);
        int index = bench.batch.append(syn.length);
        Memory memory = bench.batch.memory();
        int ip = bench.batch.start(index);
        Ipv4Header.setSource(memory, ip, 0x0b00_0000 + (n >>> 15));
        UdpHeader.setSourcePort(memory, ip + Ipv4Header.LENGTH, 1 + (n & 0x7fff));
        bench.batch.setTransport(index, IpProtocol.TCP, ip + Ipv4Header.LENGTH);
        if (bench.balancer.outbound(bench.batch, index, Bench.VNI, bench.now) != Balancer.Verdict.REWRITTEN) {
            throw new AssertionError("SYN " + n + " of the flood was not taken");
        }
    }

    private static End[] connect(Bench bench, int count) {
        var backends = new End[count];
        for (int n = 0; n < count; n++) {
            backends[n] = bench.connect(client(n));
        }
        return backends;
    }

    private static End client(int n) {
        return new End(IpAddress.ofIpv4(0x0a01_0000 + n / 50_000), 1024 + n % 50_000);
    }

    private static void assertHeld(Bench bench, End[] backends) {
        int kept = 0;
        for (int n = 0; n < backends.length; n++) {
            bench.out(TestPackets.tcp(client(n), Bench.VIP, TestPackets.ACK, 1000, 5000, 1));
            if (bench.destination().equals(backends[n])) {
                kept++;
            }
        }
        assertThat(kept).isEqualTo(backends.length);
    }

    /** The same packets by the batch, each announced before the first is balanced. */
    private static void assertHeldInBatches(Bench bench, End[] backends) {
        int kept = 0;
        int batched = bench.batch.slots();
        for (int first = 0; first < backends.length; first += batched) {
            int count = Math.min(batched, backends.length - first);
            bench.batch.clear();
            for (int i = 0; i < count; i++) {
                TestPackets.receive(
                        bench.batch, TestPackets.tcp(client(first + i), Bench.VIP, TestPackets.ACK, 1000, 5000, 1));
                bench.balancer.expectOutbound(bench.batch, i, Bench.VNI);
            }
            for (int i = 0; i < count; i++) {
                bench.balancer.outbound(bench.batch, i, Bench.VNI, bench.now);
                if (TestPackets.destination(bench.batch, i).equals(backends[first + i])) {
                    kept++;
                }
            }
        }
        assertThat(bench.flows.isLarge()).isTrue();
        assertThat(kept).isEqualTo(backends.length);
    }

    @Test
    void aClientMayTalkToAThousandPortsFromOneOfItsOwn() {
        var bench = new Bench(1 << 17);
        bench.change(web -> Bench.WITH_ALL_PORTS);
        var client = End.of("10.0.0.100", 40_000);
        var backends = new End[1000];
        for (int n = 0; n < backends.length; n++) {
            backends[n] = bench.connect(client, new End(Bench.VIP.address(), 1 + n));
        }
        for (int n = 0; n < backends.length; n++) {
            bench.out(TestPackets.tcp(client, new End(Bench.VIP.address(), 1 + n), TestPackets.ACK, 1000, 5000, 1));
            assertThat(bench.destination()).isEqualTo(backends[n]);
        }
    }

    @Test
    void changesATableOfTenThousandServicesInAMoment() {
        ServiceTable table = ServiceTable.empty("node-01").with(edit -> {
            for (int n = 0; n < 10_000; n++) {
                edit.putService(service(n));
            }
        });
        assertThat(table.size()).isEqualTo(10_000);
        var nanos = new ArrayList<Long>();
        for (int n = 0; n < 500; n++) {
            Service changed = service(n * 17 % 10_000);
            Backend first = changed.backends().get(n % 10);
            Service now = changed.backend(n % 2 == 0 ? first.unhealthy() : first.weight(2));
            long begin = System.nanoTime();
            table = table.with(edit -> edit.putService(now));
            nanos.add(System.nanoTime() - begin);
            assertThat(table.service(now.network().value(), now.name())).isEqualTo(now);
        }
        Long[] sorted = nanos.toArray(Long[]::new);
        Arrays.sort(sorted);
        assertThat(Duration.ofNanos(sorted[sorted.length / 2])).isLessThan(Duration.ofMillis(20));
    }

    static Service service(int n) {
        List<Backend> backends = new ArrayList<>();
        for (int b = 0; b < 10; b++) {
            backends.add(Backend.of("b" + b, "node-0" + b, IpAddress.ofIpv4(0x0a80_0000 + n * 10 + b)));
        }
        return Service.named(new Vni(5000), "service-" + n)
                .vip(IpAddress.ofIpv4(0x0a40_0000 + n).toString())
                .backends(backends);
    }
}
