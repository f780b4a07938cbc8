package io.dunlin.benchmarks;

import io.dunlin.testkit.Frames;
import io.dunlin.testkit.Ipv4Packet;
import io.dunlin.testkit.Ipv6Packet;
import io.dunlin.testkit.Transport;
import io.dunlin.vxlan.GroCoalescer;
import io.dunlin.vxlan.IpCheck;
import io.dunlin.vxlan.Segmenter;
import io.dunlin.vxlan.packet.PacketBatch;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * A TCP super-packet of {@value #SEGMENTS} segments of {@value #SEGMENT} bytes: cut for the underlay, and its segments joined again. Both
 * sum each byte of payload once. Nanoseconds per super-packet, with {@link IpCheck} for what enters: once, and once per segment.
 *
 * <pre>{@code benchmarks/run --long SuperPacketBenchmark}</pre>
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class SuperPacketBenchmark {
    private static final int SEGMENTS = 44;
    private static final int SEGMENT = 1378;
    private static final int BEFORE = 22; // VXLAN and Ethernet
    private static final int VNI = 4096;
    private static final int LONGEST_HEADERS = 72;
    private static final byte[] TIMESTAMPS = Frames.bytes(1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2);

    /** The inner packet's IP version. */
    public enum Version {
        IPV4(20),
        IPV6(40);

        private final int header;

        Version(int header) {
            this.header = header;
        }

        private byte[] packet(byte[] payload) {
            var tcp = Transport.tcp(1, 2, Transport.ACK, TIMESTAMPS, payload);
            return this == IPV4
                    ? Ipv4Packet.of("10.0.0.2", "10.0.0.3").carrying(tcp).bytes()
                    : Ipv6Packet.of("fd00::2", "fd00::3").carrying(tcp).bytes();
        }
    }

    @Param
    private Version version;

    private PacketBatch whole;
    private int wholeBytes;
    private int checksumFrom;

    private PacketBatch cut;
    private int cutBytes;
    private int cutSize;
    /** The first segment's headers, which joining changes. */
    private final byte[] head = new byte[LONGEST_HEADERS];

    private GroCoalescer coalescer;

    @Setup
    public void fill() {
        byte[] packet = version.packet(Frames.payload(SEGMENTS * SEGMENT));
        wholeBytes = packet.length;
        whole = new PacketBatch(1, 65_535);
        Batches.add(whole, packet);
        checksumFrom = whole.start(0) + version.header;
        if (segment() != SEGMENTS) {
            throw new IllegalStateException("not cut: " + whole.dropReason(0));
        }
        cut = new PacketBatch(1, 65_535);
        coalescer = new GroCoalescer(cut.capacity());
        int headers = whole.headLength(0) - BEFORE;
        cutSize = headers + SEGMENT;
        for (int k = 0; k < SEGMENTS; k++) {
            int at = cut.nextStart() + cutBytes;
            whole.memory().copyTo(cut.memory(), whole.head(0, k) + BEFORE, at, headers);
            whole.memory().copyTo(cut.memory(), whole.body(0, k), at + headers, SEGMENT);
            cutBytes += cutSize;
        }
        cut.memory().get(cut.nextStart(), head, 0, head.length);
        if (join() != SEGMENTS) {
            throw new IllegalStateException("not joined: " + coalescer.joinedSegments());
        }
    }

    @TearDown
    public void free() {
        whole.close();
        cut.close();
    }

    @Benchmark
    public int segment() {
        whole.clear();
        int index = whole.append(wholeBytes);
        whole.setSegmentSize(index, SEGMENT);
        whole.setChecksumPartial(index, checksumFrom, checksumFrom + 16);
        IpCheck.check(whole, index);
        Segmenter.check(whole, index);
        Segmenter.cut(whole, index, BEFORE);
        return whole.segments(index);
    }

    @Benchmark
    public long join() {
        cut.clear();
        cut.memory().put(cut.nextStart(), head);
        cut.append(cutBytes, cutSize);
        coalescer.begin();
        for (int i = 0; i < SEGMENTS; i++) {
            IpCheck.check(cut, i);
            coalescer.add(cut, i, VNI);
        }
        coalescer.finish(cut);
        return coalescer.joinedSegments();
    }
}
