package io.dunlin.vxlan.wire;

/** Numbers of the protocols that IP carries (IANA, "Assigned Internet Protocol Numbers"), as far as they are looked at. */
public final class IpProtocol {
    public static final int ICMP = 1;
    public static final int TCP = 6;
    public static final int UDP = 17;
    public static final int ICMPV6 = 58;

    private IpProtocol() {}
}
