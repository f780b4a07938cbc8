package io.dunlin.lb.dns;

import io.dunlin.vxlan.packet.PacketBatch;
import io.dunlin.vxlan.wire.IpAddress;
import io.dunlin.vxlan.wire.IpHeader;
import io.dunlin.vxlan.wire.IpProtocol;
import io.dunlin.vxlan.wire.Memory;
import io.dunlin.vxlan.wire.UdpHeader;
import org.jspecify.annotations.Nullable;

/**
 * A query that left the data path to be answered by others, with all that its answer needs to become a packet again.
 *
 * @param asker the workload's address
 * @param port the workload's port
 * @param gateway the address that it asked, and will be answered from
 * @param message the query
 * @param mtu bytes that the answer may have with its headers
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record UpstreamQuery(IpAddress asker, int port, IpAddress gateway, byte[] message, int mtu) {
    private static final int TTL = 64;

    /** A copy of the packet's query, for {@link NameAnswer.Outcome#ASK_UPSTREAM}: from here on, memory is allocated. */
    public static UpstreamQuery of(PacketBatch batch, int index, int mtu) {
        Memory memory = batch.memory();
        int ip = batch.start(index);
        int udp = batch.transport(index);
        return new UpstreamQuery(
                IpHeader.source(memory, ip),
                UdpHeader.sourcePort(memory, udp),
                IpHeader.destination(memory, ip),
                memory.toArray(udp + UdpHeader.LENGTH, UdpHeader.datagramLength(memory, udp) - UdpHeader.LENGTH),
                mtu);
    }

    /**
     * Appends the answer as a packet to the workload. An answer that does not fit the network is cut, and says so.
     *
     * @param batch that is not full; its thread's
     * @param answer null: there was none, and the workload is told that
     * @return the packet's index
     */
    public int answer(PacketBatch batch, DnsResponder responder, byte @Nullable [] answer) {
        Memory memory = batch.memory();
        int ip = batch.nextStart();
        int udp = ip + IpHeader.length(asker);
        int at = udp + UdpHeader.LENGTH;
        int bytes = UdpHeader.LENGTH + write(memory, at, responder, answer, mtu - (at - ip));
        IpHeader.write(memory, ip, bytes, TTL, IpProtocol.UDP, gateway, asker);
        UdpHeader.writeUnsummed(memory, udp, NameAnswer.PORT, port, bytes);
        NameAnswer.complete(memory, ip, udp, bytes);
        int index = batch.append(udp - ip + bytes);
        batch.setTransport(index, IpProtocol.UDP, udp);
        return index;
    }

    private int write(Memory memory, int at, DnsResponder responder, byte @Nullable [] answer, int most) {
        if (answer == null) {
            memory.put(at, message);
            return responder.fail(memory, at, message.length);
        }
        memory.put(at, answer);
        return Question.truncate(memory, at, answer.length, most);
    }
}
