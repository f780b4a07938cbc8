package io.dunlin.vxlan;

import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.testkit.Frames;
import io.dunlin.vxlan.packet.PacketBatch;
import io.dunlin.vxlan.wire.VxlanHeader;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A batch of packets that arrived, and the judge of what {@link GroCoalescer} made of them: whoever takes a super-packet apart again, as
 * {@link SlowSegmenter} does, must have the very packets that arrived, all of them, each flow's in its order.
 */
final class Deliveries implements AutoCloseable {
    /** Bytes of VXLAN and Ethernet headers before each packet. */
    private static final int STRIPPED = 22;

    /** Bytes of what a TUN device puts before a packet. */
    private static final int DEVICE_HEADER = 10;

    final PacketBatch batch;
    final GroCoalescer coalescer;
    private final HeaderRun run = new HeaderRun();

    /** What each packet was after {@link IpCheck}; what was dropped there is an empty array. */
    private final List<byte[]> given = new ArrayList<>();

    private final List<Integer> vnis = new ArrayList<>();

    Deliveries(int slots, int room) {
        batch = new PacketBatch(slots, room, slots + 512);
        coalescer = new GroCoalescer(batch.capacity());
        coalescer.begin();
    }

    /** Receives packets of one length, but the last which may be shorter, into one slot. */
    void receive(List<byte[]> packets) {
        int at = batch.nextStart();
        int from = at;
        for (byte[] packet : packets) {
            batch.memory().segment().asSlice(at, STRIPPED).fill((byte) 0);
            batch.memory().put(at + STRIPPED, packet);
            at += STRIPPED + packet.length;
        }
        int before = batch.count();
        batch.append(at - from, STRIPPED + packets.getFirst().length);
        assertThat(batch.count()).isEqualTo(before + packets.size());
    }

    /** Takes the next packet through the stages. */
    void add(int vni) {
        add(vni, 0);
    }

    /**
     * The same with flow hashes of the test's choice: whatever two flows are, theirs may be the same.
     *
     * @param hashes how many there are; 0: as many as {@link IpCheck} makes
     */
    void add(int vni, int hashes) {
        int i = given.size();
        VxlanHeader.write(batch.memory(), batch.start(i), vni);
        vnis.add(vni);
        if (run.goesOn(batch, i)) {
            given.add(bytes(i));
            coalescer.addRepeating(batch, i, vni);
            return;
        }
        batch.strip(i, STRIPPED);
        IpCheck.check(batch, i);
        given.add(batch.isDropped(i) ? new byte[0] : bytes(i));
        if (!batch.isDropped(i)) {
            if (hashes > 0) {
                batch.setFlow(i, Math.floorMod(SlowPacket.flow(given.get(i)).hashCode(), hashes));
            }
            run.begin(batch, i);
            coalescer.add(batch, i, vni);
        }
    }

    byte[] bytes(int i) {
        return batch.memory().toArray(batch.start(i), batch.length(i));
    }

    /** Finishes and judges. */
    List<List<Integer>> deliver() {
        coalescer.finish(batch);
        assertThat(given).hasSize(batch.count());
        writeDeviceHeaders();
        var deliveries = new ArrayList<List<Integer>>();
        var lastOfFlow = new HashMap<String, Integer>();
        int joined = 0;
        int packets = 0;
        for (int i = 0; i < batch.count(); i++) {
            if (batch.isDropped(i)) {
                assertThat(batch.isPart(i)).isFalse();
                assertThat(batch.next(i)).isEqualTo(PacketBatch.NO_PACKET);
                packets++;
            } else if (!batch.isPart(i)) {
                List<Integer> parts = parts(i);
                if (parts.size() == 1) {
                    assertUntouched(i);
                } else {
                    assertIsWhatArrived(parts);
                    joined += parts.size();
                }
                parts.forEach(part -> assertKeepsOrder(lastOfFlow, part));
                packets += parts.size();
                deliveries.add(parts);
            }
        }
        assertThat(packets).as("each packet once").isEqualTo(batch.count());
        assertThat(coalescer.joinedSegments()).isEqualTo(joined);
        return deliveries;
    }

    /** What a device does to send: nobody's packet lies there. */
    private void writeDeviceHeaders() {
        for (int i = 0; i < batch.count(); i++) {
            if (!batch.isPart(i)) {
                batch.memory()
                        .segment()
                        .asSlice(batch.prepend(i, DEVICE_HEADER), DEVICE_HEADER)
                        .fill((byte) 0x5a);
                batch.strip(i, DEVICE_HEADER);
            }
        }
    }

    private List<Integer> parts(int first) {
        var parts = new ArrayList<Integer>();
        for (int part = first; part != PacketBatch.NO_PACKET; part = batch.next(part)) {
            assertThat(batch.isPart(part)).isEqualTo(part != first);
            assertThat(batch.isDropped(part)).isFalse();
            parts.add(part);
        }
        assertThat(parts).isSorted().doesNotHaveDuplicates();
        return parts;
    }

    private void assertUntouched(int i) {
        assertThat(batch.isSuperPacket(i)).isFalse();
        assertThat(batch.isChecksumPartial(i)).isFalse();
        assertThat(bytes(i)).as("packet %d", i).isEqualTo(given.get(i));
    }

    private void assertIsWhatArrived(List<Integer> parts) {
        int first = parts.getFirst();
        byte[] whole = whole(parts);
        assertThat(batch.totalLength(first)).isEqualTo(whole.length).isLessThanOrEqualTo(65_535);
        assertThat(parts.size()).isLessThanOrEqualTo(PacketBatch.MAX_SEGMENTS);
        assertThat(batch.isChecksumPartial(first)).isTrue();
        int start = batch.start(first);
        assertThat(batch.checksumFrom(first)).isEqualTo(start + SlowPacket.transport(whole));
        assertThat(batch.checksumAt(first)).isEqualTo(start + SlowPacket.checksum(whole));
        byte[] right = whole.clone();
        SlowPacket.fixLengths(right);
        SlowPacket.makePartial(right);
        assertThat(whole).isEqualTo(right);
        List<byte[]> segments = SlowSegmenter.cut(whole, batch.segmentSize(first), true);
        assertThat(segments).hasSameSizeAs(parts);
        for (int k = 0; k < parts.size(); k++) {
            int part = parts.get(k);
            assertThat(vnis.get(part)).isEqualTo(vnis.get(first));
            assertThat(SlowPacket.isChecksumRight(given.get(part))).isTrue();
            assertThat(meaning(segments.get(k))).as("part %d of %s", k, parts).isEqualTo(meaning(given.get(part)));
        }
    }

    /** All parts of a super-packet in one piece, as a device gathers them. */
    byte[] whole(List<Integer> parts) {
        return Frames.concat(parts.stream().map(this::bytes).toArray(byte[][]::new));
    }

    /** The packet without what means nothing: the identification of one that cannot be fragmented, which of TCP's two zeros it has. */
    private static byte[] meaning(byte[] packet) {
        byte[] clean = packet.clone();
        if (SlowPacket.isAtomicIpv4(clean)) {
            SlowPacket.put16(clean, 4, 0);
        }
        SlowPacket.fixIpv4Checksum(clean);
        int checksum = SlowPacket.checksum(clean);
        if (SlowPacket.protocol(clean) == SlowPacket.TCP && SlowPacket.u16(clean, checksum) == 0xffff) {
            SlowPacket.put16(clean, checksum, 0);
        }
        return clean;
    }

    private void assertKeepsOrder(Map<String, Integer> lastOfFlow, int part) {
        String flow = vnis.get(part) + " " + SlowPacket.flow(given.get(part));
        Integer last = lastOfFlow.put(flow, part);
        assertThat(last == null || last < part)
                .as("%s before %d in %s", last, part, flow)
                .isTrue();
    }

    @Override
    public void close() {
        batch.close();
    }
}
