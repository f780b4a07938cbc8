package io.dunlin.lb;

import io.dunlin.vxlan.packet.PacketBatch;
import io.dunlin.vxlan.wire.IpAddress;
import io.dunlin.vxlan.wire.IpProtocol;
import io.dunlin.vxlan.wire.Memory;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Goes round the flow table, slice by slice, and ends the flows that have been idle too long, or whose backend has failed, left or drained to
 * its deadline. Both sides of a TCP connection that is cut off so get a RST. It goes round once a second, and at once when services
 * have changed.
 *
 * <p>One for all workers of a node, on the thread of one of them.
 */
public final class FlowSweep {
    /** From the beginning of one round to that of the next. */
    private static final long ROUND_NANOS = 1_000_000_000L;
    /** Flows looked at in a slice, which takes some 0.1 ms. */
    private static final int SLICE = 4096;
    /** Flows looked at while others wait for their shard. */
    private static final int CHUNK = 256;
    /** A connection has two sides. */
    private static final int RESETS_PER_FLOW = 2;

    private final FlowTable flows;
    private final AtomicReference<ServiceTable> services;
    private final int[] vni;

    private final Ends ends = new Ends();
    private int shardNumber;
    private int shardCapacity;
    private int record;
    private @Nullable ServiceTable swept;
    private @Nullable ServiceTable sweeping;
    private long nextRoundNanos;
    private boolean isScheduled;

    /** @param capacity of the batches it will see */
    public FlowSweep(FlowTable flows, AtomicReference<ServiceTable> services, int capacity) {
        this.flows = flows;
        this.services = services;
        this.vni = new int[capacity];
    }

    /** When {@link #run} is to be called next, by its own clock: at once while a round is not finished, or is to begin. */
    public long dueNanos(long nowNanos) {
        boolean waits = sweeping == null
                && isScheduled
                && swept != null
                && services.getAcquire().hasSameServices(swept);
        return waits ? nextRoundNanos : nowNanos;
    }

    /**
     * Goes on for one slice, if it is due.
     *
     * @param batch empty; gets RSTs that are to be sent like a workload's packets, each in its {@link #vni}
     * @return their number
     */
    public int run(PacketBatch batch, long nowNanos) {
        if (dueNanos(nowNanos) - nowNanos > 0) {
            return 0;
        }
        ServiceTable now = services.getAcquire();
        if (sweeping == null) {
            sweeping = now;
            isScheduled = true;
            nextRoundNanos = nowNanos + ROUND_NANOS;
        }
        for (int looked = 0; looked < SLICE && hasRoom(batch); looked += CHUNK) {
            if (shardNumber == flows.shards()) {
                // What changed meanwhile begins another round.
                swept = sweeping;
                sweeping = null;
                shardNumber = 0;
                break;
            }
            sweepChunk(batch, now, nowNanos);
        }
        return batch.count();
    }

    /** The network that a RST of the last {@link #run} is to be sent in. */
    public int vni(int index) {
        return vni[index];
    }

    private static boolean hasRoom(PacketBatch batch) {
        return batch.slots() - batch.slotsUsed() >= RESETS_PER_FLOW;
    }

    private void sweepChunk(PacketBatch batch, ServiceTable now, long nowNanos) {
        FlowShard shard = flows.shard(shardNumber);
        shard.lock();
        try {
            if (shard.capacity() != shardCapacity) {
                shardCapacity = shard.capacity();
                record = 0; // it has grown, and its records lie elsewhere
            }
            int end = Math.min(record + CHUNK, shardCapacity);
            while (record < end && hasRoom(batch)) {
                if (FlowRecord.state(shard.records(), FlowShard.at(record)) != FlowState.FREE) {
                    sweep(batch, shard, now, nowNanos);
                }
                record++;
            }
            if (record >= shardCapacity) {
                record = 0;
                shardCapacity = 0;
                shardNumber++;
            }
        } finally {
            shard.unlock();
        }
    }

    private void sweep(PacketBatch batch, FlowShard shard, ServiceTable now, long nowNanos) {
        Memory records = shard.records();
        int at = FlowShard.at(record);
        VirtualService service = now.virtualService(FlowRecord.service(records, at));
        Member member = now.member(FlowRecord.member(records, at));
        if (member == null || member.isLost(nowNanos)) {
            if (service != null) {
                resetBoth(batch, records, at, service);
            }
            FlowTable.end(shard, record, now);
        } else if (service != null && service.hasForgotten(records, at, nowNanos)) {
            FlowTable.end(shard, record, now);
        }
    }

    private void resetBoth(PacketBatch batch, Memory records, int at, VirtualService service) {
        boolean ipv4 = IpAddress.isIpv4(FlowRecord.clientHigh(records, at), FlowRecord.clientLow(records, at));
        int state = FlowRecord.state(records, at);
        if (FlowRecord.protocol(records, at) != IpProtocol.TCP || state == FlowState.CLOSED || !service.hasVip(ipv4)) {
            return;
        }
        int toClient = FlowRecord.toClient(records, at);
        int toBackend = FlowRecord.toBackend(records, at);
        Addresses addresses = ends.addresses;
        addresses.source(service.vipHigh(ipv4), service.vipLow(ipv4));
        addresses.destination(FlowRecord.clientHigh(records, at), FlowRecord.clientLow(records, at));
        ends.sourcePort = FlowRecord.vipPort(records, at);
        ends.destinationPort = FlowRecord.clientPort(records, at);
        append(batch, records, at, toClient, toBackend);

        boolean hairpin = FlowRecord.isHairpin(records, at);
        addresses.source(
                hairpin ? service.vipHigh(ipv4) : FlowRecord.clientHigh(records, at),
                hairpin ? service.vipLow(ipv4) : FlowRecord.clientLow(records, at));
        addresses.destination(FlowRecord.backendHigh(records, at), FlowRecord.backendLow(records, at));
        ends.sourcePort = FlowRecord.clientPort(records, at);
        ends.destinationPort = FlowRecord.backendPort(records, at);
        append(batch, records, at, toBackend, toClient);
    }

    private void append(PacketBatch batch, Memory records, int at, int sequence, int acknowledgment) {
        vni[TcpReset.append(batch, ends, sequence, acknowledgment)] = FlowRecord.vni(records, at);
    }
}
