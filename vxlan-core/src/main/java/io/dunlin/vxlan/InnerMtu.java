package io.dunlin.vxlan;

import io.dunlin.vxlan.wire.Ipv4Header;
import io.dunlin.vxlan.wire.Ipv6Header;
import io.dunlin.vxlan.wire.UdpHeader;

/** How large an inner IP packet may be on an underlay: its MTU less what every packet carries around it. */
public final class InnerMtu {
    /** The least that makes a network of use: what every IPv4 host must be able to receive (RFC 791). */
    public static final int LEAST = 576;

    private InnerMtu() {}

    /** Bytes around an inner packet: 50 on an IPv4 underlay, 70 on an IPv6 one. */
    public static int overhead(boolean ipv4Underlay) {
        return (ipv4Underlay ? Ipv4Header.LENGTH : Ipv6Header.LENGTH) + UdpHeader.LENGTH + VxlanEncap.OVERHEAD;
    }

    /**
     * The largest inner MTU, in bytes.
     *
     * @param underlayMtu the largest IP packet of the underlay, in bytes
     */
    public static int of(int underlayMtu, boolean ipv4Underlay) {
        return underlayMtu - overhead(ipv4Underlay);
    }
}
