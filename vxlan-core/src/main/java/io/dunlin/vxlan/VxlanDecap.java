package io.dunlin.vxlan;

import io.dunlin.vxlan.packet.DropReason;
import io.dunlin.vxlan.packet.PacketBatch;
import io.dunlin.vxlan.wire.EthernetHeader;
import io.dunlin.vxlan.wire.IpHeader;
import io.dunlin.vxlan.wire.MacAddress;
import io.dunlin.vxlan.wire.Memory;
import io.dunlin.vxlan.wire.VxlanHeader;
import org.jspecify.annotations.Nullable;

/**
 * The stage that takes the VXLAN and the Ethernet header off datagrams of the underlay, and lets through only frames of networks this
 * node has, from VTEPs that take part in them; of an encrypted network only what was {@linkplain PacketBatch#isOpened opened}. What it read stays readable by index until the next batch.
 */
public final class VxlanDecap {
    private final ForwardingTable.@Nullable Network[] network;
    private final int[] etherType;
    private final long[] sourceMac;
    private final long[] destinationMac;

    /** @param capacity of the batches it will see */
    public VxlanDecap(int capacity) {
        network = new ForwardingTable.Network[capacity];
        etherType = new int[capacity];
        sourceMac = new long[capacity];
        destinationMac = new long[capacity];
    }

    /** Strips both headers of a packet, or drops it. One that passes begins with an ARP message or an IP header. */
    public void decap(PacketBatch batch, int index, ForwardingTable table) {
        DropReason fault = fault(batch, index, table);
        if (fault != null) {
            batch.drop(index, fault);
        }
    }

    private @Nullable DropReason fault(PacketBatch batch, int i, ForwardingTable table) {
        Memory memory = batch.memory();
        int at = batch.start(i);
        if (!VxlanHeader.checkLength(batch.length(i))) {
            return DropReason.VXLAN_TRUNCATED;
        }
        // All other flags and the reserved fields are ignored on receipt (RFC 7348 section 5), but for the first bit:
        // it tells ESP,
        // whose SPIs have it set, from VXLAN on one port.
        int flags = VxlanHeader.flags(memory, at);
        if ((flags & VxlanHeader.FLAG_VNI) == 0 || (flags & 0x80) != 0) {
            return DropReason.VXLAN_FLAGS;
        }
        int vni = VxlanHeader.vni(memory, at);
        network[i] = table.network(vni);
        if (network[i] == null) {
            return DropReason.UNKNOWN_VNI;
        }
        if (network[i].isEncrypted() != batch.isOpened(i)) {
            return batch.isOpened(i) ? DropReason.NETWORK_NOT_ENCRYPTED : DropReason.NOT_ENCRYPTED;
        }
        if (!table.isVtep(vni, batch.peerHigh(i), batch.peerLow(i))) {
            return DropReason.UNKNOWN_VTEP;
        }
        int ethernet = batch.strip(i, VxlanHeader.LENGTH);
        if (!EthernetHeader.checkLength(batch.length(i))) {
            return DropReason.ETHERNET_TRUNCATED;
        }
        int type = EthernetHeader.type(memory, ethernet);
        etherType[i] = type;
        sourceMac[i] = EthernetHeader.source(memory, ethernet);
        destinationMac[i] = EthernetHeader.destination(memory, ethernet);
        if (EthernetHeader.isVlan(type)) {
            return DropReason.VLAN_TAGGED;
        }
        if (type != EthernetHeader.TYPE_IPV4 && type != EthernetHeader.TYPE_IPV6 && type != EthernetHeader.TYPE_ARP) {
            return DropReason.ETHERTYPE;
        }
        if (MacAddress.isGroup(sourceMac[i])) {
            return DropReason.WRONG_MAC;
        }
        int payload = batch.strip(i, EthernetHeader.LENGTH);
        if (type != EthernetHeader.TYPE_ARP && batch.length(i) > 0) {
            int version = IpHeader.version(memory, payload);
            if (version != (type == EthernetHeader.TYPE_IPV4 ? 4 : 6)) {
                return DropReason.IP_VERSION;
            }
        }
        return null;
    }

    /** The network the packet came in; of a packet that passed. */
    public ForwardingTable.Network network(int index) {
        ForwardingTable.Network found = network[index];
        if (found == null) {
            throw new IllegalStateException("packet " + index + " has no network: it was dropped");
        }
        return found;
    }

    public boolean isArp(int index) {
        return etherType[index] == EthernetHeader.TYPE_ARP;
    }

    public boolean isIpv6(int index) {
        return etherType[index] == EthernetHeader.TYPE_IPV6;
    }

    public long sourceMac(int index) {
        return sourceMac[index];
    }

    public long destinationMac(int index) {
        return destinationMac[index];
    }
}
