package io.dunlin.node;

import io.dunlin.lb.Backend;
import io.dunlin.lb.FlowTable;
import io.dunlin.lb.Service;
import io.dunlin.lb.ServiceTable;
import io.dunlin.testkit.Frames;
import io.dunlin.testkit.Ipv4Packet;
import io.dunlin.testkit.Transport;
import io.dunlin.vxlan.ForwardingTable;
import io.dunlin.vxlan.Route;
import io.dunlin.vxlan.io.PacketDevice;
import io.dunlin.vxlan.io.Signal;
import io.dunlin.vxlan.io.UdpBatchSocket;
import io.dunlin.vxlan.packet.Counter;
import io.dunlin.vxlan.packet.Counters;
import io.dunlin.vxlan.packet.PacketBatch;
import io.dunlin.vxlan.wire.IpAddress;
import io.dunlin.vxlan.wire.Vni;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * Both paths of a network with a service, without system calls: UDP packets of 64 bytes to its VIP, and its backend's answers, each of another flow, at random
 * among all; one at a time and in batches of {@value #BATCH}. Nanoseconds per packet.
 *
 * <pre>{@code benchmarks/run --long ServedPathBenchmark}</pre>
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class ServedPathBenchmark {
    private static final int BATCH = 64;
    private static final int VNI = 4096;
    private static final Vni NETWORK = new Vni(VNI);
    private static final IpAddress VTEP = IpAddress.parse("192.0.2.2");
    private static final String VIP = "10.0.0.80";
    private static final String BACKEND = "10.0.0.3";
    private static final String CLIENTS = "10.0.1.";
    private static final int PAYLOAD = 22;
    private static final int PORTS = 50_000;
    private static final int FIRST_PORT = 1024;
    private static final int SERVICE_PORT = 53;
    private static final int UDP_SOURCE = 20;
    private static final int UDP_DESTINATION = 22;
    private static final int FRAME = 8 + 14;
    /** Packets before they repeat. */
    private static final int DRAWN = 1 << 20;

    @Param({"1000", "1000000"})
    private int count;

    private final PacketBatch outboundBatch = new PacketBatch(BATCH, 65_535);
    private final PacketBatch inboundBatch = new PacketBatch(BATCH, 65_535);
    private final Clients device = new Clients();
    private final Backends socket = new Backends();
    private OutboundPath outbound;
    private InboundPath inbound;
    private ForwardingTable table;
    private int[] drawn;
    private int next;
    private boolean isInOrder;
    private int waiting;
    private long nowNanos;

    @Setup
    public void build() throws IOException {
        int clients = (count + PORTS - 1) / PORTS;
        drawn = new Random(1).ints(DRAWN, 0, count).toArray();
        table = ForwardingTable.empty().with(edit -> {
            edit.putNetwork(new ForwardingTable.Network(NETWORK, 1450, false, null, null));
            edit.putRoute(NETWORK, IpAddress.parse(BACKEND), new Route.Remote(VTEP));
            for (int c = 0; c < clients; c++) {
                edit.putRoute(
                        NETWORK, IpAddress.parse(CLIENTS + c), new Route.Local(device, Frames.macOf(CLIENTS + c)));
            }
        });
        device.packets = new byte[clients][];
        socket.datagrams = new byte[clients][];
        for (int c = 0; c < clients; c++) {
            device.packets[c] = packet(CLIENTS + c, VIP, SERVICE_PORT);
            socket.datagrams[c] = Frames.vxlan(
                    VNI,
                    Frames.ethernet(
                            Frames.macOf(CLIENTS + c),
                            Frames.macOf(BACKEND),
                            packet(BACKEND, CLIENTS + c, SERVICE_PORT)));
        }
        var networks = new ServedNetworks();
        networks.add(VNI);
        var flows = new FlowTable(FlowTable.DEFAULT_MAX_FLOWS, new Random(1));
        var services = new AtomicReference<>(ServiceTable.empty("node-01")
                .with(edit -> edit.putService(Service.named(NETWORK, "web")
                        .vip(VIP)
                        .backend(Backend.of("web.1", "node-02", IpAddress.parse(BACKEND))))));
        var counters = new Counters();
        var limit = new IcmpErrorLimit();
        var stage = new ServiceStage(new ServiceFlows(flows, services, networks), counters, limit);
        var esp = new EspContexts();
        outbound = new OutboundPath(outboundBatch, 0, socket, esp, stage, counters, limit, null);
        inbound = new InboundPath(inboundBatch, 0, socket, esp, stage, counters, limit);
        isInOrder = true;
        for (int n = 0; n < count; n += BATCH) {
            int first = next;
            outbound(Math.min(BATCH, count - n));
            next = first;
            inbound(Math.min(BATCH, count - n));
        }
        isInOrder = false;
        if (flows.settled() != count
                || counters.get(Counter.UNDERLAY_SENT_PACKETS) != count
                || counters.get(Counter.DEVICE_SENT_PACKETS) != count) {
            throw new IllegalStateException(flows.settled() + " flows of " + count + ": " + counters.drops());
        }
    }

    private static byte[] packet(String from, String to, int port) {
        return Ipv4Packet.of(from, to)
                .carrying(Transport.udp(port, port, Frames.payload(PAYLOAD)))
                .bytes();
    }

    private int flow() {
        int n = isInOrder ? next : drawn[next & DRAWN - 1];
        next++;
        return n;
    }

    @TearDown
    public void free() {
        outboundBatch.close();
        inboundBatch.close();
    }

    @Benchmark
    public int outboundOne() throws IOException {
        return outbound(1);
    }

    @Benchmark
    @OperationsPerInvocation(BATCH)
    public int outboundBatch() throws IOException {
        return outbound(BATCH);
    }

    private int outbound(int packets) throws IOException {
        waiting = packets;
        return outbound.run(device, VNI, table, null, nowNanos++);
    }

    @Benchmark
    public int inboundOne() throws IOException {
        return inbound(1);
    }

    @Benchmark
    @OperationsPerInvocation(BATCH)
    public int inboundBatch() throws IOException {
        return inbound(BATCH);
    }

    private int inbound(int datagrams) throws IOException {
        waiting = datagrams;
        return inbound.run(table, null, nowNanos++);
    }

    /** The device of all clients. */
    private final class Clients implements PacketDevice {
        private byte[][] packets = {};

        @Override
        public String name() {
            return "clients";
        }

        @Override
        public int descriptor() {
            return NO_DESCRIPTOR;
        }

        @Override
        public boolean isReady() {
            return true;
        }

        @Override
        public void signalTo(Signal signal) {}

        @Override
        public int receive(PacketBatch batch) {
            for (int i = 0; i < waiting; i++) {
                int n = flow();
                byte[] packet = packets[n / PORTS];
                int at = batch.nextStart();
                batch.memory().put(at, packet, 0, packet.length);
                batch.memory().u16(at + UDP_SOURCE, FIRST_PORT + n % PORTS);
                batch.append(packet.length);
            }
            return waiting;
        }

        @Override
        public boolean takesSuperPackets(int protocol) {
            return false;
        }

        @Override
        public boolean takesPartialChecksums() {
            return true;
        }

        @Override
        public void send(PacketBatch batch, int from, int to) {}

        @Override
        public void close() {}
    }

    /** The socket that backends' answers come in by. */
    private final class Backends implements UdpBatchSocket {
        private byte[][] datagrams = {};

        @Override
        public InetSocketAddress localAddress() {
            return new InetSocketAddress(4789);
        }

        @Override
        public String kind() {
            return "backends";
        }

        @Override
        public int descriptor() {
            return NO_DESCRIPTOR;
        }

        @Override
        public boolean isReady() {
            return true;
        }

        @Override
        public void signalTo(Signal signal) {}

        @Override
        public int receive(PacketBatch batch) {
            for (int i = 0; i < waiting; i++) {
                int n = flow();
                byte[] datagram = datagrams[n / PORTS];
                int at = batch.nextStart();
                batch.memory().put(at, datagram, 0, datagram.length);
                batch.memory().u16(at + FRAME + UDP_DESTINATION, FIRST_PORT + n % PORTS);
                int index = batch.append(datagram.length);
                batch.setPeer(index, VTEP.high(), VTEP.low());
            }
            return waiting;
        }

        @Override
        public void send(PacketBatch batch, int from, int to) {}

        @Override
        public void close() {}
    }
}
