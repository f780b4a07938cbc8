package io.dunlin.benchmarks;

import io.dunlin.ipsec.EspOpen;
import io.dunlin.ipsec.EspSeal;
import io.dunlin.ipsec.InboundSa;
import io.dunlin.ipsec.OutboundSa;
import io.dunlin.ipsec.SaKey;
import io.dunlin.ipsec.Spi;
import io.dunlin.ipsec.aead.AeadEngine;
import io.dunlin.ipsec.aead.AeadEngines;
import io.dunlin.ipsec.wire.EspHeader;
import io.dunlin.vxlan.wire.Memory;
import java.lang.foreign.Arena;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * ESP with AES-128-GCM, where the packets lie, by each engine that the machine has. Nanoseconds per packet.
 *
 * <pre>{@code benchmarks/run --long EspBenchmark}</pre>
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class EspBenchmark {
    static final String ENGINE = "engine";

    private static final int UDP = 17;
    private static final int BATCH = 44;
    private static final int BATCH_PAYLOAD = 1400;
    private static final Spi SPI = new Spi(0x8000_0001);
    private static final int WINDOW = 4032;

    /** The values of the parameter {@value #ENGINE} here: names without versions. */
    static String[] engines() {
        return AeadEngines.find(System::nanoTime).tested().stream()
                .map(tested -> tested.engine().name().toLowerCase(Locale.ROOT).split(" ", 2)[0])
                .toArray(String[]::new);
    }

    /** Two ends of an association. */
    @State(Scope.Thread)
    public static class Ends {
        @Param("jdk")
        private String engine;

        private Arena arena;
        private Memory memory;
        private EspSeal sealing;
        private EspOpen opening;

        @Setup
        public void build() {
            AeadEngine found = AeadEngines.find(System::nanoTime).named(engine);
            arena = Arena.ofShared();
            memory = Memory.allocate(BATCH * 2048);
            sealing = new EspSeal(new OutboundSa(SPI, key(), true, Long.MAX_VALUE), found);
            opening = new EspOpen(new InboundSa(SPI, key(), true, true, WINDOW), found);
        }

        private static SaKey key() {
            return new SaKey(new byte[16 + SaKey.SALT_LENGTH]);
        }

        @TearDown
        public void free() {
            sealing.close();
            opening.close();
            arena.close();
        }
    }

    /** Bytes of the payload. */
    @State(Scope.Thread)
    public static class Payload {
        @Param({"64", "1400"})
        private int bytes;
    }

    @Benchmark
    @MayAllocate(with = {"engine=jdk", "engine=bouncy"})
    public void seal(Ends on, Payload payload) {
        on.sealing.seal(on.memory, EspHeader.LENGTH, payload.bytes, 0, on.sealing.take(1), UDP);
    }

    @Benchmark
    @MayAllocate(with = {"engine=jdk", "engine=bouncy"})
    public int sealAndOpen(Ends on, Payload payload) {
        on.sealing.seal(on.memory, EspHeader.LENGTH, payload.bytes, 0, on.sealing.take(1), UDP);
        int opened = on.opening.open(on.memory, 0, EspSeal.sealedLength(payload.bytes), UDP);
        if (opened != payload.bytes) {
            throw new IllegalStateException("opened " + opened + " of " + payload.bytes + " bytes");
        }
        return opened;
    }

    /** Side by side, as many as a super-packet has segments. */
    @Benchmark
    @OperationsPerInvocation(BATCH)
    @MayAllocate(with = {"engine=jdk", "engine=bouncy"})
    public void sealBatch(Ends on) {
        long sequence = on.sealing.take(BATCH);
        int stride = EspSeal.sealedLength(BATCH_PAYLOAD);
        for (int i = 0; i < BATCH; i++) {
            on.sealing.seal(on.memory, i * stride + EspHeader.LENGTH, BATCH_PAYLOAD, i * stride, sequence + i, UDP);
        }
    }
}
