package io.dunlin.vxlan;

import io.dunlin.vxlan.wire.UdpHeader;

/**
 * What ESP in transport mode (RFC 4303) with AES-GCM (RFC 4106) puts around a VXLAN packet: ESP header with IV and a UDP header before it;
 * padding to a multiple of four, a trailer and the integrity check value behind it. Sealing itself is another module's: this is where
 * room is left for it.
 */
public final class EspRoom {
    private static final int HEADER = 16;
    private static final int TRAILER = 2;
    private static final int ALIGNMENT = 4;
    private static final int CHECK_VALUE = 16;

    /** Bytes before the VXLAN header. */
    public static final int BEFORE = HEADER + UdpHeader.LENGTH;
    /** The most there are behind the packet. */
    public static final int MOST_BEHIND = ALIGNMENT - 1 + TRAILER + CHECK_VALUE;

    private EspRoom() {}

    /** Bytes of the datagram that a VXLAN packet of {@code bytes} becomes. */
    public static int sealed(int bytes) {
        int text = UdpHeader.LENGTH + bytes + TRAILER;
        return HEADER + text + (-text & ALIGNMENT - 1) + CHECK_VALUE;
    }

    /** The largest VXLAN packet that becomes a datagram of {@code bytes} at most. */
    static int largest(int bytes) {
        int text = bytes - HEADER - CHECK_VALUE & -ALIGNMENT;
        return text - TRAILER - UdpHeader.LENGTH;
    }
}
