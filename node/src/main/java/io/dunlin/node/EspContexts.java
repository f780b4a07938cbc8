package io.dunlin.node;

import io.dunlin.ipsec.EspOpen;
import io.dunlin.ipsec.EspSeal;
import io.dunlin.ipsec.InboundSa;
import io.dunlin.ipsec.OutboundSa;
import io.dunlin.ipsec.SecurityAssociations;
import io.dunlin.ipsec.aead.AeadEngine;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The node's security associations as one worker uses them: for each a prepared key and a nonce of its own, found by VTEP or SPI without
 * allocating; and the packets that wait for one. The associations themselves, with their sequence numbers and replay windows, are shared by all
 * workers.
 *
 * <p>Worker's thread; {@link #adopt} runs there between two batches, as a task.
 */
final class EspContexts implements AutoCloseable {
    /**
     * @param high of the VTEP's address, as {@code low}
     * @param port of UDP it takes ESP on; 0: the data path's
     */
    record Outbound(long high, long low, int port, EspSeal seal) {}

    /** @param high of the address of the only VTEP that may use it, as {@code low} */
    record Inbound(int spi, long high, long low, EspOpen open) {}

    // associations are what they are, none equals another
    private final Map<OutboundSa, EspSeal> seals = new HashMap<>();
    private final Map<InboundSa, EspOpen> opens = new HashMap<>();

    // open addressing, never more than half full
    private @Nullable Outbound[] outbound = new Outbound[1];
    private @Nullable Inbound[] inbound = new Inbound[1];

    private final HeldPackets held = new HeldPackets();

    /** What could not be sealed yet. Whoever calls {@link #adopt} sends what can be then ({@link OutboundPath#sendHeld}). */
    HeldPackets held() {
        return held;
    }

    /** Makes this all there is. Of what was there before and is no more, the prepared key is wiped. */
    void adopt(SecurityAssociations associations, AeadEngine engine) {
        var newOutbound = new Outbound[tableSize(associations.outbound().size())];
        var newInbound = new Inbound[tableSize(associations.inbound().size())];
        var sending = new HashMap<OutboundSa, EspSeal>();
        var receiving = new HashMap<InboundSa, EspOpen>();
        for (var each : associations.outbound()) {
            EspSeal seal = seals.computeIfAbsent(each.sa(), sa -> new EspSeal(sa, engine));
            sending.put(each.sa(), seal);
            long high = each.vtep().high();
            long low = each.vtep().low();
            int at = hash(high ^ low) & newOutbound.length - 1;
            while (newOutbound[at] != null) {
                at = at + 1 & newOutbound.length - 1;
            }
            newOutbound[at] = new Outbound(high, low, each.port(), seal);
        }
        for (var each : associations.inbound()) {
            EspOpen open = opens.computeIfAbsent(each.sa(), sa -> new EspOpen(sa, engine));
            receiving.put(each.sa(), open);
            int spi = each.sa().spi().value();
            int at = hash(spi) & newInbound.length - 1;
            while (newInbound[at] != null) {
                at = at + 1 & newInbound.length - 1;
            }
            newInbound[at] = new Inbound(spi, each.vtep().high(), each.vtep().low(), open);
        }
        outbound = newOutbound;
        inbound = newInbound;
        seals.forEach((sa, seal) -> {
            if (!sending.containsKey(sa)) {
                seal.close();
            }
        });
        opens.forEach((sa, open) -> {
            if (!receiving.containsKey(sa)) {
                open.close();
            }
        });
        seals.keySet().retainAll(sending.keySet());
        opens.keySet().retainAll(receiving.keySet());
    }

    private static int tableSize(int entries) {
        return Integer.highestOneBit(Math.max(entries, 1)) << 2;
    }

    private static int hash(long bits) {
        return (int) (bits * 0x9e37_79b9_7f4a_7c15L >>> 32); // Fibonacci hashing
    }

    /** What to send to the VTEP by; null if there is nothing. */
    @Nullable
    Outbound outbound(long high, long low) {
        int mask = outbound.length - 1;
        int at = hash(high ^ low) & mask;
        for (Outbound found = outbound[at]; found != null; found = outbound[at]) {
            if (found.low == low && found.high == high) {
                return found;
            }
            at = at + 1 & mask;
        }
        return null;
    }

    /** What packets with that SPI are opened by; null if there is nothing. */
    @Nullable
    Inbound inbound(int spi) {
        int mask = inbound.length - 1;
        int at = hash(spi) & mask;
        for (Inbound found = inbound[at]; found != null; found = inbound[at]) {
            if (found.spi == spi) {
                return found;
            }
            at = at + 1 & mask;
        }
        return null;
    }

    /** Wipes the prepared keys. The worker must have ended. */
    @Override
    public void close() {
        seals.values().forEach(EspSeal::close);
        opens.values().forEach(EspOpen::close);
        seals.clear();
        opens.clear();
    }
}
