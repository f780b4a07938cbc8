package io.dunlin.vxlan;

import io.dunlin.vxlan.wire.Ipv4Header;
import io.dunlin.vxlan.wire.Ipv6Header;
import io.dunlin.vxlan.wire.UdpHeader;

/** How large an inner IP packet may be on an underlay: its MTU less what every packet carries around it. */
public final class InnerMtu {
    /** The least that makes a network of use: what every IPv4 host must be able to receive (RFC 791). */
    public static final int LEAST = 576;

    private InnerMtu() {}

    /**
     * Bytes around the largest inner packet: 50 on an IPv4 underlay, 70 on an IPv6 one. Encryption takes 42 more, and up to 3 for that its text
     * is a multiple of four.
     *
     * @param underlayMtu the largest IP packet of the underlay, in bytes
     */
    public static int overhead(int underlayMtu, boolean ipv4Underlay, boolean isEncrypted) {
        return underlayMtu - of(underlayMtu, ipv4Underlay, isEncrypted);
    }

    /**
     * The largest inner MTU, in bytes.
     *
     * @param underlayMtu the largest IP packet of the underlay, in bytes
     */
    public static int of(int underlayMtu, boolean ipv4Underlay, boolean isEncrypted) {
        int datagram = underlayMtu - (ipv4Underlay ? Ipv4Header.LENGTH : Ipv6Header.LENGTH) - UdpHeader.LENGTH;
        return (isEncrypted ? EspRoom.largest(datagram) : datagram) - VxlanEncap.OVERHEAD;
    }
}
