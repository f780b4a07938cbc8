package io.dunlin.vxlan;

import io.dunlin.vxlan.packet.PacketBatch;
import io.dunlin.vxlan.wire.EthernetHeader;
import io.dunlin.vxlan.wire.IpHeader;
import io.dunlin.vxlan.wire.VxlanHeader;

/**
 * The stage that puts an Ethernet and a VXLAN header (RFC 7348 section 5) before an IP packet, where it lies, or before each segment of a
 * super-packet. From here on all checksums are complete.
 */
public final class VxlanEncap {
    /** Bytes it prepends. */
    public static final int OVERHEAD = VxlanHeader.LENGTH + EthernetHeader.LENGTH;

    private VxlanEncap() {}

    /** Makes the IP packet, which passed {@link Segmenter#check}, a frame of the network, ready for the underlay. */
    public static void encap(PacketBatch batch, int index, int vni, long sourceMac, long destinationMac) {
        boolean ipv4 = IpHeader.version(batch.memory(), batch.start(index)) == 4;
        int type = ipv4 ? EthernetHeader.TYPE_IPV4 : EthernetHeader.TYPE_IPV6;
        if (batch.isSuperPacket(index)) {
            write(batch, batch.prepend(index, OVERHEAD), vni, sourceMac, destinationMac, type);
            batch.strip(index, OVERHEAD);
            Segmenter.cut(batch, index, OVERHEAD);
        } else {
            Segmenter.completeChecksum(batch, index);
            encap(batch, index, vni, sourceMac, destinationMac, type);
        }
    }

    static void encap(PacketBatch batch, int index, int vni, long sourceMac, long destinationMac, int type) {
        write(batch, batch.prepend(index, OVERHEAD), vni, sourceMac, destinationMac, type);
    }

    private static void write(PacketBatch batch, int at, int vni, long sourceMac, long destinationMac, int type) {
        VxlanHeader.write(batch.memory(), at, vni);
        EthernetHeader.write(batch.memory(), at + VxlanHeader.LENGTH, destinationMac, sourceMac, type);
    }
}
