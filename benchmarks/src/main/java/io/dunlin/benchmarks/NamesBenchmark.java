package io.dunlin.benchmarks;

import io.dunlin.lb.dns.DnsResponder;
import io.dunlin.lb.dns.NameAnswer;
import io.dunlin.lb.dns.Zone;
import io.dunlin.lb.dns.ZoneSpec;
import io.dunlin.testkit.Ipv4Packet;
import io.dunlin.testkit.Transport;
import io.dunlin.vxlan.IpCheck;
import io.dunlin.vxlan.packet.PacketBatch;
import io.dunlin.vxlan.wire.Cidr;
import io.dunlin.vxlan.wire.IpAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
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
 * Names on a network with 10,000 services of 10 backends each: a query packet into its answer in place, checksums and all (the query is put into
 * its place first, which is part of it), and what it costs that a service changes. Nanoseconds per packet or change.
 *
 * <pre>{@code benchmarks/run --long NamesBenchmark}</pre>
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class NamesBenchmark {
    private static final int SERVICES = 10_000;
    private static final int BACKENDS = 10;
    /** Queries before they repeat. */
    private static final int QUERIES = 1 << 12;

    private static final int MTU = 1450;
    private static final int A = 1;
    private static final int PTR = 12;

    /** What is asked for. */
    public enum Kind {
        /** A service's VIP. */
        SERVICE,
        /** A service's ten backends. */
        TASKS,
        /** An endpoint by its name and the network's. */
        ENDPOINT,
        /** Whose an address is. */
        ADDRESS,
        /** A name that others have to be asked for. */
        UNKNOWN;

        private String name(int n) {
            int service = n * 7 % SERVICES;
            return switch (this) {
                case SERVICE -> "service-" + service;
                case TASKS -> "tasks.service-" + service;
                case ENDPOINT -> "service-" + service + "." + n % BACKENDS + ".backend";
                case ADDRESS -> {
                    int host = service * BACKENDS + n % BACKENDS;
                    yield (host & 255) + "." + (host >>> 8 & 255) + "." + (host >>> 16) + ".10.in-addr.arpa";
                }
                case UNKNOWN -> "www.example-" + n + ".com";
            };
        }
    }

    @Param
    private Kind kind;

    private final DnsResponder responder = new DnsResponder();
    private Zone zone;
    private PacketBatch batch;
    private byte[][] packets;
    private int next;

    @Setup
    public void fill() {
        zone = Zone.of(ZoneSpec.named("backend").subnets(List.of(Cidr.parse("10.0.0.0/8"))))
                .with(edit -> IntStream.range(0, SERVICES).forEach(service -> put(edit, service)));
        packets = IntStream.range(0, QUERIES)
                .mapToObj(n -> Ipv4Packet.of("10.255.0.2", "10.255.0.1")
                        .carrying(Transport.udp(40_000, 53, query(kind.name(n), kind == Kind.ADDRESS ? PTR : A)))
                        .bytes())
                .toArray(byte[][]::new);
        batch = new PacketBatch(1, 65_535);
        NameAnswer.Outcome expected =
                kind == Kind.UNKNOWN ? NameAnswer.Outcome.ASK_UPSTREAM : NameAnswer.Outcome.ANSWERED;
        for (int n = 0; n < QUERIES; n++) {
            NameAnswer.Outcome outcome = answer();
            if (outcome != expected) {
                throw new IllegalStateException(kind.name(next) + ": " + outcome);
            }
        }
    }

    private static void put(Zone.Edit edit, int service) {
        List<IpAddress> backends = IntStream.range(0, BACKENDS)
                .mapToObj(i -> IpAddress.ofIpv4(0x0a00_0000 + service * BACKENDS + i))
                .toList();
        edit.putService("service-" + service, List.of(IpAddress.ofIpv4(0x0af0_0000 + service)), backends);
        for (int i = 0; i < BACKENDS; i++) {
            edit.putEndpoint("service-" + service + "." + i, List.of(backends.get(i)));
        }
    }

    /** As the C library asks: recursion desired, and EDNS. */
    private static byte[] query(String name, int type) {
        var query = ByteBuffer.allocate(512);
        query.putShort((short) 0x1234)
                .putShort((short) 0x0100)
                .putShort((short) 1)
                .putInt(0)
                .putShort((short) 1);
        for (String label : name.split("\\.", -1)) {
            query.put((byte) label.length()).put(label.getBytes(StandardCharsets.US_ASCII));
        }
        query.put((byte) 0).putShort((short) type).putShort((short) 1);
        query.put((byte) 0)
                .putShort((short) 41)
                .putShort((short) 1232)
                .putInt(0)
                .putShort((short) 0);
        byte[] bytes = new byte[query.position()];
        query.flip().get(bytes);
        return bytes;
    }

    @TearDown
    public void free() {
        batch.close();
    }

    @Benchmark
    public NameAnswer.Outcome answer() {
        next = next + 1 & QUERIES - 1;
        batch.clear();
        int i = Batches.add(batch, packets[next]);
        IpCheck.check(batch, i);
        return NameAnswer.answer(batch, i, MTU, responder, zone);
    }

    /** The same without the answer: what putting the packet in its place and checking it cost. */
    @Benchmark
    public boolean withoutAnswer() {
        next = next + 1 & QUERIES - 1;
        batch.clear();
        int i = Batches.add(batch, packets[next]);
        IpCheck.check(batch, i);
        return batch.isDropped(i);
    }

    /** One service loses a backend, or gets it back, and the zone becomes a new one. */
    @Benchmark
    @MayAllocate
    public Zone change() {
        next = next + 1 & QUERIES - 1;
        zone = zone.with(edit -> put(edit, next));
        return zone;
    }
}
