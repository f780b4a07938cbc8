package io.dunlin.node;

import io.dunlin.ipsec.InboundSa;
import io.dunlin.ipsec.OutboundSa;
import io.dunlin.ipsec.SaKey;
import io.dunlin.ipsec.SecurityAssociations;
import io.dunlin.ipsec.Spi;
import io.dunlin.ipsec.aead.AeadEngine;
import io.dunlin.vxlan.ForwardingTable;
import io.dunlin.vxlan.Route;
import io.dunlin.vxlan.io.PacketDevice;
import io.dunlin.vxlan.io.UdpBatchSocket;
import io.dunlin.vxlan.packet.Counters;
import io.dunlin.vxlan.packet.PacketBatch;
import io.dunlin.vxlan.wire.IpAddress;
import io.dunlin.vxlan.wire.MacAddress;
import io.dunlin.vxlan.wire.Vni;
import java.io.IOException;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Exercises the data path, so that the JVM has compiled it before traffic needs it: {@linkplain WarmUpTraffic
 * packets} go from a device of its own through {@link OutboundPath}, a socket that sends to itself, and {@link InboundPath}, back to that
 * device; every other pair of rounds passes a {@linkplain WarmUpServices service}. Neither the node's networks nor its counters see anything
 * of it, and nothing leaves the host.
 *
 * <p>Belongs to the thread that makes it.
 */
final class WarmUp implements AutoCloseable {
    /**
     * Rounds, of {@value #MOST_PACKETS} packets at most. The JVM compiles for good what it has seen 5,000 times at the least, and what
     * it inlines comes first; fewer rounds end before the last method's turn has come.
     */
    private static final int ROUNDS = 20_000;

    /**
     * What waits for the compiler falls out of its queue if it is not called meanwhile, so rounds go on until the compiler rests; but not for ever, as it may
     * have more to do than this.
     */
    private static final int MOST_ROUNDS = 3 * ROUNDS;

    /** Between two looks at the compiler. */
    private static final int LOOK = 512;

    /** So many looks in a row say that it rests, and is not between two methods. */
    private static final int RESTS = 3;

    private static final int MOST_PACKETS = 4;

    private static final int SLOTS = 16;
    private static final int ROOM = 65_535;
    // Networks: in the clear, then encrypted; without services and with.
    private static final int PLAIN = 1;
    private static final int SERVED = 2;
    private static final int ENCRYPTED = 3;
    private static final int ENCRYPTED_SERVED = 4;

    /** Rounds from one to the next that opens the services' connections anew. */
    private static final int REOPENING = 64;

    private static final int SPI = 0x8000_0000;
    private static final int WINDOW = 4032;

    private final UdpBatchSocket socket;
    private final PacketDevice device;
    private final PacketDevice workload;
    private final BooleanSupplier isCompiling;

    /**
     * What it is given becomes its own, and is closed with it.
     *
     * @param socket one that sends to the port it receives on
     * @param device the endpoint's
     * @param workload the other end of it
     * @param isCompiling whether the JVM's optimizing compiler is at work
     */
    WarmUp(UdpBatchSocket socket, PacketDevice device, PacketDevice workload, BooleanSupplier isCompiling) {
        this.socket = socket;
        this.device = device;
        this.workload = workload;
        this.isCompiling = isCompiling;
    }

    /**
     * Runs to the end, or until it is told to stop.
     *
     * @param engine with which every other round is of an encrypted network; null: none is
     * @return whether it ran to the end
     */
    boolean run(BooleanSupplier stop, @Nullable AeadEngine engine) throws IOException {
        var traffic = new WarmUpTraffic(WarmUpTraffic.THERE);
        var servedTraffic = new WarmUpTraffic(WarmUpServices.VIPS);
        try (var esp = new EspContexts();
                var outboundBatch = new PacketBatch(SLOTS, ROOM, SLOTS * PacketBatch.MAX_SEGMENTS);
                var inboundBatch = new PacketBatch(SLOTS, ROOM, SLOTS * PacketBatch.MAX_SEGMENTS);
                var otherBatch = new PacketBatch(SLOTS, ROOM, SLOTS * PacketBatch.MAX_SEGMENTS)) {
            if (engine != null) {
                esp.adopt(associations(), engine);
            }
            var counters = new Counters();
            var limit = new IcmpErrorLimit();
            var services = new WarmUpServices(counters, limit, SERVED, ENCRYPTED_SERVED);
            var outbound = new OutboundPath(outboundBatch, 0, socket, esp, services.here(), counters, limit, null);
            var inbound = new InboundPath(inboundBatch, 0, socket, esp, services.there(), counters, limit);
            var other = new InboundPath(
                    otherBatch,
                    0,
                    socket,
                    esp,
                    services.there(),
                    counters,
                    limit); // that there is one batch alone is no bet either
            ForwardingTable here = table(WarmUpTraffic.HERE, WarmUpTraffic.THERE);
            ForwardingTable there = table(WarmUpTraffic.THERE, WarmUpTraffic.HERE);
            int round = 0;
            int rests = 0;
            while (round < ROUNDS || (rests < RESTS && round < MOST_ROUNDS)) {
                if (stop.getAsBoolean()) {
                    return false;
                }
                if (round >= ROUNDS && round % LOOK == 0) {
                    rests = isCompiling.getAsBoolean() ? 0 : rests + 1;
                }
                if (round % REOPENING == 0) {
                    services.open(outboundBatch, round);
                }
                boolean isServed = round / 2 % 2 == 1;
                int network = network(engine != null && round % 2 == 1, isServed);
                (isServed ? servedTraffic : traffic).fill(outboundBatch, 1 + round / 4 % MOST_PACKETS);
                workload.send(outboundBatch, 0, outboundBatch.count());
                outbound.run(device, network, here, null, round);
                for (int i = 0; i < MOST_PACKETS; i++) { // a batch is full with 64 KiB
                    (round % 8 == 0 ? other : inbound).run(there, null, round);
                }
                do {
                    inboundBatch.clear();
                } while (workload.receive(inboundBatch) > 0);
                round++;
            }
            return true;
        }
    }

    private static int network(boolean isEncrypted, boolean isServed) {
        if (isEncrypted) {
            return isServed ? ENCRYPTED_SERVED : ENCRYPTED;
        }
        return isServed ? SERVED : PLAIN;
    }

    /** As one host sees it: what is local to it, and what lies behind the other, which has the same address on the underlay. */
    private ForwardingTable table(List<IpAddress> local, List<IpAddress> remote) {
        return ForwardingTable.empty().with(edit -> {
            for (int number : new int[] {PLAIN, SERVED, ENCRYPTED, ENCRYPTED_SERVED}) {
                var vni = new Vni(number);
                boolean isEncrypted = number >= ENCRYPTED;
                edit.putNetwork(new ForwardingTable.Network(vni, WarmUpTraffic.MTU, isEncrypted, null, null));
                local.forEach(
                        each -> edit.putRoute(vni, each, new Route.Local(device, MacAddress.ofEndpoint(each.low()))));
                remote.forEach(each -> edit.putRoute(vni, each, new Route.Remote(vtep())));
            }
        });
    }

    private IpAddress vtep() {
        return IpAddress.of(socket.localAddress().getAddress());
    }

    /** With itself. The key is no secret: what it seals is made up here, and goes nowhere. */
    private SecurityAssociations associations() {
        var spi = new Spi(SPI);
        var out = new OutboundSa(spi, new SaKey(new byte[20]), true, Long.MAX_VALUE);
        var in = new InboundSa(spi, new SaKey(new byte[20]), true, true, WINDOW);
        return new SecurityAssociations(
                List.of(new SecurityAssociations.Outbound(vtep(), 0, out)),
                List.of(new SecurityAssociations.Inbound(vtep(), in)));
    }

    @Override
    public void close() {
        socket.close();
        device.close();
        workload.close();
    }
}
