package io.dunlin.lb;

import io.dunlin.benchmarks.MayAllocate;
import io.dunlin.vxlan.IpCheck;
import io.dunlin.vxlan.packet.Counters;
import io.dunlin.vxlan.packet.PacketBatch;
import io.dunlin.vxlan.wire.IpAddress;
import io.dunlin.vxlan.wire.IpProtocol;
import io.dunlin.vxlan.wire.Ipv4Header;
import io.dunlin.vxlan.wire.Memory;
import io.dunlin.vxlan.wire.TcpHeader;
import io.dunlin.vxlan.wire.UdpHeader;
import io.dunlin.vxlan.wire.Vni;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/**
 * What a packet to a VIP costs, with one service or ten thousand of ten backends each, 10,000 flows among them; and what a change of their
 * table costs. Nanoseconds per packet or change.
 *
 * <pre>{@code benchmarks/run --long BalancerBenchmark}</pre>
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class BalancerBenchmark {
    private static final Vni NETWORK = new Vni(4096);
    private static final int FLOWS = 10_000;
    private static final int BACKENDS = 10;
    private static final int VIPS = 0x0a40_0000;
    private static final int CLIENT = 0x0a01_0000;
    private static final int PORT = 80;
    private static final long NOW = 1_000_000_000L;

    @Param({"1", "10000"})
    private int services;

    private final PacketBatch batch = new PacketBatch(1, 2000);
    private final AtomicReference<ServiceTable> table = new AtomicReference<>(ServiceTable.empty("node-01"));
    private final FlowTable flows = new FlowTable(1 << 16, new Random(1));
    private final Balancer balancer = new Balancer(flows, table, new Counters(), _ -> true);
    private final byte[] packet = packet();
    private final int[] backends = new int[FLOWS];
    private int index;
    private int next;

    @Setup
    public void fill() {
        table.set(table.get().with(edit -> {
            for (int n = 0; n < services; n++) {
                edit.putService(service(n));
            }
        }));
        for (int n = 0; n < FLOWS; n++) {
            check(n, outboundOf(n, TcpHeader.FLAG_SYN));
            backends[n] = Ipv4Header.destination(batch.memory(), batch.start(index));
            check(n, inboundOf(n, TcpHeader.FLAG_SYN | TcpHeader.FLAG_ACK));
            check(n, outboundOf(n, TcpHeader.FLAG_ACK));
        }
    }

    private static void check(int n, Balancer.Verdict verdict) {
        if (verdict != Balancer.Verdict.REWRITTEN) {
            throw new IllegalStateException("flow " + n + ": " + verdict);
        }
    }

    private static Service service(int n) {
        Service service = Service.named(NETWORK, "service-" + n)
                .vip(IpAddress.ofIpv4(VIPS + n).toString());
        for (int b = 0; b < BACKENDS; b++) {
            service = service.backend(
                    Backend.of("b" + b, "node-0" + b, IpAddress.ofIpv4(0x0a80_0000 + n * BACKENDS + b)));
        }
        return service;
    }

    private static byte[] packet() {
        Memory packet = Memory.of(new byte[Ipv4Header.LENGTH + TcpHeader.LENGTH]);
        Ipv4Header.write(packet, 0, packet.size(), 64, IpProtocol.TCP, CLIENT, VIPS);
        TcpHeader.write(packet, Ipv4Header.LENGTH, 1, PORT, 1, 1, 0);
        return packet.toArray();
    }

    private static int client(int n) {
        return CLIENT + n / 5000;
    }

    private static int clientPort(int n) {
        return 1024 + n % 5000;
    }

    private Balancer.Verdict outboundOf(int n, int flags) {
        add(client(n), clientPort(n), VIPS + n % services, PORT, flags);
        return balancer.outbound(batch, index, NETWORK.value(), NOW);
    }

    private Balancer.Verdict inboundOf(int n, int flags) {
        add(backends[n], PORT, client(n), clientPort(n), flags);
        return balancer.inbound(batch, index, NETWORK.value(), NOW);
    }

    private void add(int from, int fromPort, int to, int toPort, int flags) {
        batch.clear();
        Memory memory = batch.memory();
        int ip = batch.nextStart();
        int tcp = ip + Ipv4Header.LENGTH;
        memory.put(ip, packet);
        Ipv4Header.setSource(memory, ip, from);
        Ipv4Header.setDestination(memory, ip, to);
        UdpHeader.setSourcePort(memory, tcp, fromPort); // TCP's ports lie where UDP's do
        UdpHeader.setDestinationPort(memory, tcp, toPort);
        memory.u8(tcp + TcpHeader.FLAGS, flags);
        index = batch.append(packet.length);
        IpCheck.check(batch, index);
    }

    /** A packet to a VIP, with all that it takes to write it and to check it. */
    @Benchmark
    public Balancer.Verdict outbound() {
        return outboundOf(turn(), TcpHeader.FLAG_ACK);
    }

    /** A backend's answer, written and checked too. */
    @Benchmark
    public Balancer.Verdict inbound() {
        return inboundOf(turn(), TcpHeader.FLAG_ACK);
    }

    /** What of it is no balancing. */
    @Benchmark
    public Balancer.Verdict outboundToNoService() {
        int n = turn();
        add(client(n), clientPort(n), CLIENT - 1 - n % services, PORT, TcpHeader.FLAG_ACK);
        return balancer.outbound(batch, index, NETWORK.value(), NOW);
    }

    private int turn() {
        next = next + 1 < FLOWS ? next + 1 : 0;
        return next;
    }

    /** A backend of one service fails or recovers: another table. */
    @Benchmark
    @MayAllocate
    public ServiceTable change() {
        int n = turn();
        ServiceTable now = table.getPlain().with(edit -> {
            Service service = edit.service(NETWORK, "service-" + n % services);
            if (service == null) {
                throw new IllegalStateException("no service");
            }
            Backend first = service.backends().get(0);
            edit.putService(
                    service.backend(first.state() == Backend.State.HEALTHY ? first.unhealthy() : first.healthy()));
        });
        table.setRelease(now);
        return now;
    }
}
