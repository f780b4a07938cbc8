package io.dunlin.lb;

import static io.dunlin.lb.Balancer.Verdict.ANSWERED;
import static io.dunlin.lb.Balancer.Verdict.DROPPED;
import static io.dunlin.lb.Balancer.Verdict.PASSED;
import static io.dunlin.lb.Balancer.Verdict.REWRITTEN;
import static io.dunlin.lb.Bench.CLIENT;
import static io.dunlin.lb.Bench.CLIENT6;
import static io.dunlin.lb.Bench.TARGET;
import static io.dunlin.lb.Bench.VIP;
import static io.dunlin.lb.Bench.VIP6;
import static io.dunlin.lb.Bench.VNI;
import static io.dunlin.lb.TestPackets.ACK;
import static io.dunlin.lb.TestPackets.FIN;
import static io.dunlin.lb.TestPackets.RST;
import static io.dunlin.lb.TestPackets.SYN;
import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.lb.TestPackets.End;
import io.dunlin.vxlan.packet.DropReason;
import io.dunlin.vxlan.wire.IcmpHeader;
import io.dunlin.vxlan.wire.IpAddress;
import io.dunlin.vxlan.wire.IpProtocol;
import io.dunlin.vxlan.wire.Ipv4Header;
import io.dunlin.vxlan.wire.Memory;
import io.dunlin.vxlan.wire.TcpHeader;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class BalancerTest {
    /** Of another service, with backends that the first has too. */
    private static final End API = End.of("10.0.0.6", 80);

    private final Bench bench = new Bench();

    @Test
    void bringsAConnectionToABackendAndItsAnswersBackAsFromTheVip() {
        assertThat(bench.out(TestPackets.tcp(CLIENT, VIP, SYN))).isEqualTo(REWRITTEN);
        End backend = bench.destination();
        assertThat(backend).isEqualTo(Bench.backendEnd(1, TARGET));
        assertThat(bench.source()).isEqualTo(CLIENT);
        TestPackets.assertChecksumsRight(bench.batch, 0);

        assertThat(bench.in(TestPackets.tcp(backend, CLIENT, SYN | ACK))).isEqualTo(REWRITTEN);
        assertThat(bench.source()).isEqualTo(VIP);
        assertThat(bench.destination()).isEqualTo(CLIENT);
        TestPackets.assertChecksumsRight(bench.batch, 0);
    }

    @Test
    void doesTheSameForIpv6() {
        End backend = bench.connect(CLIENT6);
        assertThat(backend).isEqualTo(End.of("fd00::11", TARGET));
        assertThat(bench.in(TestPackets.tcp(backend, CLIENT6, ACK, 5000, 1000, 7)))
                .isEqualTo(REWRITTEN);
        assertThat(bench.source()).isEqualTo(VIP6);
        TestPackets.assertChecksumsRight(bench.batch, 0);
    }

    @Test
    void keepsAFlowWithItsBackendWhileNewOnesGoInTurns() {
        End first = bench.connect(CLIENT);
        for (int n = 1; n <= 6; n++) {
            End next = bench.connect(new End(CLIENT.address(), CLIENT.port() + n));
            assertThat(next).isEqualTo(Bench.backendEnd(n % 3 + 1, TARGET));
        }
        assertThat(bench.out(TestPackets.tcp(CLIENT, VIP, ACK, 1000, 5000, 100)))
                .isEqualTo(REWRITTEN);
        assertThat(bench.destination()).isEqualTo(first);
    }

    @Test
    void aSynThatIsSentAgainTakesNoTurn() {
        bench.out(TestPackets.tcp(CLIENT, VIP, SYN));
        End first = bench.destination();
        bench.out(TestPackets.tcp(CLIENT, VIP, SYN));
        assertThat(bench.destination()).isEqualTo(first);
        bench.out(TestPackets.tcp(End.of("10.0.0.101", 1), VIP, SYN));
        assertThat(bench.destination()).isEqualTo(Bench.backendEnd(2, TARGET));
    }

    @Test
    void leavesAloneWhatIsForNoService() {
        byte[] packet = TestPackets.tcp(CLIENT, Bench.backendEnd(1, 22), SYN);
        assertThat(bench.out(packet)).isEqualTo(PASSED);
        assertThat(bench.bytes()).isEqualTo(packet);
        bench.connect(End.of("10.0.0.101", 1));
        byte[] answer = TestPackets.tcp(Bench.backendEnd(1, 22), CLIENT, SYN | ACK);
        assertThat(bench.in(answer)).isEqualTo(PASSED);
        assertThat(bench.bytes()).isEqualTo(answer);
    }

    @Test
    void keepsNetworksApart() {
        End backend = bench.connect(CLIENT);
        bench.batch.clear();
        int index = TestPackets.receive(bench.batch, TestPackets.tcp(backend, CLIENT, ACK));
        assertThat(bench.balancer.inbound(bench.batch, index, VNI + 1, bench.now))
                .isEqualTo(PASSED);
        bench.batch.clear();
        index = TestPackets.receive(bench.batch, TestPackets.tcp(CLIENT, VIP, ACK));
        assertThat(bench.balancer.outbound(bench.batch, index, VNI + 1, bench.now))
                .isEqualTo(PASSED);
    }

    @Test
    void resetsAtOnceWhatBelongsToNoConnection() {
        assertThat(bench.out(TestPackets.tcp(CLIENT, VIP, ACK, 77, 88, 5))).isEqualTo(ANSWERED);
        assertThat(bench.source()).isEqualTo(VIP);
        assertThat(bench.destination()).isEqualTo(CLIENT);
        assertReset(RST, 88, 0);
        assertThat(bench.counters.get(DropReason.SERVICE_NO_FLOW)).isEqualTo(1);

        assertThat(bench.out(TestPackets.tcp(CLIENT6, VIP6, FIN, 77, 88, 5))).isEqualTo(ANSWERED);
        assertReset(RST | ACK, 0, 77 + 5 + 1);
    }

    @Test
    void answersNoResetWithAReset() {
        assertThat(bench.out(TestPackets.tcp(CLIENT, VIP, RST))).isEqualTo(DROPPED);
        assertThat(bench.batch.dropReason(0)).isEqualTo(DropReason.SERVICE_NO_FLOW);
    }

    @Test
    void resetsASynAtOnceWhereThereIsNoBackend() {
        bench.change(web -> web.backends(List.of(Bench.backend(1).unhealthy())));
        assertThat(bench.out(TestPackets.tcp(CLIENT, VIP, SYN, 77, 0, 0))).isEqualTo(ANSWERED);
        assertReset(RST | ACK, 0, 78);
        assertThat(bench.counters.get(DropReason.SERVICE_UNAVAILABLE)).isEqualTo(1);
        assertThat(bench.flows.size()).isZero();
    }

    @Test
    void resetsASynAtOnceToAPortThatIsNotOffered() {
        assertThat(bench.out(TestPackets.tcp(CLIENT, new End(VIP.address(), 81), SYN)))
                .isEqualTo(ANSWERED);
        assertThat(bench.out(TestPackets.tcp(CLIENT, new End(VIP.address(), 53), SYN)))
                .isEqualTo(ANSWERED);
    }

    @Test
    void saysPortUnreachableAtOnceWhereThereIsNoBackend() {
        bench.change(web -> web.backends(List.of()));
        byte[] question = TestPackets.udp(CLIENT, new End(VIP.address(), 53), 30);
        assertThat(bench.out(question)).isEqualTo(ANSWERED);
        assertThat(bench.batch.protocol(0)).isEqualTo(IpProtocol.ICMP);
        Memory memory = bench.batch.memory();
        int icmp = bench.batch.transport(0);
        assertThat(IcmpHeader.type(memory, icmp)).isEqualTo(IcmpHeader.UNREACHABLE);
        assertThat(IcmpHeader.code(memory, icmp)).isEqualTo(IcmpHeader.PORT_UNREACHABLE);
        assertThat(Ipv4Header.source(memory, bench.batch.start(0)))
                .isEqualTo(VIP.address().lowInt());
        assertThat(memory.toArray(icmp + IcmpHeader.LENGTH, question.length)).isEqualTo(question);
        TestPackets.assertChecksumsRight(bench.batch, 0);

        assertThat(bench.out(TestPackets.udp(CLIENT6, new End(VIP6.address(), 53), 30)))
                .isEqualTo(ANSWERED);
        assertThat(IcmpHeader.type(memory, bench.batch.transport(0))).isEqualTo(IcmpHeader.V6_UNREACHABLE);
        TestPackets.assertChecksumsRight(bench.batch, 0);
    }

    @Test
    void sendsNoMoreErrorsThanItMay() {
        bench.mayAnswer = false;
        assertThat(bench.out(TestPackets.udp(CLIENT, new End(VIP.address(), 99), 30)))
                .isEqualTo(DROPPED);
        assertThat(bench.batch.dropReason(0)).isEqualTo(DropReason.SERVICE_UNAVAILABLE);
    }

    @Test
    void saysUnreachableToAProtocolItDoesNotCarry() {
        byte[] sctp = TestPackets.ip(CLIENT.address(), VIP.address(), 132, new byte[30])
                .toArray();
        assertThat(bench.out(sctp)).isEqualTo(ANSWERED);
    }

    @Test
    void carriesUdpBothWays() {
        var dns = new End(VIP.address(), 53);
        assertThat(bench.out(TestPackets.udp(CLIENT, dns, 31))).isEqualTo(REWRITTEN);
        End backend = bench.destination();
        TestPackets.assertChecksumsRight(bench.batch, 0);
        assertThat(bench.in(TestPackets.udp(backend, CLIENT, 100))).isEqualTo(REWRITTEN);
        assertThat(bench.source()).isEqualTo(dns);
        TestPackets.assertChecksumsRight(bench.batch, 0);
    }

    @Test
    void carriesPingsBothWays() {
        for (End client : List.of(CLIENT, CLIENT6)) {
            var vip = client.equals(CLIENT) ? VIP : VIP6;
            assertThat(bench.out(TestPackets.ping(client, vip, false, 99))).isEqualTo(REWRITTEN);
            End backend = bench.destination();
            assertThat(backend.address()).isNotEqualTo(vip.address());
            TestPackets.assertChecksumsRight(bench.batch, 0);
            assertThat(bench.in(TestPackets.ping(backend, client, true, 99))).isEqualTo(REWRITTEN);
            assertThat(bench.source().address()).isEqualTo(vip.address());
            TestPackets.assertChecksumsRight(bench.batch, 0);
            assertThat(bench.in(TestPackets.ping(backend, client, true, 98))).isEqualTo(PASSED);
        }
    }

    @Test
    void aPortUsedAgainIsANewFlow() {
        End first = bench.connect(CLIENT);
        close(CLIENT, first);
        assertThat(bench.connect(CLIENT)).isNotEqualTo(first);
        assertThat(bench.flows.size()).isEqualTo(1);
    }

    @Test
    void aDirectConnectionEndsAClosedFlowThatHadItsPort() {
        End backend = bench.connect(CLIENT);
        close(CLIENT, backend);
        byte[] syn = TestPackets.tcp(CLIENT, backend, SYN, 7000, 0, 0);
        assertThat(bench.out(syn)).isEqualTo(PASSED);
        assertThat(bench.bytes()).isEqualTo(syn);
        byte[] answer = TestPackets.tcp(backend, CLIENT, SYN | ACK, 9000, 7001, 0);
        assertThat(bench.in(answer)).isEqualTo(PASSED);
        assertThat(bench.bytes()).isEqualTo(answer);
        assertThat(bench.flows.size()).isZero();
        assertThat(bench.services.getPlain().flows(VNI, "web", "web.1")).isZero();
    }

    @Test
    void aClosedFlowGoesOnUntilADirectConnectionNeedsItsPort() {
        End backend = bench.connect(CLIENT);
        close(CLIENT, backend);
        assertThat(bench.out(TestPackets.tcp(CLIENT, backend, ACK, 7000, 9000, 1)))
                .isEqualTo(PASSED); // no SYN
        bench.out(TestPackets.tcp(CLIENT, Bench.backendEnd(1, 22), SYN)); // another port
        bench.out(TestPackets.tcp(CLIENT, Bench.backendEnd(2, TARGET), SYN)); // another backend
        bench.out(TestPackets.tcp(End.of("10.0.0.101", CLIENT.port()), backend, SYN)); // another client
        assertThat(bench.in(TestPackets.tcp(backend, CLIENT, FIN | ACK, 5000, 1001, 0)))
                .isEqualTo(REWRITTEN);
        assertThat(bench.source()).isEqualTo(VIP);
    }

    @Test
    void aDirectConnectionWithThePortOfALiveOneIsRefusedAtOnce() {
        End backend = bench.connect(CLIENT);
        assertThat(bench.out(TestPackets.tcp(CLIENT, backend, SYN, 7000, 0, 0))).isEqualTo(ANSWERED);
        assertThat(bench.source()).isEqualTo(backend);
        assertThat(bench.destination()).isEqualTo(CLIENT);
        assertReset(RST | ACK, 0, 7001);
        assertThat(bench.counters.get(DropReason.SERVICE_UNAVAILABLE)).isEqualTo(1);
        assertThat(bench.out(TestPackets.tcp(CLIENT, VIP, ACK, 1000, 5000, 10))).isEqualTo(REWRITTEN);
        assertThat(bench.in(TestPackets.tcp(backend, CLIENT, ACK, 5000, 1010, 10)))
                .isEqualTo(REWRITTEN);
        assertThat(bench.source()).isEqualTo(VIP);
    }

    @Test
    void aDirectConnectionEndsAFlowWhoseTimeIsUpBeforeTheSweepDoes() {
        End backend = bench.connect(CLIENT);
        bench.pass(FlowTimeouts.DEFAULT.established().plusSeconds(1));
        assertThat(bench.out(TestPackets.tcp(CLIENT, backend, SYN))).isEqualTo(PASSED);
        assertThat(bench.flows.size()).isZero();
    }

    @Test
    void aClosedFlowOfOneServiceGivesWayToOneOfAnother() {
        addApi(Bench.backend(1));
        close(CLIENT, bench.connect(CLIENT));
        assertThat(bench.connect(CLIENT, API)).isEqualTo(Bench.backendEnd(1, TARGET));
        assertThat(bench.flows.size()).isEqualTo(1);
    }

    private void addApi(Backend... backends) {
        Service api = Service.named(Bench.NETWORK, "api")
                .vip(API.address().toString())
                .port(ServicePort.tcp(API.port()).to(TARGET))
                .backends(List.of(backends));
        bench.services.setRelease(bench.services.getPlain().with(edit -> edit.putService(api)));
    }

    private void close(End client, End backend) {
        bench.out(TestPackets.tcp(client, VIP, FIN | ACK, 1000, 5000, 0));
        bench.in(TestPackets.tcp(backend, client, FIN | ACK, 5000, 1001, 0));
    }

    @Test
    void forgetsAConnectionNoSoonerThanItsServiceSays() {
        End backend = bench.connect(CLIENT);
        bench.pass(Duration.ofHours(2));
        bench.sweepAll();
        assertThat(bench.out(TestPackets.tcp(CLIENT, VIP, ACK, 1000, 5000, 1))).isEqualTo(REWRITTEN);
        assertThat(bench.destination()).isEqualTo(backend);
        bench.pass(Duration.ofHours(2).plusMinutes(6));
        assertThat(bench.out(TestPackets.tcp(CLIENT, VIP, ACK, 1001, 5000, 1))).isEqualTo(ANSWERED);
        assertThat(bench.flows.size()).isZero();
    }

    @Test
    void anotherTimeoutOfTheServiceHoldsForFlowsThatAreThere() {
        bench.connect(CLIENT);
        bench.change(web -> web.timeouts(FlowTimeouts.DEFAULT.established(Duration.ofMinutes(15))));
        bench.pass(Duration.ofMinutes(16));
        bench.sweepAll();
        assertThat(bench.flows.size()).isZero();
    }

    @Test
    void aBackendThatCallsItsOwnVipReachesItself() {
        var self = Bench.backendEnd(1, 40_000);
        assertThat(bench.out(TestPackets.tcp(self, VIP, SYN))).isEqualTo(REWRITTEN);
        // Its own address as the source would make it answer itself past the node.
        assertThat(bench.source()).isEqualTo(new End(VIP.address(), 40_000));
        assertThat(bench.destination()).isEqualTo(Bench.backendEnd(1, TARGET));
        TestPackets.assertChecksumsRight(bench.batch, 0);

        byte[] answer = TestPackets.tcp(Bench.backendEnd(1, TARGET), new End(VIP.address(), 40_000), SYN | ACK);
        assertThat(bench.out(answer)).isEqualTo(REWRITTEN);
        assertThat(bench.source()).isEqualTo(VIP);
        assertThat(bench.destination()).isEqualTo(self);
        TestPackets.assertChecksumsRight(bench.batch, 0);
    }

    @Test
    void aBackendThatCallsItsOwnVipByUdpReachesItself() {
        var self = Bench.backendEnd(1, 40_000);
        var dns = new End(VIP.address(), 53);
        assertThat(bench.out(TestPackets.udp(self, dns, 3))).isEqualTo(REWRITTEN);
        assertThat(bench.out(TestPackets.udp(Bench.backendEnd(1, 53), new End(VIP.address(), 40_000), 9)))
                .isEqualTo(REWRITTEN);
        assertThat(bench.source()).isEqualTo(dns);
        assertThat(bench.destination()).isEqualTo(self);
        assertThat(bench.flows.size()).isEqualTo(1);
    }

    @Test
    void aBackendThatCallsItsOwnVipMayReachAnother() {
        bench.connect(CLIENT);
        var caller = Bench.backendEnd(1, 40_000);
        assertThat(bench.out(TestPackets.tcp(caller, VIP, SYN))).isEqualTo(REWRITTEN);
        assertThat(bench.source()).isEqualTo(caller);
        assertThat(bench.destination()).isEqualTo(Bench.backendEnd(2, TARGET));
        // the answer of a backend on the same node comes out of its device
        assertThat(bench.out(TestPackets.tcp(Bench.backendEnd(2, TARGET), caller, SYN | ACK)))
                .isEqualTo(REWRITTEN);
        assertThat(bench.source()).isEqualTo(VIP);
    }

    @Test
    void twoServicesThatShareABackendKeepTheirAnswersApart() {
        addApi(Bench.backend(1), Bench.backend(2));
        End first = bench.connect(CLIENT);
        End second = bench.connect(CLIENT, API);
        assertThat(second).isNotEqualTo(first); // whose turn it was, but its answers could not be told from the others
        bench.in(TestPackets.tcp(second, CLIENT, ACK));
        assertThat(bench.source()).isEqualTo(API);
    }

    @Test
    void refusesAFlowWhoseAnswersNobodyCouldTellApart() {
        addApi(Bench.backend(1));
        bench.connect(CLIENT);
        assertThat(bench.out(TestPackets.tcp(CLIENT, API, SYN))).isEqualTo(ANSWERED);
        assertThat(bench.counters.get(DropReason.SERVICE_UNAVAILABLE)).isEqualTo(1);
    }

    @Test
    void dropsAPartialChecksumThatIsNotWhereTheProtocolHasIt() {
        bench.batch.clear();
        int index = TestPackets.receive(bench.batch, TestPackets.tcp(CLIENT, VIP, SYN));
        int tcp = bench.batch.transport(index);
        bench.batch.setChecksumPartial(index, tcp, tcp + 2);
        assertThat(bench.balancer.outbound(bench.batch, index, VNI, bench.now)).isEqualTo(DROPPED);
        assertThat(bench.batch.dropReason(index)).isEqualTo(DropReason.OFFLOAD);
    }

    @Test
    void anEndpointWithoutIpv6IsNoBackendForIpv6() {
        bench.change(web ->
                web.backends(List.of(Backend.of("web.1", "node-01", IpAddress.parse("10.0.0.11")), Bench.backend(2))));
        for (int n = 0; n < 4; n++) {
            assertThat(bench.connect(new End(CLIENT6.address(), 1000 + n))).isEqualTo(End.of("fd00::12", TARGET));
        }
    }

    private void assertReset(int flags, int sequence, int acknowledgment) {
        Memory memory = bench.batch.memory();
        int tcp = bench.batch.transport(0);
        assertThat(TcpHeader.flags(memory, tcp)).isEqualTo(flags);
        assertThat(TcpHeader.sequence(memory, tcp)).isEqualTo(sequence);
        assertThat(TcpHeader.acknowledgment(memory, tcp)).isEqualTo(acknowledgment);
        assertThat(TcpHeader.headerLength(memory, tcp)).isEqualTo(TcpHeader.LENGTH);
        TestPackets.assertChecksumsRight(bench.batch, 0);
    }
}
