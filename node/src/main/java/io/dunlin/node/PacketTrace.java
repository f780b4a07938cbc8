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
    private final Lines lines;
    private final StringBuilder[] notes;

    /**
     * @param lines where it writes, together with those of other workers
     * @param capacity of the batches it will see
     */
    PacketTrace(Lines lines, int capacity) {
        this.lines = lines;
        this.notes = new StringBuilder[capacity];
    }

    /** What all workers write to: a line per packet, numbered, until there are enough. Any thread. */
    static final class Lines {
        private final Consumer<String> consumer;
        private final int packets;
        private int written;

        /**
         * @param packets how many to write down
         * @param consumer takes one line per packet
         */
        Lines(int packets, Consumer<String> consumer) {
            this.packets = packets;
            this.consumer = consumer;
        }

        private synchronized boolean isDone() {
            return written == packets;
        }

        private synchronized void write(StringBuilder note) {
            if (written < packets) {
                consumer.accept("#" + ++written + " " + note);
            }
        }
    }

    /** Whether all packets it was asked for are written. */
    boolean isDone() {
        return lines.isDone();
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

    /** It was sealed, and this was in it. */
    void opened(PacketBatch batch, int index) {
        notes[index].append(" | opened, ").append(PacketText.ofDatagram(batch, index));
    }

    /** It is of a flow with a service, and was rewritten to this. */
    void balanced(PacketBatch batch, int index) {
        notes[index].append(" | becomes ").append(PacketText.ofPacket(batch, index));
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
    void finished(PacketBatch batch, Egress egress) {
        for (int i = 0; i < batch.count() && !isDone(); i++) {
            lines.write(notes[i].append(" | ").append(end(batch, i, egress)));
        }
    }

    private static String end(PacketBatch batch, int i, Egress egress) {
        DropReason reason = batch.dropReason(i);
        if (reason != null) {
            return "dropped " + reason + ": " + reason.description();
        }
        if (egress.isHeld(i)) {
            return "held back: no security association yet";
        }
        if (egress.isUsedUp(i)) {
            return "for the node itself";
        }
        if (batch.isPart(i)) {
            return "joined to an earlier one";
        }
        if (batch.isCut(i)) {
            return "sent as " + batch.segments(i) + " segments, " + batch.totalLength(i) + " B";
        }
        return "sent " + batch.totalLength(i) + " B";
    }
}
