package io.dunlin.lb;

import static io.dunlin.lb.Balancer.Verdict.ANSWERED;
import static io.dunlin.lb.Balancer.Verdict.PASSED;
import static io.dunlin.lb.Balancer.Verdict.REWRITTEN;
import static io.dunlin.lb.Bench.CLIENT;
import static io.dunlin.lb.Bench.TARGET;
import static io.dunlin.lb.Bench.VIP;
import static io.dunlin.lb.Bench.VNI;
import static io.dunlin.lb.TestPackets.ACK;
import static io.dunlin.lb.TestPackets.FIN;
import static io.dunlin.lb.TestPackets.RST;
import static io.dunlin.lb.TestPackets.SYN;
import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.lb.TestPackets.End;
import io.dunlin.vxlan.wire.Memory;
import io.dunlin.vxlan.wire.TcpHeader;
import io.dunlin.vxlan.wire.Vni;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** How flows end without their peers: by time, by a backend that fails, leaves or drains. */
@Timeout(60)
class FlowSweepTest {
    private final Bench bench = new Bench();

    @Test
    void resetsBothSidesOfConnectionsWhoseBackendFails() {
        End backend = bench.connect(CLIENT);
        bench.out(TestPackets.tcp(CLIENT, VIP, ACK, 1000, 5000, 100));
        bench.in(TestPackets.tcp(backend, CLIENT, ACK, 5000, 1100, 300));
        bench.change(web -> web.backend(Bench.backend(1).unhealthy()));

        assertThat(bench.sweepAll()).isEqualTo(2);
        assertReset(0, VIP, CLIENT, 5300, 1100);
        assertReset(1, CLIENT, backend, 1100, 5300);
        assertThat(bench.sweep.vni(0)).isEqualTo(VNI);
        assertThat(bench.sweep.vni(1)).isEqualTo(VNI);
        assertThat(bench.flows.size()).isZero();
        assertThat(bench.out(TestPackets.tcp(CLIENT, VIP, ACK, 1100, 5300, 1))).isEqualTo(ANSWERED);
    }

    @Test
    void leavesConnectionsToOtherBackendsAlone() {
        bench.connect(CLIENT);
        End second = bench.connect(new End(CLIENT.address(), 2));
        bench.change(web -> web.withoutBackend("web.1"));
        assertThat(bench.sweepAll()).isEqualTo(2);
        assertThat(bench.out(TestPackets.tcp(new End(CLIENT.address(), 2), VIP, ACK, 1000, 5000, 1)))
                .isEqualTo(REWRITTEN);
        assertThat(bench.destination()).isEqualTo(second);
    }

    @Test
    void theNextPacketToAFailedBackendIsAnsweredWithoutWaitingForTheSweep() {
        bench.connect(CLIENT);
        bench.change(web -> web.backend(Bench.backend(1).unhealthy()));
        assertThat(bench.out(TestPackets.tcp(CLIENT, VIP, ACK, 1000, 5000, 1))).isEqualTo(ANSWERED);
        assertThat(bench.source()).isEqualTo(VIP);
        assertThat(bench.flows.size()).isZero();
    }

    @Test
    void aSynThatIsSentAgainAfterItsBackendFailedGoesToAnother() {
        bench.out(TestPackets.tcp(CLIENT, VIP, SYN));
        bench.change(web -> web.backend(Bench.backend(1).unhealthy()));
        assertThat(bench.out(TestPackets.tcp(CLIENT, VIP, SYN))).isEqualTo(REWRITTEN);
        assertThat(bench.destination()).isNotEqualTo(Bench.backendEnd(1, TARGET));
    }

    @Test
    void udpFlowsOfAFailedBackendMoveAtOnce() {
        var dns = new End(VIP.address(), 53);
        bench.out(TestPackets.udp(CLIENT, dns, 3));
        bench.in(TestPackets.udp(Bench.backendEnd(1, 53), CLIENT, 3));
        bench.change(web -> web.backend(Bench.backend(1).unhealthy()));
        assertThat(bench.out(TestPackets.udp(CLIENT, dns, 3))).isEqualTo(REWRITTEN);
        assertThat(bench.destination()).isNotEqualTo(Bench.backendEnd(1, 53));
        assertThat(bench.flows.size()).isEqualTo(1);
        assertThat(bench.in(TestPackets.udp(Bench.backendEnd(1, 53), CLIENT, 3)))
                .isEqualTo(PASSED);
    }

    @Test
    void aServiceThatIsRemovedResetsItsConnections() {
        bench.connect(CLIENT);
        bench.services.setRelease(bench.services.getPlain().with(edit -> edit.removeService(Bench.NETWORK, "web")));
        assertThat(bench.sweepAll()).isEqualTo(2);
        assertReset(0, VIP, CLIENT, 5000, 1000);
        assertThat(bench.flows.size()).isZero();
    }

    @Test
    void drainsABackendToItsDeadline() {
        End drained = bench.connect(CLIENT);
        long deadline = bench.now + Duration.ofSeconds(30).toNanos();
        bench.change(web -> web.backend(Bench.backend(1).draining(deadline)));
        for (int n = 1; n <= 6; n++) {
            assertThat(bench.connect(new End(CLIENT.address(), n))).isNotEqualTo(drained);
        }
        assertThat(bench.services.getPlain().flows(VNI, "web", "web.1")).isEqualTo(1);
        bench.pass(Duration.ofSeconds(29));
        assertThat(bench.sweepAll()).isZero();
        assertThat(bench.out(TestPackets.tcp(CLIENT, VIP, ACK, 1000, 5000, 1))).isEqualTo(REWRITTEN);
        assertThat(bench.destination()).isEqualTo(drained);

        bench.pass(Duration.ofSeconds(1));
        assertThat(bench.sweepAll()).isEqualTo(2);
        assertThat(bench.services.getPlain().flows(VNI, "web", "web.1")).isZero();
        assertThat(bench.flows.size()).isEqualTo(6);
    }

    @Test
    void aConnectionThatEndsByItselfIsNoLongerLeft() {
        End drained = bench.connect(CLIENT);
        bench.change(web -> web.backend(Bench.backend(1).draining(Long.MAX_VALUE / 2)));
        bench.out(TestPackets.tcp(CLIENT, VIP, FIN | ACK, 1000, 5000, 0));
        bench.in(TestPackets.tcp(drained, CLIENT, FIN | ACK, 5000, 1001, 0));
        bench.pass(Duration.ofSeconds(11));
        assertThat(bench.sweepAll()).isZero();
        assertThat(bench.services.getPlain().flows(VNI, "web", "web.1")).isZero();
    }

    @Test
    void aBackendThatIsAddedGetsTheNextFlows() {
        bench.connect(CLIENT);
        bench.change(web -> web.backend(Bench.backend(4)));
        var used = new HashSet<End>();
        for (int n = 1; n <= 4; n++) {
            used.add(bench.connect(new End(CLIENT.address(), n)));
        }
        assertThat(used).contains(Bench.backendEnd(4, TARGET)).hasSize(4);
    }

    @Test
    void forgetsEachKindOfFlowInItsTime() {
        bench.out(TestPackets.tcp(new End(CLIENT.address(), 1), VIP, SYN)); // 30 s
        var half = new End(CLIENT.address(), 2);
        bench.connect(half);
        bench.out(TestPackets.tcp(half, VIP, FIN | ACK, 1000, 5000, 0)); // 2 min
        var reset = new End(CLIENT.address(), 3);
        bench.connect(reset);
        bench.out(TestPackets.tcp(reset, VIP, RST, 1000, 0, 0)); // 10 s
        bench.out(TestPackets.udp(new End(CLIENT.address(), 4), new End(VIP.address(), 53), 3)); // 5 min
        bench.out(TestPackets.ping(CLIENT, VIP, false, 5)); // 30 s
        bench.connect(new End(CLIENT.address(), 6)); // 2 h 5 min

        assertSizeAfter(Duration.ofMillis(9_900), 6);
        assertSizeAfter(Duration.ofMillis(200), 5);
        assertSizeAfter(Duration.ofMillis(19_800), 5);
        assertSizeAfter(Duration.ofMillis(200), 3);
        assertSizeAfter(Duration.ofSeconds(91), 2);
        assertSizeAfter(Duration.ofMinutes(3), 1);
        assertSizeAfter(Duration.ofHours(2), 0);
    }

    private void assertSizeAfter(Duration time, int size) {
        bench.pass(time);
        bench.change(web -> web); // a round at once
        bench.sweepAll();
        assertThat(bench.flows.size()).isEqualTo(size);
    }

    @Test
    void isDueOnceASecondAndAtOnceAfterAChange() {
        bench.sweepAll();
        assertThat(bench.sweep.dueNanos(bench.now)).isEqualTo(bench.now + 1_000_000_000L);
        bench.change(web -> web);
        assertThat(bench.sweep.dueNanos(bench.now)).isEqualTo(bench.now);
        bench.sweepAll();
        assertThat(bench.sweep.dueNanos(bench.now)).isGreaterThan(bench.now);
    }

    @Test
    void isNotDueWhenNamesOfEndpointsAloneHaveChanged() {
        bench.sweepAll();
        var client = new NamedEndpoint(new Vni(VNI), "client", List.of(CLIENT.address()));
        bench.services.setRelease(bench.services.getPlain().with(edit -> edit.putEndpoint(client)));
        assertThat(bench.sweep.dueNanos(bench.now)).isEqualTo(bench.now + 1_000_000_000L);
    }

    @Test
    void resetsMoreFlowsThanABatchHasRoomFor() {
        for (int n = 1; n <= 1000; n++) {
            bench.connect(new End(CLIENT.address(), n));
        }
        bench.change(web -> web.backend(Bench.backend(1).unhealthy()).withoutBackend("web.2"));
        int resets = 0;
        while (bench.sweep.dueNanos(bench.now) <= bench.now) {
            bench.batch.clear();
            resets += bench.sweep.run(bench.batch, bench.now);
        }
        assertThat(resets).isEqualTo(2 * 667);
        assertThat(bench.flows.size()).isEqualTo(333);
    }

    /** Flows of one client's port fill a group and then lie all over their part; where a round stops among them, one of many ports shows. */
    @Test
    void missesNoFlowOfAPartThatGrowsWhileItIsLookedAt() {
        for (int port = 1; port <= 40; port++) {
            var node = new Bench();
            var client = new End(CLIENT.address(), port);
            node.change(web -> Bench.WITH_ALL_PORTS);
            connect(node, client, 1, 45);
            node.change(web -> web.withoutBackend("web.1")
                    .withoutBackend("web.2")
                    .withoutBackend("web.3")
                    .backend(Bench.backend(4)));
            while (node.batch.count() == 0) {
                node.sweep.run(node.batch, node.now);
            }
            assertThat(node.batch.slotsUsed()).isEqualTo(node.batch.slots()); // it stopped on its way
            connect(node, client, 46, 90);
            while (node.sweep.dueNanos(node.now) <= node.now) {
                node.batch.clear();
                node.sweep.run(node.batch, node.now);
            }
            assertThat(node.flows.size()).isEqualTo(45);
            node.batch.close();
        }
    }

    private static void connect(Bench node, End client, int firstPort, int lastPort) {
        for (int port = firstPort; port <= lastPort; port++) {
            node.connect(client, new End(VIP.address(), port));
        }
        node.batch.clear();
    }

    private void assertReset(int index, End from, End to, int sequence, int acknowledgment) {
        assertThat(TestPackets.source(bench.batch, index)).isEqualTo(from);
        assertThat(TestPackets.destination(bench.batch, index)).isEqualTo(to);
        Memory memory = bench.batch.memory();
        int tcp = bench.batch.transport(index);
        assertThat(TcpHeader.flags(memory, tcp)).isEqualTo(RST | ACK);
        assertThat(TcpHeader.sequence(memory, tcp)).isEqualTo(sequence);
        assertThat(TcpHeader.acknowledgment(memory, tcp)).isEqualTo(acknowledgment);
        TestPackets.assertChecksumsRight(bench.batch, index);
    }
}
