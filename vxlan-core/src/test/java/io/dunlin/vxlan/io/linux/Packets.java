package io.dunlin.vxlan.io.linux;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.dunlin.vxlan.io.Pollable;
import io.dunlin.vxlan.io.Poller;
import io.dunlin.vxlan.packet.PacketBatch;
import io.dunlin.vxlan.wire.IpAddress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** What the tests of this package do with packets and descriptors. */
final class Packets {
    /** Looks and waits before a test gives up: 20 s in all. */
    private static final int MAX_POLLS = 200;

    private static final long POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    private Packets() {}

    /** Receives something. */
    @FunctionalInterface
    interface Receiver {
        int receive(PacketBatch batch) throws IOException;
    }

    static int append(PacketBatch batch, IpAddress peer, String text) {
        return append(batch, peer, text.getBytes(ISO_8859_1));
    }

    static int append(PacketBatch batch, IpAddress peer, byte[] bytes) {
        batch.memory().put(batch.nextStart(), bytes);
        int index = batch.append(bytes.length);
        batch.setPeer(index, peer.high(), peer.low());
        return index;
    }

    static String text(PacketBatch batch, int index) {
        return new String(bytes(batch, index), ISO_8859_1);
    }

    static byte[] bytes(PacketBatch batch, int index) {
        return batch.memory().toArray(batch.start(index), batch.length(index));
    }

    static IpAddress peer(PacketBatch batch, int index) {
        return new IpAddress(batch.peerHigh(index), batch.peerLow(index));
    }

    /** Waits with {@code poller} until {@code batch} holds {@code count} packets of {@code source}. */
    static void receive(Poller poller, Receiver source, PacketBatch batch, int count) throws IOException {
        for (int i = 0; i < MAX_POLLS && batch.count() < count; i++) {
            if (poller.poll(POLL_NANOS) > 0) {
                source.receive(batch);
            }
        }
        if (batch.count() < count) {
            throw new AssertionError("received " + batch.count() + " of " + count + " packets");
        }
    }

    /** The same with a poller of its own. */
    static void receive(Pollable watched, Receiver source, PacketBatch batch, int count) throws IOException {
        try (var poller = EpollPoller.open()) {
            poller.add(watched, now -> 0);
            receive(poller, source, batch, count);
            poller.remove(watched);
        }
    }

    /**
     * Descriptors this process has open, of the kinds this package opens. Others come and go by themselves: pipes of child processes, jars
     * of the class path.
     */
    static long openDescriptors() throws IOException {
        long count = 0;
        try (var files = Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
            for (var file : files) {
                count += isOurs(file) ? 1 : 0;
            }
        }
        return count;
    }

    private static boolean isOurs(Path descriptor) {
        try {
            var target = Files.readSymbolicLink(descriptor).toString();
            return target.startsWith("socket:")
                    || target.startsWith("anon_inode:")
                    || target.startsWith("net:")
                    || target.startsWith("/run/netns/")
                    || target.equals(TunDevice.CLONE_DEVICE);
        } catch (IOException e) {
            return false; // closed meanwhile, or the listing's own
        }
    }
}
