package io.dunlin.ipsec.rotation;

import io.dunlin.ipsec.EspOpen;
import io.dunlin.ipsec.EspSeal;
import io.dunlin.ipsec.InboundSa;
import io.dunlin.ipsec.OutboundSa;
import io.dunlin.ipsec.Spi;
import io.dunlin.ipsec.aead.AeadEngine;
import io.dunlin.ipsec.wire.EspHeader;
import io.dunlin.vxlan.wire.Memory;
import java.lang.foreign.Arena;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** A node's data path: seals and opens numbered packets by the table that was published last, as a worker does. */
final class Traffic implements AutoCloseable {
    private static final int UDP = 17;
    private static final int PAYLOAD = Long.BYTES;
    private static final int SEALED = EspSeal.sealedLength(PAYLOAD);

    private final AeadEngine engine;
    private final Arena arena = Arena.ofShared();
    private final Memory memory = Memory.of(arena.allocate(SEALED));
    private final Map<OutboundSa, EspSeal> seals = new HashMap<>();
    private final Map<InboundSa, EspOpen> opens = new HashMap<>();
    private AssociationTable table = AssociationTable.EMPTY;

    Traffic(AeadEngine engine) {
        this.engine = engine;
    }

    void take(AssociationTable next) {
        table = next;
        seals.entrySet().removeIf(each -> {
            boolean isGone = !next.outbound().containsValue(each.getKey());
            if (isGone) {
                each.getValue().close();
            }
            return isGone;
        });
        opens.entrySet().removeIf(each -> {
            boolean isGone = next.inbound().values().stream()
                    .noneMatch(inbound -> inbound.sa().equals(each.getKey()));
            if (isGone) {
                each.getValue().close();
            }
            return isGone;
        });
    }

    boolean canSend(String to) {
        return table.outbound().containsKey(to);
    }

    /** Empty if there is no association, or none that has numbers left. */
    Optional<byte[]> seal(String to, long number) {
        OutboundSa sa = table.outbound().get(to);
        if (sa == null) {
            return Optional.empty();
        }
        EspSeal seal = seals.computeIfAbsent(sa, each -> new EspSeal(each, engine));
        long sequence = seal.take(1);
        if (sequence == 0) {
            return Optional.empty();
        }
        memory.i64(EspHeader.LENGTH, number);
        seal.seal(memory, EspHeader.LENGTH, PAYLOAD, 0, sequence, UDP);
        return Optional.of(memory.toArray());
    }

    /** The packet's number, if there is an association for it and it did not come before. */
    Optional<Long> open(byte[] packet) {
        memory.put(0, packet);
        AssociationTable.Inbound inbound = table.inbound().get(new Spi(EspHeader.spi(memory, 0)));
        if (inbound == null) {
            return Optional.empty();
        }
        int length = opens.computeIfAbsent(inbound.sa(), each -> new EspOpen(each, engine))
                .open(memory, 0, packet.length, UDP);
        return length == PAYLOAD ? Optional.of(memory.i64(EspHeader.LENGTH)) : Optional.empty();
    }

    @Override
    public void close() {
        take(AssociationTable.EMPTY);
        arena.close();
    }
}
