package io.dunlin.node;

import io.dunlin.vxlan.Route;
import io.dunlin.vxlan.packet.DropReason;
import io.dunlin.vxlan.packet.PacketBatch;
import io.dunlin.vxlan.wire.IpAddress;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Writes down the next packets' ways through the stages, for a person. Exists only while somebody looks; the paths test one reference
 * per batch for it. Worker's thread.
 */
final class PacketTrace {
    private final Consumer<String> lines;
    private final StringBuilder[] notes;
    private int left;
    private long number;

    /**
     * @param packets how many to write down
     * @param lines takes one line per packet
     * @param capacity of the batches it will see
     */
    PacketTrace(int packets, Consumer<String> lines, int capacity) {
        this.lines = lines;
        this.left = packets;
        this.notes = new StringBuilder[capacity];
    }

    /** Whether all packets it was asked for are written. */
    boolean isDone() {
        return left == 0;
    }

    /** The batch was received from {@code origin}: a device's name, or the underlay. */
    void received(PacketBatch batch, String origin) {
        for (int i = 0; i < batch.count(); i++) {
            var note = new StringBuilder().append(origin);
            if (batch.peerLow(i) != 0 || batch.peerHigh(i) != 0) {
                note.append(' ').append(new IpAddress(batch.peerHigh(i), batch.peerLow(i)));
                note.append(", ").append(PacketText.ofDatagram(batch, i));
            } else {
                note.append(", ").append(PacketText.ofPacket(batch, i));
            }
            notes[i] = note;
        }
    }

    /** The forwarding table knows this of the packet's destination. */
    void routed(int index, int vni, @Nullable Route route) {
        notes[index]
                .append(" | VNI ")
                .append(vni)
                .append(": ")
                .append(
                        switch (route) {
                            case null -> "no route";
                            case Route.Local local ->
                                "endpoint on " + local.device().name();
                            case Route.Remote remote -> "VTEP " + remote.vtep();
                            case Route.Gateway _ -> "gateway";
                            case Route.Drop drop -> "drop " + drop.reason();
                        });
    }

    /** The batch has left. */
    void finished(PacketBatch batch) {
        for (int i = 0; i < batch.count() && left > 0; i++, left--) {
            DropReason reason = batch.dropReason(i);
            notes[i].append(
                    reason == null
                            ? " | sent " + batch.length(i) + " B"
                            : " | dropped " + reason + ": " + reason.description());
            lines.accept("#" + ++number + " " + notes[i]);
        }
    }
}
