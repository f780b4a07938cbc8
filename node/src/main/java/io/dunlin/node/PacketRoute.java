package io.dunlin.node;

import io.dunlin.vxlan.ForwardingTable;
import io.dunlin.vxlan.Route;
import io.dunlin.vxlan.packet.PacketBatch;
import io.dunlin.vxlan.wire.IpAddress;
import io.dunlin.vxlan.wire.IpHeader;
import io.dunlin.vxlan.wire.Ipv4Header;
import io.dunlin.vxlan.wire.Ipv6Header;
import io.dunlin.vxlan.wire.Memory;
import org.jspecify.annotations.Nullable;

/** Looks up where a checked IP packet comes from and goes to. */
final class PacketRoute {
    private PacketRoute() {}

    /** The route to the packet's own source address; null if nobody has it. */
    static @Nullable Route ofSource(PacketBatch batch, int index, int vni, ForwardingTable table) {
        Memory memory = batch.memory();
        int ip = batch.start(index);
        return IpHeader.version(memory, ip) == 4
                ? table.route(vni, 0, mapped(Ipv4Header.source(memory, ip)))
                : table.route(vni, Ipv6Header.sourceHigh(memory, ip), Ipv6Header.sourceLow(memory, ip));
    }

    /** The route to the packet's destination; null if nobody has it. */
    static @Nullable Route ofDestination(PacketBatch batch, int index, int vni, ForwardingTable table) {
        Memory memory = batch.memory();
        int ip = batch.start(index);
        return IpHeader.version(memory, ip) == 4
                ? table.route(vni, 0, mapped(Ipv4Header.destination(memory, ip)))
                : table.route(vni, Ipv6Header.destinationHigh(memory, ip), Ipv6Header.destinationLow(memory, ip));
    }

    /** The lower half of the packet's destination address. */
    static long destinationLow(PacketBatch batch, int index) {
        Memory memory = batch.memory();
        int ip = batch.start(index);
        return IpHeader.version(memory, ip) == 4
                ? mapped(Ipv4Header.destination(memory, ip))
                : Ipv6Header.destinationLow(memory, ip);
    }

    /** The lower half of the packet's source address. */
    static long sourceLow(PacketBatch batch, int index) {
        Memory memory = batch.memory();
        int ip = batch.start(index);
        return IpHeader.version(memory, ip) == 4
                ? mapped(Ipv4Header.source(memory, ip))
                : Ipv6Header.sourceLow(memory, ip);
    }

    private static long mapped(int ipv4) {
        return IpAddress.IPV4_PREFIX | Integer.toUnsignedLong(ipv4);
    }
}
