package io.dunlin.node;

import io.dunlin.lb.dns.DnsResponder;
import io.dunlin.lb.dns.NameAnswer;
import io.dunlin.lb.dns.NameStreams;
import io.dunlin.lb.dns.ServiceDirectory;
import io.dunlin.lb.dns.UpstreamQuery;
import io.dunlin.lb.dns.Zone;
import io.dunlin.lb.dns.upstream.Forwarder;
import io.dunlin.vxlan.ForwardingTable;
import io.dunlin.vxlan.packet.Counter;
import io.dunlin.vxlan.packet.Counters;
import io.dunlin.vxlan.packet.PacketBatch;
import io.dunlin.vxlan.wire.IpAddress;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.function.ToIntFunction;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Names at the gateway address, for the packets of one worker: what the network knows is answered in the packet's place, over UDP and TCP; what it
 * does not know is asked upstream, and its answer becomes a packet between two later batches.
 *
 * <p>Worker's thread. Allocates where a query leaves the data path, and for connections.
 */
final class GatewayNames {
    /** What became of a packet. */
    enum Outcome {
        /** It goes back to where it came from. */
        ANSWERED,
        /** It is used up: an answer comes later, or there is nothing to be said. */
        TAKEN,
        /** It is as before: nothing about names. */
        NO_NAME
    }

    /**
     * An answer that came later.
     *
     * @param vni the network of the workload that asked
     * @param asker its address
     * @param packet appends it to a batch that is not full, on the worker's thread. Its index; negative if nobody waits for it any more
     */
    record Late(int vni, IpAddress asker, ToIntFunction<PacketBatch> packet) {}

    private record Asker(int vni, IpAddress address) {}

    private final DnsResponder responder = new DnsResponder();
    private final NameStreams streams;
    private final Supplier<ServiceDirectory> directory;
    private final Forwarder forwarder;
    private final Counters counters;
    private final Consumer<Late> later;

    /**
     * @param directory what is known now
     * @param forwarder asks others
     * @param random that nobody can foretell
     * @param later has an answer taken by the worker between two batches; any thread's to call
     */
    GatewayNames(
            Supplier<ServiceDirectory> directory,
            Forwarder forwarder,
            RandomGenerator random,
            Counters counters,
            Consumer<Late> later) {
        this.directory = directory;
        this.forwarder = forwarder;
        this.streams = new NameStreams(random);
        this.counters = counters;
        this.later = later;
    }

    /** Takes a checked packet to a gateway address, if it is about names. */
    Outcome answer(PacketBatch batch, int index, ForwardingTable.Network network, long nowNanos) {
        int vni = network.vni().value();
        Zone zone = directory.get().zone(vni);
        if (zone == null) {
            return Outcome.NO_NAME;
        }
        return switch (NameAnswer.answer(batch, index, network.mtu(), responder, zone)) {
            case ANSWERED -> {
                counters.add(Counter.NAMES_ANSWERED, 1);
                yield Outcome.ANSWERED;
            }
            case ASK_UPSTREAM -> {
                var query = UpstreamQuery.of(batch, index, network.mtu());
                ask(
                        vni,
                        query.asker(),
                        query.message(),
                        false,
                        (into, answer) -> query.answer(into, responder, answer));
                yield Outcome.TAKEN;
            }
            case NO_QUERY -> answerStream(batch, index, vni, network.mtu(), zone, nowNanos);
        };
    }

    private Outcome answerStream(PacketBatch batch, int index, int vni, int mtu, Zone zone, long nowNanos) {
        NameStreams.Outcome outcome = streams.answer(batch, index, vni, mtu, responder, zone, nowNanos);
        if (outcome == NameStreams.Outcome.NO_STREAM) {
            return Outcome.NO_NAME;
        }
        counters.add(Counter.NAMES_OVER_TCP, 1);
        if (outcome == NameStreams.Outcome.ASK_UPSTREAM) {
            NameStreams.Query query = streams.takeQuery();
            ask(
                    vni,
                    query.asker(),
                    query.message(),
                    true,
                    (into, answer) -> streams.answer(into, query, responder, answer));
        }
        return outcome == NameStreams.Outcome.REPLY ? Outcome.ANSWERED : Outcome.TAKEN;
    }

    /** How an answer, or that there is none, becomes a packet of a batch. */
    private interface Packet {
        int append(PacketBatch batch, byte @Nullable [] answer);
    }

    private void ask(int vni, IpAddress asker, byte[] query, boolean isStream, Packet packet) {
        counters.add(Counter.NAMES_ASKED_UPSTREAM, 1);
        Consumer<byte @Nullable []> answered =
                answer -> later.accept(new Late(vni, asker, batch -> append(batch, packet, answer)));
        if (!forwarder.forward(new Asker(vni, asker), query, isStream, answered)) {
            answered.accept(null); // too much is under way: said like all else that takes time, after this batch
        }
    }

    private int append(PacketBatch batch, Packet packet, byte @Nullable [] answer) {
        if (answer == null) {
            counters.add(Counter.NAMES_FAILED_UPSTREAM, 1);
        }
        return packet.append(batch, answer);
    }
}
