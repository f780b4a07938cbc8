package io.dunlin.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.ipsec.SecurityAssociations;
import io.dunlin.vxlan.packet.PacketBatch;
import io.dunlin.vxlan.wire.IpAddress;
import java.util.ArrayList;
import java.util.List;

/** {@link HeldPackets} as a test uses it: packets in, packets out; peers are numbers. */
final class Holding implements AutoCloseable {
    static final int LARGEST = 9000;

    private final PacketBatch batch = new PacketBatch(64, LARGEST);
    final HeldPackets held = new HeldPackets();
    private final EspContexts contexts = new EspContexts();

    private static void associate(EspContexts contexts, int... peers) {
        var all = new ArrayList<SecurityAssociations.Outbound>();
        for (int peer : peers) {
            var sa = Associations.outbound(0x8000_0000 + peer);
            all.add(new SecurityAssociations.Outbound(vtep(peer), 0, sa));
        }
        contexts.adopt(new SecurityAssociations(all, List.of()), Associations.jdk());
    }

    private static IpAddress vtep(int peer) {
        return IpAddress.parse("192.0.2." + peer);
    }

    boolean hold(int peer, byte[] packet, long now) {
        batch.clear();
        batch.memory().put(batch.nextStart(), packet);
        int index = batch.append(packet.length);
        batch.setPeer(index, vtep(peer).high(), vtep(peer).low());
        batch.setFlow(index, packet.length);
        return held.hold(batch, index, now);
    }

    /** Packets of these peers: with them there is an association meanwhile. */
    List<byte[]> take(int... peers) {
        associate(contexts, peers);
        var packets = new ArrayList<byte[]>();
        do {
            batch.clear();
            held.take(batch, contexts);
            for (int i = 0; i < batch.count(); i++) {
                packets.add(batch.memory().toArray(batch.start(i), batch.length(i)));
                assertThat(batch.flow(i)).isEqualTo(batch.length(i));
            }
        } while (batch.count() > 0);
        return packets;
    }

    @Override
    public void close() {
        contexts.close();
        batch.close();
    }
}
