package io.dunlin.lb;

import io.dunlin.vxlan.packet.PacketBatch;
import io.dunlin.vxlan.wire.IcmpHeader;
import io.dunlin.vxlan.wire.IpHeader;
import io.dunlin.vxlan.wire.Memory;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Brings ICMP errors where the packet they quote came from, and makes them quote what was sent there: the part of the {@link Balancer} that
 * path MTU discovery through a VIP needs. What is quoted was proven by nobody: it counts if its flow is there, between those ends.
 */
final class QuotedFlows {
    /** No quote that could be about a flow. */
    private static final int NO_QUOTE = -1;

    private final FlowTable flows;
    private final AtomicReference<ServiceTable> services;

    private final Ends to = new Ends();
    private final Ends quoted = new Ends();
    private final Ends quotedTo = new Ends();
    private final FlowKey key;

    QuotedFlows(FlowTable flows, AtomicReference<ServiceTable> services) {
        this.flows = flows;
        this.services = services;
        key = flows.newKey();
    }

    /**
     * An error about what a client was sent as from the VIP: it goes to the backend that sent it.
     *
     * @param packet its ends
     * @param service whose VIP it is for
     * @return false, with nothing changed, if it is about no flow of the service
     */
    boolean errorToService(PacketBatch batch, int index, Ends packet, VirtualService service, int vni) {
        Addresses from = packet.addresses;
        int quoteAt = readQuote(batch, index, packet);
        Addresses about = quoted.addresses;
        if (quoteAt != NO_QUOTE
                && about.sourceHigh == from.destinationHigh
                && about.sourceLow == from.destinationLow
                && about.destinationHigh == from.sourceHigh // who got it, and nobody else
                && about.destinationLow == from.sourceLow
                && (quotesAnswerToClient(packet, service, vni) || quotesHairpin(packet, service, vni))) {
            AddressRewrite.rewriteError(batch, index, packet, to.addresses, quoteAt, quoted, quotedTo);
            return true;
        }
        return false;
    }

    private int readQuote(PacketBatch batch, int index, Ends packet) {
        Memory memory = batch.memory();
        int ip = batch.start(index);
        int at = packet.transport + IcmpHeader.LENGTH;
        int end = ip + batch.length(index);
        return quoted.readQuote(memory, at, end, IpHeader.version(memory, ip)) ? at : NO_QUOTE;
    }

    /** The client was sent VIP → client, which had been backend → client. */
    private boolean quotesAnswerToClient(Ends packet, VirtualService service, int vni) {
        Addresses about = quoted.addresses;
        key.set(vni, quoted.protocol, about.destinationHigh, about.destinationLow, quoted.destinationPort);
        FlowShard shard = flows.shard(key);
        shard.lock();
        try {
            int record = shard.findByService(key, service.id(), quoted.sourcePort);
            if (record == FlowShard.NONE) {
                return false;
            }
            Memory records = shard.records();
            int at = FlowShard.at(record);
            to.toBackend(packet, shard, record);
            quotedTo.addresses.source(FlowRecord.backendHigh(records, at), FlowRecord.backendLow(records, at));
            quotedTo.sourcePort = FlowRecord.backendPort(records, at);
            // who the backend sees: the client, but itself as the VIP
            quotedTo.addresses.destination(about.destinationHigh, about.destinationLow);
            if (FlowRecord.isHairpin(records, at)) {
                quotedTo.addresses.destination(about.sourceHigh, about.sourceLow);
            }
            quotedTo.destinationPort = quoted.destinationPort;
            return true;
        } finally {
            shard.unlock();
        }
    }

    /** A backend was sent VIP → backend, which had been backend → VIP. */
    private boolean quotesHairpin(Ends packet, VirtualService service, int vni) {
        Addresses about = quoted.addresses;
        key.set(vni, quoted.protocol, about.destinationHigh, about.destinationLow, quoted.sourcePort);
        FlowShard shard = flows.shard(key);
        shard.lock();
        try {
            int record =
                    shard.findByBackend(key, about.destinationHigh, about.destinationLow, quoted.destinationPort, true);
            if (record == FlowShard.NONE || FlowRecord.service(shard.records(), FlowShard.at(record)) != service.id()) {
                return false;
            }
            to.addresses.source(packet.addresses.destinationHigh, packet.addresses.destinationLow);
            to.addresses.destination(about.destinationHigh, about.destinationLow);
            quotedTo.addresses.source(about.destinationHigh, about.destinationLow);
            quotedTo.sourcePort = quoted.sourcePort;
            quotedTo.addresses.destination(about.sourceHigh, about.sourceLow);
            quotedTo.destinationPort = FlowRecord.vipPort(shard.records(), FlowShard.at(record));
            return true;
        } finally {
            shard.unlock();
        }
    }

    /**
     * An error about what went to a backend in place of a VIP: the client knows the VIP alone.
     *
     * @param packet its ends
     * @return false, with nothing changed, if it is about no flow
     */
    boolean errorToClient(PacketBatch batch, int index, Ends packet, int vni) {
        int quoteAt = readQuote(batch, index, packet);
        Addresses from = packet.addresses;
        Addresses about = quoted.addresses;
        if (quoteAt == NO_QUOTE
                || about.sourceHigh != from.destinationHigh
                || about.sourceLow != from.destinationLow
                || !quotesPacketToBackend(packet, vni)) {
            return false;
        }
        AddressRewrite.rewriteError(batch, index, packet, to.addresses, quoteAt, quoted, quotedTo);
        return true;
    }

    private boolean quotesPacketToBackend(Ends packet, int vni) {
        Addresses from = packet.addresses;
        Addresses about = quoted.addresses;
        key.set(vni, quoted.protocol, about.sourceHigh, about.sourceLow, quoted.sourcePort);
        FlowShard shard = flows.shard(key);
        shard.lock();
        try {
            int record = shard.findByBackend(
                    key, about.destinationHigh, about.destinationLow, quoted.destinationPort, false);
            if (record == FlowShard.NONE) {
                return false;
            }
            Memory records = shard.records();
            int at = FlowShard.at(record);
            VirtualService service = services.getAcquire().virtualService(FlowRecord.service(records, at));
            boolean ipv4 = key.isIpv4();
            if (service == null || !service.hasVip(ipv4)) {
                return false;
            }
            long vipHigh = service.vipHigh(ipv4);
            long vipLow = service.vipLow(ipv4);
            to.addresses.copy(from);
            if (from.sourceLow == about.destinationLow && from.sourceHigh == about.destinationHigh) {
                to.addresses.source(vipHigh, vipLow); // the backend's own; a router's stays
            }
            quotedTo.addresses.copy(about);
            quotedTo.addresses.destination(vipHigh, vipLow);
            quotedTo.sourcePort = quoted.sourcePort;
            quotedTo.destinationPort = FlowRecord.vipPort(records, at);
            return true;
        } finally {
            shard.unlock();
        }
    }
}
