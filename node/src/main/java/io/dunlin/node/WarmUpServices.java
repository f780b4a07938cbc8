package io.dunlin.node;

import io.dunlin.lb.Backend;
import io.dunlin.lb.FlowTable;
import io.dunlin.lb.Service;
import io.dunlin.lb.ServiceTable;
import io.dunlin.vxlan.IpCheck;
import io.dunlin.vxlan.packet.Counters;
import io.dunlin.vxlan.packet.PacketBatch;
import io.dunlin.vxlan.wire.IpAddress;
import io.dunlin.vxlan.wire.IpHeader;
import io.dunlin.vxlan.wire.IpProtocol;
import io.dunlin.vxlan.wire.Memory;
import io.dunlin.vxlan.wire.TcpHeader;
import io.dunlin.vxlan.wire.UdpHeader;
import io.dunlin.vxlan.wire.Vni;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;

/**
 * The services of the warm-up: one on each side, with one VIP. {@linkplain WarmUpTraffic Traffic} goes one way, and is both: what clients here
 * send to the VIP, whose backend is there; and what a backend here answers clients there, who asked the VIP for it.
 *
 * <pre>
 *   here:50000 → VIP:5201    becomes    here:50000 → there:5201    becomes    VIP:50000 → there:5201
 * </pre>
 *
 * <p>Belongs to the thread that makes it.
 */
final class WarmUpServices {
    /** One of each version: documentation's addresses (RFC 5737, RFC 3849). */
    static final List<IpAddress> VIPS = List.of(IpAddress.parse("192.0.2.80"), IpAddress.parse("2001:db8::80"));

    private static final int TTL = 64;

    private final ServiceStage here;
    private final ServiceStage there;
    private final int[] vnis;

    /** @param vnis networks that have the services */
    WarmUpServices(Counters counters, IcmpErrorLimit limit, int... vnis) {
        this.here = stage(WarmUpTraffic.THERE, counters, limit, vnis);
        this.there = stage(WarmUpTraffic.HERE, counters, limit, vnis);
        this.vnis = vnis;
    }

    private static ServiceStage stage(List<IpAddress> backend, Counters counters, IcmpErrorLimit limit, int... vnis) {
        var networks = new ServedNetworks();
        ServiceTable table = ServiceTable.empty("warm-up");
        for (int vni : vnis) {
            networks.add(vni);
            Service service = Service.named(new Vni(vni), "warm")
                    .backend(Backend.of("warm.1", "warm-up", backend.toArray(IpAddress[]::new)));
            for (IpAddress vip : VIPS) {
                service = service.vip(vip.toString());
            }
            Service whole = service;
            table = table.with(edit -> edit.putService(whole));
        }
        var flows = new FlowTable(FlowTable.LEAST_FLOWS, () -> 0);
        return new ServiceStage(new ServiceFlows(flows, new AtomicReference<>(table), networks), counters, limit);
    }

    /** The stage of clients here. */
    ServiceStage here() {
        return here;
    }

    /** The stage of clients there. */
    ServiceStage there() {
        return there;
    }

    /**
     * Ends all TCP connections and opens them anew, as their other side would: traffic by itself never gets beyond their first packet, or their
     * last.
     *
     * @param batch is used up
     */
    void open(PacketBatch batch, long nowNanos) {
        for (int vni : vnis) {
            for (int family = 0; family < VIPS.size(); family++) {
                IpAddress vip = VIPS.get(family);
                IpAddress east = WarmUpTraffic.HERE.get(family);
                IpAddress west = WarmUpTraffic.THERE.get(family);
                for (int flow = 0; flow < WarmUpTraffic.FLOWS; flow++) {
                    int from = WarmUpTraffic.SOURCE_PORT;
                    int to = WarmUpTraffic.DESTINATION_PORT + flow;
                    open(batch, here, vni, east, from, vip, to, west, nowNanos);
                    open(batch, there, vni, west, to, vip, from, east, nowNanos);
                }
            }
        }
    }

    private static void open(
            PacketBatch batch,
            ServiceStage stage,
            int vni,
            IpAddress client,
            int clientPort,
            IpAddress vip,
            int port,
            IpAddress backend,
            long nowNanos) {
        batch.clear();
        int end = TcpHeader.FLAG_FIN | TcpHeader.FLAG_ACK;
        int begin = TcpHeader.FLAG_SYN;
        int both = begin | TcpHeader.FLAG_ACK;
        stage.outbound(batch, tcp(batch, client, clientPort, vip, port, end), vni, nowNanos);
        stage.inbound(batch, tcp(batch, backend, port, client, clientPort, end), vni, nowNanos);
        stage.outbound(batch, tcp(batch, client, clientPort, vip, port, begin), vni, nowNanos);
        stage.inbound(batch, tcp(batch, backend, port, client, clientPort, both), vni, nowNanos);
        stage.outbound(batch, tcp(batch, client, clientPort, vip, port, TcpHeader.FLAG_ACK), vni, nowNanos);
        stage.outbound(batch, udp(batch, client, clientPort, vip, port), vni, nowNanos);
        stage.inbound(batch, udp(batch, backend, port, client, clientPort), vni, nowNanos);
    }

    /** Adds a segment without data. @return its index */
    private static int tcp(PacketBatch batch, IpAddress from, int fromPort, IpAddress to, int toPort, int flags) {
        int transport =
                IpHeader.write(batch.memory(), batch.nextStart(), TcpHeader.LENGTH, TTL, IpProtocol.TCP, from, to);
        TcpHeader.write(batch.memory(), transport, fromPort, toPort, 0, 0, flags);
        return append(batch, transport + TcpHeader.LENGTH);
    }

    /** Adds a datagram without data, and without a checksum. @return its index */
    private static int udp(PacketBatch batch, IpAddress from, int fromPort, IpAddress to, int toPort) {
        Memory memory = batch.memory();
        int transport = IpHeader.write(memory, batch.nextStart(), UdpHeader.LENGTH, TTL, IpProtocol.UDP, from, to);
        UdpHeader.setSourcePort(memory, transport, fromPort);
        UdpHeader.setDestinationPort(memory, transport, toPort);
        UdpHeader.setDatagramLength(memory, transport, UdpHeader.LENGTH);
        UdpHeader.setChecksum(memory, transport, 0);
        return append(batch, transport + UdpHeader.LENGTH);
    }

    private static int append(PacketBatch batch, int end) {
        int index = batch.append(end - batch.nextStart());
        IpCheck.check(batch, index);
        return index;
    }
}
