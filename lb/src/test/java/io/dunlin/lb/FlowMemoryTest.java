package io.dunlin.lb;

import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.lb.TestPackets.End;
import io.dunlin.vxlan.wire.IpAddress;
import io.dunlin.vxlan.wire.Memory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A flow table that is to grow where there is no memory. */
@Timeout(120)
class FlowMemoryTest {
    /** What each of the 64 parts begins with. */
    private static final int FIRST_BYTES = 64 * FlowRecord.BYTES;

    private static final int ROOM = 64 * 52;

    private boolean isScarce = true;
    private boolean isHeapScarce;
    private int refusals;

    private final Bench bench =
            new Bench(new FlowTable(1 << 14, new Random(1), new FlowMemory(this::allocate, this::allocateWords)));

    private Memory allocate(int bytes) {
        if (isScarce && bytes > FIRST_BYTES) {
            refusals++;
            throw new OutOfMemoryError("Cannot reserve " + bytes + " bytes of direct buffer memory");
        }
        return Memory.allocate(bytes);
    }

    private long[] allocateWords(int words) {
        if (isHeapScarce) {
            refusals++;
            throw new OutOfMemoryError("Java heap space");
        }
        return new long[words];
    }

    @Test
    void goesOnWithTheRoomItHas() {
        connect(1, 10_000);
        assertThat(refusals).isEqualTo(1); // the other parts did not ask
        assertThat(bench.flows.memoryRefused()).isEqualTo(1);
        assertThat(bench.flows.size()).isBetween(ROOM * 9 / 10, ROOM);
        assertThat(bench.flows.evictedSettled()).isPositive();
        assertThat(counted()).isEqualTo(bench.flows.size());
    }

    @Test
    void growsWhenThereIsMemoryAgain() {
        connect(1, 10_000);
        isScarce = false;
        bench.pass(FlowMemory.PAUSE.minus(Duration.ofSeconds(1)));
        connect(10_001, 11_000);
        assertThat(bench.flows.size()).isLessThanOrEqualTo(ROOM);
        bench.pass(Duration.ofSeconds(1));
        int before = bench.flows.size();
        long evicted = bench.flows.evictedSettled() + bench.flows.evictedOpening();
        connect(11_001, 16_000);
        assertThat(bench.flows.evictedSettled() + bench.flows.evictedOpening() - evicted)
                .isLessThan(64); // a part that is full evicts before it grows
        assertThat(bench.flows.size()).isGreaterThan(before + 4900);
        assertThat(refusals).isEqualTo(1);
        for (int n = 11_001; n <= 16_000; n++) {
            bench.out(TestPackets.tcp(client(n), Bench.VIP, TestPackets.ACK, 1000, 5000, 1));
            assertThat(bench.source()).isEqualTo(client(n)); // not answered by the node itself
        }
    }

    @Test
    void refusesTheConnectionItHasNoHeapToFindBy() {
        // Ports of one VIP from one port of a client: all have one group, and what does not fit there has to be
        // indexed.
        bench.services.setRelease(ServiceTable.empty("node-01").with(edit -> edit.putService(Bench.WITH_ALL_PORTS)));
        isHeapScarce = true;
        int carried = 0;
        for (int port = 1; port <= 100; port++) {
            var verdict = bench.out(TestPackets.tcp(client(7), new End(Bench.VIP.address(), port), TestPackets.SYN));
            assertThat(verdict).isEqualTo(carried < 30 ? Balancer.Verdict.REWRITTEN : Balancer.Verdict.ANSWERED);
            carried += verdict == Balancer.Verdict.REWRITTEN ? 1 : 0;
        }
        assertThat(refusals).isEqualTo(1);
        assertThat(bench.flows.memoryRefused()).isEqualTo(1);
        assertThat(bench.flows.size()).isEqualTo(carried);
        assertThat(counted()).isEqualTo(carried);
        for (int port = 1; port <= carried; port++) { // those it has are found
            var end = new End(Bench.VIP.address(), port);
            bench.out(TestPackets.tcp(client(7), end, TestPackets.ACK, 1000, 5000, 1));
            assertThat(bench.source()).isEqualTo(client(7));
        }
        isHeapScarce = false;
        isScarce = false;
        bench.pass(FlowMemory.PAUSE);
        assertThat(bench.out(TestPackets.tcp(client(7), Bench.VIP, TestPackets.SYN)))
                .isEqualTo(Balancer.Verdict.REWRITTEN);
    }

    private int counted() {
        int counted = 0;
        for (int n = 1; n <= 3; n++) {
            counted += bench.services.getPlain().flows(Bench.VNI, "web", "web." + n);
        }
        return counted;
    }

    /** 64 parts, each of a 64th of a million and six standard deviations, and a sixteenth of that. */
    private static final int FULL = 64 * 18_224;

    @Test
    void aFullTableFitsTheMemoryThatTheLauncherAllowsBesideFourWorkers() throws IOException, InterruptedException {
        Matcher flags =
                Pattern.compile("(?m)^jvm_flags=\\((.*)\\)$").matcher(Files.readString(Path.of("../overlay-node")));
        assertThat(flags.find()).isTrue();
        assertThat(full(List.of(flags.group(1).split(" ")))).isEqualTo(FULL + " flows, refused 0 times");
    }

    @Test
    void aFullTableIsSmallerWhereTheJvmAllowsLess() throws IOException, InterruptedException {
        assertThat(full(List.of("-Xmx128m", "-XX:+UseSerialGC", "-XX:MaxDirectMemorySize=112m")))
                .matches("[5-9]\\d{5} flows, refused 1 times");
    }

    /** What {@link FullTable} prints beside four workers' batches, in a JVM with these flags. */
    private static String full(List<String> flags) throws IOException, InterruptedException {
        var command = new ArrayList<String>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(flags);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), FullTable.class.getName(), "8"));
        var process = new ProcessBuilder(command).redirectErrorStream(true).start();
        try (var output = process.inputReader()) {
            String said = String.join("\n", output.readAllLines());
            assertThat(process.waitFor()).as(said).isZero();
            return said;
        } finally {
            process.destroyForcibly();
        }
    }

    private void connect(int first, int last) {
        for (int n = first; n <= last; n++) {
            bench.connect(client(n));
        }
    }

    private static End client(int n) {
        return new End(IpAddress.parse("10.0.1.1"), n);
    }
}
