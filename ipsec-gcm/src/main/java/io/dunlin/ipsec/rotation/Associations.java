package io.dunlin.ipsec.rotation;

import io.dunlin.ipsec.InboundSa;
import io.dunlin.ipsec.OutboundSa;
import io.dunlin.ipsec.SaKey;
import io.dunlin.ipsec.Spi;
import io.dunlin.ipsec.rotation.RotationMessage.Offer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The security associations of one start of this node: at most one for each ring key, direction and start of a peer. Once made it is kept until
 * its ring key is retired, also while the peer is gone: made again it would count from 1 again, or forget what came. After that its ring key
 * never comes back, so it cannot be made again.
 *
 * <p>SPIs are chosen by the receiver, one after the other, so no two of its associations have the same.
 */
final class Associations {
    /** Starts of peers that associations are made for under one key; who floods us with starts gets none for the rest. */
    private static final int MAX_PER_KEY = 1 << 16;
    /** Upper half of the SPIs. */
    private static final int OWN = 0x8000_0000;
    /** RFC 6479 words: two workers may overtake each other by a batch each (docs/adr/0016). */
    private static final int REPLAY_WINDOW = 4032;

    private final Incarnation self;
    private final long packets;
    private final Map<KeyId, OfKey> byKey = new HashMap<>();
    private final Deque<Ended> ended = new ArrayDeque<>();
    private int nextSpi;

    private static final class OfKey {
        final Map<Incarnation, OutboundSa> outbound = new HashMap<>();
        final Map<Incarnation, InboundSa> inbound = new HashMap<>();
        final List<SaKey> keys = new ArrayList<>();
    }

    private record Ended(long nanos, List<SaKey> keys) {}

    /**
     * @param packets that may go by one association
     * @param firstSpi any number
     */
    Associations(Incarnation self, long packets, int firstSpi) {
        this.self = self;
        this.packets = packets;
        this.nextSpi = firstSpi;
    }

    Incarnation self() {
        return self;
    }

    /** What is sent to a peer under a key and an SPI that it offered; null if there is none, or it was made for another SPI. */
    @Nullable
    OutboundSa outbound(RingKey key, Incarnation peer, Spi spi) {
        OfKey of = byKey.computeIfAbsent(key.id(), _ -> new OfKey());
        OutboundSa sa = of.outbound.get(peer);
        if (sa == null && of.outbound.size() < MAX_PER_KEY) {
            SaKey derived = key.derive(self, peer);
            of.keys.add(derived);
            sa = new OutboundSa(spi, derived, true, packets);
            of.outbound.put(peer, sa);
        }
        return sa != null && sa.spi().equals(spi) ? sa : null;
    }

    /** What comes from a peer under a key; null if there are too many. */
    @Nullable
    InboundSa inbound(RingKey key, Incarnation peer) {
        OfKey of = byKey.computeIfAbsent(key.id(), _ -> new OfKey());
        InboundSa sa = of.inbound.get(peer);
        if (sa == null && of.inbound.size() < MAX_PER_KEY) {
            SaKey derived = key.derive(peer, self);
            of.keys.add(derived);
            // 2^31 are more than one start needs, so none is given out again while it is in use
            sa = new InboundSa(new Spi(OWN | nextSpi++), derived, true, true, REPLAY_WINDOW);
            of.inbound.put(peer, sa);
        }
        return sa;
    }

    /** What this node is ready to open of a peer. */
    List<Offer> offers(KeyRing ring, Incarnation peer) {
        var offers = new ArrayList<Offer>();
        for (RingKey key : ring.keys()) {
            InboundSa sa = inbound(key, peer);
            if (sa != null) {
                offers.add(new Offer(key.id(), sa.spi()));
            }
        }
        return offers;
    }

    /** By what packets go to these peers and come from them. */
    AssociationTable table(KeyRing ring, Peers peers) {
        var sending = new HashMap<String, OutboundSa>();
        var receiving = new HashMap<Spi, AssociationTable.Inbound>();
        for (Peer peer : peers) {
            Incarnation incarnation = peer.incarnation();
            if (incarnation != null) {
                for (RingKey key : ring.keys()) {
                    InboundSa sa = inbound(key, incarnation);
                    if (sa != null) {
                        receiving.put(sa.spi(), new AssociationTable.Inbound(peer.name(), sa));
                    }
                }
                OutboundSa sa = chosen(ring, peer);
                if (sa != null) {
                    sending.put(peer.name(), sa);
                }
            }
        }
        return new AssociationTable(sending, receiving);
    }

    /** What is sent to a peer by; null if nothing may be. */
    @Nullable
    OutboundSa chosen(KeyRing ring, Peer peer) {
        Incarnation incarnation = peer.incarnation();
        KeyId id = peer.choose(ring);
        RingKey key = id == null ? null : ring.key(id);
        Spi spi = id == null ? null : peer.offered(id);
        if (incarnation == null || key == null || spi == null || !peer.isConfirmed()) {
            return null;
        }
        return outbound(key, incarnation, spi);
    }

    /** No more of this key's; the keys of its associations are wiped later, when no worker has them any more. */
    void retire(KeyId key, long nowNanos) {
        OfKey of = byKey.remove(key);
        if (of != null) {
            ended.add(new Ended(nowNanos, of.keys));
        }
    }

    /** No more of any: this node begins anew. */
    void retireAll(long nowNanos) {
        List.copyOf(byKey.keySet()).forEach(key -> retire(key, nowNanos));
    }

    /** Wipes what was retired before so long. */
    void wipe(long nowNanos, long graceNanos) {
        while (!ended.isEmpty() && nowNanos - ended.peek().nanos() >= graceNanos) {
            ended.remove().keys().forEach(SaKey::close);
        }
    }

    /** One for this node's next start: what has ended is still to be wiped by it. */
    Associations anew(BootId boot, long nowNanos) {
        retireAll(nowNanos);
        var next = new Associations(new Incarnation(self.name(), boot), packets, nextSpi);
        next.ended.addAll(ended);
        return next;
    }
}
