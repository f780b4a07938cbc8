package io.dunlin.lb;

import io.dunlin.vxlan.packet.PacketBatch;
import io.dunlin.vxlan.wire.Memory;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Brings the records of flows that are about to be looked up near the processor, many at once. Each record of a large table has to be waited
 * for, and a processor that waits goes on with what comes next for some three hundred instructions: hardly more than one lookup. Here next to
 * nothing lies between one record and the following, so many are waited for together: with a million flows a lookup takes 0.6 of the time
 * ({@code FlowTableBenchmark}).
 *
 * <p>Nothing is locked: what it reads may be changing, and decides nothing. One for each worker.
 */
final class FlowFetch {
    /** Beyond, the first would be gone from the processor's nearest cache before they are used. */
    private static final int MANY = 64;

    private final FlowTable flows;
    private final AtomicReference<ServiceTable> services;
    private final Ends packet = new Ends();
    private final FlowKey key;

    private final FlowGroups[] groups = new FlowGroups[MANY];
    private final long[] hashes = new long[MANY];
    private final Memory[] records = new Memory[MANY];
    private final int[] at = new int[MANY];
    private int count;

    /** Without it the compiler would see that nobody needs what is read. */
    @SuppressWarnings("unused")
    private int read;

    FlowFetch(FlowTable flows, AtomicReference<ServiceTable> services) {
        this.flows = flows;
        this.services = services;
        key = flows.newKey();
    }

    /** The flow of a packet that passed IpCheck, from an endpoint of this node. */
    void expectOutbound(PacketBatch batch, int index, int vni) {
        if (!flows.isLarge() || packet.read(batch, index) != Ends.Kind.FLOW) {
            return;
        }
        Addresses from = packet.addresses;
        if (services.getAcquire().virtualServiceAt(vni, from.destinationHigh, from.destinationLow) == null) {
            add(fromBackend(vni));
        } else {
            add(key.set(vni, packet.protocol, from.sourceHigh, from.sourceLow, packet.sourcePort));
        }
    }

    /** The flow of a packet that passed IpCheck, for an endpoint of this node. */
    void expectInbound(PacketBatch batch, int index, int vni) {
        if (flows.isLarge() && packet.read(batch, index) == Ends.Kind.FLOW) {
            add(fromBackend(vni));
        }
    }

    private FlowKey fromBackend(int vni) {
        Addresses from = packet.addresses;
        return key.set(vni, packet.protocol, from.destinationHigh, from.destinationLow, packet.destinationPort);
    }

    void add(FlowKey expected) {
        groups[count] = flows.shard(expected).groups();
        hashes[count] = expected.hash;
        if (++count == MANY) {
            run();
        }
    }

    /** Fetches those that were added since the last time, if any. */
    void run() {
        if (count == 0) {
            return;
        }
        for (int i = 0; i < count; i++) {
            records[i] = groups[i].records();
            at[i] = FlowShard.at(groups[i].likely(hashes[i]));
        }
        int all = 0;
        for (int i = 0; i < count; i++) {
            all |= records[i].hostI32(at[i]);
        }
        read = all;
        count = 0;
    }
}
