package io.dunlin.lb;

import static io.dunlin.lb.Balancer.Verdict.DROPPED;
import static io.dunlin.lb.Balancer.Verdict.PASSED;
import static io.dunlin.lb.Balancer.Verdict.REWRITTEN;
import static io.dunlin.lb.Bench.CLIENT;
import static io.dunlin.lb.Bench.CLIENT6;
import static io.dunlin.lb.Bench.TARGET;
import static io.dunlin.lb.Bench.VIP;
import static io.dunlin.lb.Bench.VIP6;
import static io.dunlin.lb.TestPackets.ACK;
import static io.dunlin.lb.TestPackets.SYN;
import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.lb.TestPackets.End;
import io.dunlin.vxlan.packet.DropReason;
import io.dunlin.vxlan.wire.IcmpHeader;
import io.dunlin.vxlan.wire.IpAddress;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** ICMP errors about packets of flows that were rewritten: path MTU discovery works through a VIP. */
class QuotedPacketsTest {
    private final Bench bench = new Bench();

    @Test
    void tellsTheClientThatItsPacketWasTooBigForTheWayToTheBackend() {
        for (End client : List.of(CLIENT, CLIENT6)) {
            End vip = client.equals(CLIENT) ? VIP : VIP6;
            End backend = bench.connect(client);
            byte[] asSent = TestPackets.tcp(client, vip, ACK, 1000, 5000, 1400);
            byte[] asRewritten = TestPackets.tcp(client, backend, ACK, 1000, 5000, 1400);

            // in full, and of as little as is allowed
            for (int quoted : new int[] {500, (client.equals(CLIENT) ? 20 : 40) + 8}) {
                assertThat(bench.in(TestPackets.tooBig(
                                backend.address(), client.address(), Arrays.copyOf(asRewritten, quoted), 1300)))
                        .isEqualTo(REWRITTEN);
                assertThat(bench.bytes())
                        .isEqualTo(TestPackets.tooBig(
                                vip.address(), client.address(), Arrays.copyOf(asSent, quoted), 1300));
            }
        }
    }

    @Test
    void leavesTheAddressOfARouterOnTheWay() {
        End backend = bench.connect(CLIENT);
        var router = IpAddress.parse("10.0.0.1");
        byte[] quoted = TestPackets.tcp(CLIENT, backend, ACK, 1000, 5000, 100);
        assertThat(bench.in(TestPackets.tooBig(router, CLIENT.address(), quoted, 1300)))
                .isEqualTo(REWRITTEN);
        assertThat(bench.bytes())
                .isEqualTo(TestPackets.tooBig(
                        router, CLIENT.address(), TestPackets.tcp(CLIENT, VIP, ACK, 1000, 5000, 100), 1300));
    }

    @Test
    void tellsTheBackendThatItsAnswerWasTooBigForTheClient() {
        End backend = bench.connect(CLIENT);
        byte[] asReceived = TestPackets.tcp(VIP, CLIENT, ACK, 5000, 1000, 300);
        assertThat(bench.out(TestPackets.tooBig(CLIENT.address(), VIP.address(), asReceived, 1300)))
                .isEqualTo(REWRITTEN);
        assertThat(bench.bytes())
                .isEqualTo(TestPackets.tooBig(
                        CLIENT.address(),
                        backend.address(),
                        TestPackets.tcp(backend, CLIENT, ACK, 5000, 1000, 300),
                        1300));
    }

    @Test
    void carriesErrorsAboutDatagramsAndPings() {
        var dns = new End(VIP.address(), 53);
        bench.out(TestPackets.udp(CLIENT, dns, 30));
        End backend = bench.destination();
        assertThat(bench.in(portUnreachable(backend, CLIENT, TestPackets.udp(CLIENT, backend, 30))))
                .isEqualTo(REWRITTEN);
        assertThat(bench.bytes()).isEqualTo(portUnreachable(VIP, CLIENT, TestPackets.udp(CLIENT, dns, 30)));

        bench.out(TestPackets.ping(CLIENT6, VIP6, false, 5));
        End pinged = bench.destination();
        byte[] quoted = TestPackets.ping(CLIENT6, pinged, false, 5);
        assertThat(bench.in(TestPackets.tooBig(pinged.address(), CLIENT6.address(), quoted, 1300)))
                .isEqualTo(REWRITTEN);
        assertThat(bench.bytes())
                .isEqualTo(TestPackets.tooBig(
                        VIP6.address(), CLIENT6.address(), TestPackets.ping(CLIENT6, VIP6, false, 5), 1300));
    }

    @Test
    void carriesErrorsOfABackendThatCallsItself() {
        var self = Bench.backendEnd(1, 40_000);
        bench.out(TestPackets.tcp(self, VIP, SYN, 1, 0, 0));
        var seen = new End(VIP.address(), 40_000);
        End target = Bench.backendEnd(1, TARGET);
        // about what it got as the backend
        byte[] got = TestPackets.tcp(seen, target, ACK, 1, 2, 50);
        assertThat(bench.out(TestPackets.tooBig(target.address(), VIP.address(), got, 1300)))
                .isEqualTo(REWRITTEN);
        assertThat(bench.bytes())
                .isEqualTo(TestPackets.tooBig(
                        VIP.address(), self.address(), TestPackets.tcp(self, VIP, ACK, 1, 2, 50), 1300));
        // about what it got as the client
        byte[] answer = TestPackets.tcp(VIP, self, ACK, 1, 2, 50);
        assertThat(bench.out(TestPackets.tooBig(self.address(), VIP.address(), answer, 1300)))
                .isEqualTo(REWRITTEN);
        assertThat(bench.bytes())
                .isEqualTo(TestPackets.tooBig(
                        VIP.address(), target.address(), TestPackets.tcp(target, seen, ACK, 1, 2, 50), 1300));
    }

    @Test
    void dropsAnErrorToTheVipThatQuotesNoFlow() {
        bench.connect(CLIENT);
        byte[] foreign = TestPackets.tcp(VIP, new End(CLIENT.address(), 9), ACK, 5000, 1000, 3);
        assertThat(bench.out(TestPackets.tooBig(CLIENT.address(), VIP.address(), foreign, 1300)))
                .isEqualTo(DROPPED);
        assertThat(bench.batch.dropReason(0)).isEqualTo(DropReason.SERVICE_ICMP);
        byte[] fromElsewhere = TestPackets.tcp(Bench.backendEnd(2, 80), CLIENT, ACK, 5000, 1000, 3);
        assertThat(bench.out(TestPackets.tooBig(CLIENT.address(), VIP.address(), fromElsewhere, 1300)))
                .isEqualTo(DROPPED);
    }

    @Test
    void believesNobodyWhatAnotherWasSent() {
        bench.connect(CLIENT);
        byte[] another = TestPackets.tcp(VIP, CLIENT, ACK, 5000, 1000, 3);
        assertThat(bench.out(TestPackets.tooBig(IpAddress.parse("10.0.0.101"), VIP.address(), another, 68)))
                .isEqualTo(DROPPED);
    }

    @Test
    void leavesAloneErrorsThatQuoteSomethingElse() {
        End backend = bench.connect(CLIENT);
        byte[] direct = TestPackets.tcp(CLIENT, new End(backend.address(), 22), ACK, 1, 2, 3);
        byte[] error = TestPackets.tooBig(backend.address(), CLIENT.address(), direct, 1300);
        assertThat(bench.in(error)).isEqualTo(PASSED);
        assertThat(bench.bytes()).isEqualTo(error);
        byte[] nothing = TestPackets.tooBig(backend.address(), CLIENT.address(), new byte[5], 1300);
        assertThat(bench.in(nothing)).isEqualTo(PASSED);
        byte[] toAnother = TestPackets.tcp(End.of("10.0.0.77", CLIENT.port()), backend, ACK, 1, 2, 3);
        assertThat(bench.in(TestPackets.tooBig(backend.address(), CLIENT.address(), toAnother, 1300)))
                .isEqualTo(PASSED);
    }

    private static byte[] portUnreachable(End from, End to, byte[] quoted) {
        return TestPackets.icmpError(
                from.address(), to.address(), IcmpHeader.UNREACHABLE, IcmpHeader.PORT_UNREACHABLE, 0, quoted);
    }
}
