package io.dunlin.ipam;

import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.ipam.History.Call;
import io.dunlin.ipam.Result.Granted;
import io.dunlin.ipam.Result.Refused;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/** Many threads at one façade. */
class IpamTest {
    private static final int THREADS = 3;
    private static final int CALLS = 5;
    private static final InstantSource NOON = InstantSource.fixed(Instant.ofEpochMilli(1_000));
    private static final long NOW = 1_000;
    private static final IpamConfig SMALL =
            IpamConfig.of().pool("10.0.0.0/28", 30).quarantine(Duration.ZERO);
    private static final ExecutorService POOL = Executors.newFixedThreadPool(8);

    @AfterAll
    static void close() {
        POOL.close();
    }

    /** One call, as a command and as what the façade is asked. */
    private record Question(Command<?> command, Callable<Result<?>> call) {}

    @Test
    void whateverThreadsGetOneThreadCouldHaveGotInSomeOrder() throws Exception {
        for (long seed = 0; seed < 400; seed++) {
            Ipam ipam = Ipam.open(SMALL, NOON, UsageListener.NONE).orElseThrow();
            byte[] initial = ipam.toBytes();
            List<Call> calls = record(ipam, new SplittableRandom(seed));
            assertThat(new History(initial, calls).isLinearizable())
                    .as("seed %d: %s", seed, calls)
                    .isTrue();
        }
    }

    private static List<Call> record(Ipam ipam, SplittableRandom random) throws Exception {
        var order = new AtomicLong();
        var start = new CyclicBarrier(THREADS);
        List<Call> calls = Collections.synchronizedList(new ArrayList<>());
        var threads = new ArrayList<Future<?>>();
        for (int i = 0; i < THREADS; i++) {
            var own = random.split();
            threads.add(POOL.submit(() -> {
                start.await();
                for (int n = 0; n < CALLS; n++) {
                    Question question = question(ipam, own);
                    long begin = order.getAndIncrement();
                    Result<?> result = question.call().call();
                    calls.add(new Call(begin, order.getAndIncrement(), question.command(), result));
                }
                return null;
            }));
        }
        join(threads);
        return calls;
    }

    private static void join(List<Future<?>> threads) throws InterruptedException, ExecutionException {
        for (Future<?> thread : threads) {
            thread.get();
        }
    }

    private static Question question(Ipam ipam, SplittableRandom random) {
        var requester = new Requester(List.of("", "a", "b", "c").get(random.nextInt(4)));
        Subnet subnet = new AddressPool(Subnet.parse("10.0.0.0/28"), 30).subnet(random.nextInt(4));
        Address address = subnet.address(2);
        return switch (random.nextInt(6)) {
            case 0 ->
                new Question(
                        new Command.ClaimSubnet(requester, AddressPlan.of(subnet), NOW),
                        () -> ipam.claimSubnet(requester, AddressPlan.of(subnet)));
            case 1 ->
                new Question(
                        new Command.ReleaseSubnet(requester, subnet, NOW), () -> ipam.releaseSubnet(requester, subnet));
            case 2 ->
                new Question(
                        new Command.RequestAddress(requester, subnet, NOW),
                        () -> ipam.requestAddress(requester, subnet));
            case 3 ->
                new Question(
                        new Command.ReleaseAddress(requester, subnet, address, NOW),
                        () -> ipam.releaseAddress(requester, subnet, address));
            default ->
                new Question(
                        new Command.RequestSubnet(requester, Family.IPV4, NOW),
                        () -> ipam.requestSubnet(requester, Family.IPV4));
        };
    }

    @Test
    void theSearchTellsWhatNoOrderExplains() throws MalformedStateException {
        byte[] initial = IpamState.of(SMALL, UsageListener.NONE).orElseThrow().toBytes();
        var a = new Command.RequestSubnet(new Requester("a"), Family.IPV4, NOW);
        var b = new Command.RequestSubnet(new Requester("b"), Family.IPV4, NOW);
        var first = new Granted<>(Subnet.parse("10.0.0.0/30"));
        var second = new Granted<>(Subnet.parse("10.0.0.4/30"));
        assertThat(new History(initial, List.of(new Call(0, 3, a, second), new Call(1, 2, b, first))).isLinearizable())
                .as("at the same time, in the other order")
                .isTrue();
        assertThat(new History(initial, List.of(new Call(0, 3, a, first), new Call(1, 2, b, first))).isLinearizable())
                .as("twice the same")
                .isFalse();
        assertThat(new History(initial, List.of(new Call(0, 1, a, second), new Call(2, 3, b, first))).isLinearizable())
                .as("a was answered before b asked")
                .isFalse();
    }

    @Test
    void eightThreadsShareSixteenThousandAddressesAndNoneTwice() throws Exception {
        Ipam ipam = Ipam.open(
                        IpamConfig.of().pool("10.0.0.0/18", 18).quarantine(Duration.ZERO), NOON, UsageListener.NONE)
                .orElseThrow();
        Subnet subnet = ipam.requestSubnet(Requester.ANONYMOUS, Family.IPV4).orElseThrow();
        var threads = new ArrayList<Future<?>>();
        var granted = Collections.synchronizedSet(new HashSet<Address>());
        for (int i = 0; i < 8; i++) {
            int thread = i;
            threads.add(POOL.submit(() -> {
                int n = 0;
                while (ipam.requestAddress(new Requester("t" + thread + "/" + n++), subnet)
                        instanceof Granted<Address>(Address address)) {
                    assertThat(granted.add(address)).as("%s", address).isTrue();
                }
                return null;
            }));
        }
        join(threads);
        assertThat(granted).hasSize((1 << 14) - 3);
        assertThat(ipam.usage(subnet)).contains(new Usage("10.0.0.0/18", (1 << 14) - 3, (1 << 14) - 3, 0, 0));
    }

    @Test
    void aListenerMayAskInTurn() {
        var heard = new ArrayList<String>();
        var ipam = new Ipam[1];
        ipam[0] = Ipam.open(SMALL, NOON, (percent, usage) -> {
                    heard.add(percent + " " + usage.granted());
                    heard.add(ipam[0].usage().getFirst().toString());
                })
                .orElseThrow();
        for (int i = 0; i < 4; i++) {
            ipam[0].requestSubnet(Requester.ANONYMOUS, Family.IPV4).orElseThrow();
        }
        assertThat(heard).hasSize(2).first().isEqualTo("95 4");
    }

    @Test
    void asksForAllThereIsAndGoesOnAfterBeingStored() throws MalformedStateException {
        IpamConfig config = IpamConfig.defaults().pool("fd00::/8", 64).quarantine(Duration.ofSeconds(1));
        Ipam ipam = Ipam.open(config, NOON, UsageListener.NONE).orElseThrow();
        var a = new Requester("a");
        SubnetPair pair = ipam.requestSubnetPair(a).orElseThrow();
        assertThat(pair).isEqualTo(new SubnetPair(Subnet.parse("10.0.0.0/24"), Subnet.parse("fd00::/64")));
        assertThat(ipam.claimAddress(a, pair.ipv6(), Address.parse("fd00::7")).orElseThrow())
                .hasToString("fd00::7");
        assertThat(ipam.releaseAddress(a, pair.ipv6(), Address.parse("fd00::7")).orElseThrow())
                .hasToString("fd00::7");
        assertThat(ipam.requestNumber(a, NumberSpace.VNI).orElseThrow()).isEqualTo(4096);
        assertThat(ipam.claimNumber(new Requester("b"), NumberSpace.VNI, 4096)).isInstanceOf(Refused.class);
        assertThat(ipam.releaseNumber(a, NumberSpace.VNI, 4096).orElseThrow()).isEqualTo(4096);
        assertThat(ipam.plan(pair.ipv4())).contains(AddressPlan.of(pair.ipv4()));

        Ipam read = Ipam.read(ipam.toBytes(), InstantSource.fixed(Instant.ofEpochMilli(5_000)), UsageListener.NONE);
        assertThat(read.toBytes()).isEqualTo(ipam.toBytes());
        assertThat(read.requestSubnetPair(a).orElseThrow()).isEqualTo(pair);
        assertThat(read.claimAddress(new Requester("b"), pair.ipv6(), Address.parse("fd00::7")))
                .as("the clock that it was given has gone on")
                .isInstanceOf(Granted.class);
    }

    @Test
    void refusesToOpenWhatCannotBe() {
        assertThat(Ipam.open(IpamConfig.of(), NOON, UsageListener.NONE)).isInstanceOf(Refused.class);
    }
}
