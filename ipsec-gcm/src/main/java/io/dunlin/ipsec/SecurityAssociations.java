package io.dunlin.ipsec;

import io.dunlin.vxlan.wire.IpAddress;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;

/**
 * All security associations a node has at one moment: one to send by for each VTEP, and those it receives by, which the SPI tells apart. An
 * immutable snapshot: a change is another one. It does not own its keys: who made them wipes them once no node uses the snapshot any more.
 *
 * @param outbound at most one for a VTEP
 * @param inbound at most one for an SPI; a VTEP may have several, as while keys turn
 */
public record SecurityAssociations(List<Outbound> outbound, List<Inbound> inbound) {
    private static final int MAX_PORT = 65_535;

    /**
     * What packets for a VTEP are sealed by.
     *
     * @param vtep its underlay address
     * @param port of UDP it takes ESP on; 0: that of the data path
     */
    public record Outbound(IpAddress vtep, int port, OutboundSa sa) {
        public Outbound {
            if (port < 0 || port > MAX_PORT) {
                throw new IllegalArgumentException("ESP port " + port + " of VTEP " + vtep + ": allowed are 1 to "
                        + MAX_PORT + ", or 0 for the data path's");
            }
        }
    }

    /**
     * What packets of a VTEP are opened by. No other may use it.
     *
     * @param vtep its underlay address
     */
    public record Inbound(IpAddress vtep, InboundSa sa) {
        public Inbound {
            if (!sa.spi().isOwn()) {
                throw new IllegalArgumentException("SPI " + sa.spi() + " to receive by from " + vtep
                        + ": allowed are 0x80000000 to 0xffffffff, which VXLAN on the same port cannot be taken for");
            }
        }
    }

    public static final SecurityAssociations NONE = new SecurityAssociations(List.of(), List.of());

    public SecurityAssociations {
        outbound = List.copyOf(outbound);
        inbound = List.copyOf(inbound);
        var vteps = new HashSet<IpAddress>();
        for (Outbound each : outbound) {
            if (!vteps.add(each.vtep())) {
                throw new IllegalArgumentException(
                        "two security associations to send to " + each.vtep() + " by: keep one");
            }
        }
        var spis = new HashSet<Spi>();
        for (Inbound each : inbound) {
            if (!spis.add(each.sa().spi())) {
                throw new IllegalArgumentException("two security associations to receive by have SPI "
                        + each.sa().spi() + ": give each its own");
            }
        }
    }

    /** These, and of the others those for VTEPs and SPIs that these have none for. */
    public SecurityAssociations and(SecurityAssociations others) {
        var sending = new ArrayList<>(outbound);
        for (Outbound other : others.outbound()) {
            if (outbound.stream().noneMatch(each -> each.vtep().equals(other.vtep()))) {
                sending.add(other);
            }
        }
        var receiving = new ArrayList<>(inbound);
        for (Inbound other : others.inbound()) {
            if (inbound.stream()
                    .noneMatch(each -> each.sa().spi().equals(other.sa().spi()))) {
                receiving.add(other);
            }
        }
        return new SecurityAssociations(sending, receiving);
    }

    /** Wipes all keys. No node may use them any more. */
    public void wipe() {
        outbound.forEach(each -> each.sa().key().close());
        inbound.forEach(each -> each.sa().key().close());
    }
}
