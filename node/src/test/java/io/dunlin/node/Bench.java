package io.dunlin.node;

import io.dunlin.lb.FlowTable;
import io.dunlin.lb.NamedEndpoint;
import io.dunlin.lb.ServiceTable;
import io.dunlin.lb.dns.ServiceDirectory;
import io.dunlin.lb.dns.ZoneSpec;
import io.dunlin.lb.dns.upstream.Exchange;
import io.dunlin.lb.dns.upstream.Forwarder;
import io.dunlin.lb.dns.upstream.UpstreamConfig;
import io.dunlin.lb.dns.upstream.Upstreams;
import io.dunlin.testkit.Frames;
import io.dunlin.testkit.SimulatedUnderlay;
import io.dunlin.vxlan.ForwardingTable;
import io.dunlin.vxlan.Route;
import io.dunlin.vxlan.io.MemoryDevice;
import io.dunlin.vxlan.io.UdpBatchSocket;
import io.dunlin.vxlan.packet.Counter;
import io.dunlin.vxlan.packet.Counters;
import io.dunlin.vxlan.packet.DropReason;
import io.dunlin.vxlan.packet.PacketBatch;
import io.dunlin.vxlan.wire.Cidr;
import io.dunlin.vxlan.wire.IpAddress;
import io.dunlin.vxlan.wire.Vni;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicReference;

/** Both paths of a node on the bench: no threads, no clock, devices in memory. The test's thread is the worker. */
final class Bench implements AutoCloseable {
    final PacketBatch outboundBatch;
    final PacketBatch inboundBatch;
    final EspContexts esp = new EspContexts();
    final ServiceFlows services = new ServiceFlows(
            new FlowTable(FlowTable.DEFAULT_MAX_FLOWS, new Random(1)),
            new AtomicReference<>(ServiceTable.empty("bench")),
            new ServedNetworks());
    final ServiceStage stage;
    final Counters counters = new Counters();
    final OutboundPath outbound;
    final InboundPath inbound;
    /** Answers about names that are to be sent later. */
    final List<GatewayNames.Late> late = new ArrayList<>();

    private final Map<String, MemoryDevice> devices = new LinkedHashMap<>();
    ForwardingTable table = ForwardingTable.empty();
    ServiceDirectory directory = ServiceDirectory.of(ServiceTable.empty("bench"));
    long now;

    Bench(UdpBatchSocket underlay) {
        this(underlay, 65_535);
    }

    Bench(UdpBatchSocket underlay, int room) {
        outboundBatch = new PacketBatch(64, room);
        inboundBatch = new PacketBatch(64, room);
        var limit = new IcmpErrorLimit();
        stage = new ServiceStage(services, counters, limit);
        var names = new GatewayNames(() -> directory, nobodyUpstream(), new Random(1), counters, late::add);
        outbound = new OutboundPath(outboundBatch, 0, underlay, esp, stage, counters, limit, names);
        inbound = new InboundPath(inboundBatch, 0, underlay, esp, stage, counters, limit);
    }

    private static Forwarder nobodyUpstream() {
        UpstreamConfig none = UpstreamConfig.of(List.of());
        Exchange noExchange = (_, _, _) -> {
            throw new IOException("nobody is to be asked");
        };
        var forwarder = new Forwarder(none, new Upstreams(() -> none, _ -> false, noExchange, new Random(1), () -> 0));
        forwarder.close(); // takes nothing, and so has no threads
        return forwarder;
    }

    Bench network(int vni, int mtu) {
        return network(vni, mtu, false);
    }

    Bench network(int vni, int mtu, boolean isEncrypted) {
        var gateway4 = IpAddress.parse("10.0.0.1");
        var gateway6 = IpAddress.parse("fd00::1");
        table = table.with(edit -> {
            var id = new Vni(vni);
            edit.putNetwork(new ForwardingTable.Network(id, mtu, isEncrypted, gateway4, gateway6));
            edit.putRoute(id, gateway4, new Route.Gateway());
            edit.putRoute(id, gateway6, new Route.Gateway());
            edit.putRoute(id, IpAddress.parse("10.0.0.255"), new Route.Drop(DropReason.MULTICAST));
        });
        directory = directory.with(edit -> {
            var id = new Vni(vni);
            edit.putZone(
                    id, ZoneSpec.named("bench").subnets(List.of(Cidr.parse("10.0.0.0/24"), Cidr.parse("fd00::/64"))));
            edit.putEndpoint(
                    new NamedEndpoint(id, "named", List.of(IpAddress.parse("10.0.0.7"), IpAddress.parse("fd00::7"))));
        });
        return this;
    }

    Bench local(int vni, String name, String... addresses) {
        var device = devices.computeIfAbsent(name, each -> new MemoryDevice(each, 1450));
        for (String text : addresses) {
            IpAddress address = IpAddress.parse(text);
            table = table.with(
                    edit -> edit.putRoute(new Vni(vni), address, new Route.Local(device, Frames.macOf(text))));
        }
        return this;
    }

    Bench remote(int vni, String vtep, String... addresses) {
        for (String text : addresses) {
            IpAddress address = IpAddress.parse(text);
            table = table.with(edit -> edit.putRoute(new Vni(vni), address, new Route.Remote(IpAddress.parse(vtep))));
        }
        return this;
    }

    MemoryDevice device(String name) {
        MemoryDevice device = devices.get(name);
        if (device == null) {
            throw new AssertionError("no device " + name);
        }
        return device;
    }

    /** The endpoint sends a packet, and the node takes it. */
    void send(String device, int vni, byte[] packet) {
        if (!device(device).write(ByteBuffer.wrap(packet))) {
            throw new AssertionError("the device's queue is full");
        }
        runOutbound(device, vni);
    }

    void runOutbound(String device, int vni) {
        try {
            outbound.run(device(device), vni, table, null, now);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** The node takes all datagrams that wait. */
    void receive() {
        try {
            while (inbound.run(table, null, now) > 0) {
                // until there are no more
            }
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** All packets that arrived at an endpoint since the last look. */
    List<byte[]> arrived(String device) {
        var packets = new ArrayList<byte[]>();
        var into = ByteBuffer.allocate(65_535);
        while (device(device).read(into.clear()) > 0) {
            var packet = new byte[into.position()];
            into.flip().get(packet);
            packets.add(packet);
        }
        return packets;
    }

    /** All packets that arrived anywhere. */
    int arrivedAnywhere() {
        return devices.keySet().stream()
                .mapToInt(device -> arrived(device).size())
                .sum();
    }

    long count(Counter counter) {
        return counters.get(counter);
    }

    static List<byte[]> takeAll(SimulatedUnderlay.Host host) {
        var datagrams = new ArrayList<byte[]>();
        for (byte[] datagram = host.take(); datagram != null; datagram = host.take()) {
            datagrams.add(datagram);
        }
        return datagrams;
    }

    @Override
    public void close() {
        esp.close();
        outboundBatch.close();
        inboundBatch.close();
        devices.values().forEach(MemoryDevice::close);
    }
}
