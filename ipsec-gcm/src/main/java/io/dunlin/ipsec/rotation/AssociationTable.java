package io.dunlin.ipsec.rotation;

import io.dunlin.ipsec.InboundSa;
import io.dunlin.ipsec.OutboundSa;
import io.dunlin.ipsec.Spi;
import java.util.Map;

/**
 * By what packets go and come, at one moment. Immutable; the associations in it count on.
 *
 * <p>A worker takes up a new table before {@link RotationConfig#grace} is over: then the keys of associations that are no longer in it are wiped,
 * and who prepares one still gets an exception.
 *
 * @param outbound by the peer's name, what is sent to it goes by; where there is none nothing may be sent
 * @param inbound by SPI, what may come
 */
public record AssociationTable(Map<String, OutboundSa> outbound, Map<Spi, Inbound> inbound) {
    /** What a peer may send by. */
    public record Inbound(String peer, InboundSa sa) {}

    public static final AssociationTable EMPTY = new AssociationTable(Map.of(), Map.of());

    public AssociationTable {
        outbound = Map.copyOf(outbound);
        inbound = Map.copyOf(inbound);
    }
}
