package io.dunlin.lb;

import static io.dunlin.lb.TestPackets.ACK;
import static io.dunlin.lb.TestPackets.SYN;
import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.lb.TestPackets.End;
import io.dunlin.vxlan.packet.Counters;
import io.dunlin.vxlan.packet.PacketBatch;
import io.dunlin.vxlan.wire.IpAddress;
import io.dunlin.vxlan.wire.Vni;
import java.time.Duration;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;

/** A balancer with one service of three backends, on virtual time. */
final class Bench {
    static final int VNI = 4096;
    static final Vni NETWORK = new Vni(VNI);
    static final End VIP = End.of("10.0.0.5", 80);
    static final End VIP6 = End.of("fd00::5", 80);
    static final End CLIENT = End.of("10.0.0.100", 40_000);
    static final End CLIENT6 = End.of("fd00::100", 40_000);
    static final int TARGET = 8080;

    static final Service WEB = Service.named(NETWORK, "web")
            .vip("10.0.0.5")
            .vip("fd00::5")
            .port(ServicePort.tcp(80).to(TARGET))
            .port(ServicePort.udp(53))
            .backend(backend(1))
            .backend(backend(2))
            .backend(backend(3));

    static final Service WITH_ALL_PORTS = Service.named(NETWORK, "web")
            .vip("10.0.0.5")
            .backend(backend(1))
            .backend(backend(2))
            .backend(backend(3));

    final AtomicReference<ServiceTable> services;
    final FlowTable flows;
    final Counters counters = new Counters();
    final PacketBatch batch = new PacketBatch(64, 65_535);
    final Balancer balancer;
    final FlowSweep sweep;
    boolean mayAnswer = true;
    long now = 1_000_000_000L;

    Bench() {
        this(1 << 16);
    }

    Bench(int maxFlows) {
        this(new FlowTable(maxFlows, new Random(1)));
    }

    Bench(FlowTable flows) {
        this(flows, new AtomicReference<>(ServiceTable.empty("node-01").with(edit -> edit.putService(WEB))));
    }

    /** Another worker of the same node. */
    Bench(Bench node) {
        this(node.flows, node.services);
    }

    private Bench(FlowTable flows, AtomicReference<ServiceTable> services) {
        this.flows = flows;
        this.services = services;
        balancer = worker(counters);
        sweep = new FlowSweep(flows, services, batch.capacity());
    }

    Balancer worker(Counters itsOwn) {
        return new Balancer(flows, services, itsOwn, _ -> mayAnswer);
    }

    static Backend backend(int n) {
        return Backend.of("web." + n, "node-0" + n, IpAddress.parse("10.0.0.1" + n), IpAddress.parse("fd00::1" + n));
    }

    static End backendEnd(int n, int port) {
        return End.of("10.0.0.1" + n, port);
    }

    void change(UnaryOperator<Service> change) {
        services.setRelease(services.getPlain().with(edit -> {
            Service web = Objects.requireNonNull(edit.service(NETWORK, "web"));
            edit.putService(change.apply(web));
        }));
    }

    void pass(Duration time) {
        now += time.toNanos();
    }

    /** A packet alone in the batch goes out. @return its verdict */
    Balancer.Verdict out(byte[] packet) {
        batch.clear();
        return balancer.outbound(batch, TestPackets.receive(batch, packet), VNI, now);
    }

    /** A packet alone in the batch comes in. @return its verdict */
    Balancer.Verdict in(byte[] packet) {
        batch.clear();
        return balancer.inbound(batch, TestPackets.receive(batch, packet), VNI, now);
    }

    /** The same of a packet that was announced before. */
    Balancer.Verdict expectedOut(byte[] packet) {
        batch.clear();
        int index = TestPackets.receive(batch, packet);
        balancer.expectOutbound(batch, index, VNI);
        return balancer.outbound(batch, index, VNI, now);
    }

    /** The same of a packet that was announced before. */
    Balancer.Verdict expectedIn(byte[] packet) {
        batch.clear();
        int index = TestPackets.receive(batch, packet);
        balancer.expectInbound(batch, index, VNI);
        return balancer.inbound(batch, index, VNI, now);
    }

    End source() {
        return TestPackets.source(batch, 0);
    }

    End destination() {
        return TestPackets.destination(batch, 0);
    }

    byte[] bytes() {
        return TestPackets.bytes(batch, 0);
    }

    /** Opens a connection by its three packets. @return the backend's end */
    End connect(End client) {
        return connect(client, client.address().isIpv4() ? VIP : VIP6);
    }

    End connect(End client, End vip) {
        assertThat(out(TestPackets.tcp(client, vip, SYN, 999, 0, 0))).isEqualTo(Balancer.Verdict.REWRITTEN);
        End backend = destination();
        assertThat(in(TestPackets.tcp(backend, client, SYN | ACK, 4999, 1000, 0)))
                .isEqualTo(Balancer.Verdict.REWRITTEN);
        assertThat(out(TestPackets.tcp(client, vip, ACK, 1000, 5000, 0))).isEqualTo(Balancer.Verdict.REWRITTEN);
        assertThat(destination()).isEqualTo(backend);
        return backend;
    }

    /** Goes round the table until there is nothing left to do. @return RSTs sent, of which the last slice's are in the batch */
    int sweepAll() {
        int resets = 0;
        do {
            batch.clear();
            resets += sweep.run(batch, now);
        } while (batch.count() == 0 && sweep.dueNanos(now) <= now);
        return resets;
    }
}
