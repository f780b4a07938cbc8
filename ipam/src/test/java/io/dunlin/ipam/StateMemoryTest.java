package io.dunlin.ipam;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What a state takes of the heap that somebody made to take as much as it can: so many times its bytes, and no more. */
class StateMemoryTest {
    private static final int MOST_PER_BYTE = 10;
    private static final int COUNT = 16_384;
    private static final Requester NOBODY = Requester.ANONYMOUS;

    /** What fills a state with {@link #COUNT} things, each as small as can be. */
    static Stream<Named<Consumer<IpamState>>> shapes() {
        var name = new Requester("a");
        return Stream.of(
                Named.of(
                        "subnets with an address",
                        state -> subnets(state).forEach(subnet -> request(state, subnet, NOBODY))),
                Named.of("the same by name", state -> subnets(state).forEach(subnet -> request(state, subnet, name))),
                Named.of(
                        "the same in quarantine",
                        state -> subnets(state).forEach(subnet -> {
                            Address address = request(state, subnet, name);
                            done(state, new Command.ReleaseAddress(name, subnet, address, 0));
                        })),
                Named.of(
                        "subnets of one address",
                        state -> hosts().forEach(subnet -> {
                            claim(state, subnet, NOBODY);
                            request(state, subnet, NOBODY);
                        })),
                Named.of(
                        "subnets of which nothing is asked",
                        state -> hosts().forEach(subnet -> claim(state, subnet, NOBODY))),
                Named.of("the same, by names", state -> hosts().forEach(subnet -> claim(state, subnet, named(subnet)))),
                Named.of(
                        "scattered subnets", state -> scattered(COUNT).forEach(subnet -> claim(state, subnet, NOBODY))),
                Named.of(
                        "the same, in quarantine",
                        state -> scattered(COUNT).forEach(subnet -> {
                            claim(state, subnet, NOBODY);
                            done(state, new Command.ReleaseSubnet(NOBODY, subnet, 0));
                        })));
    }

    private static Address request(IpamState state, Subnet subnet, Requester requester) {
        return done(state, new Command.RequestAddress(requester, subnet, 0));
    }

    private static void claim(IpamState state, Subnet subnet, Requester requester) {
        done(state, new Command.ClaimSubnet(requester, AddressPlan.of(subnet), 0));
    }

    /** A short name of its own. */
    private static Requester named(Subnet subnet) {
        return new Requester(Long.toString(subnet.base().low() & 0xffff, Character.MAX_RADIX));
    }

    private static <T> T done(IpamState state, Command<T> command) {
        return state.apply(command).orElseThrow();
    }

    private static Stream<Subnet> subnets(IpamState state) {
        return IntStream.range(0, COUNT).mapToObj(_ -> done(state, new Command.RequestSubnet(NOBODY, Family.IPV4, 0)));
    }

    private static Stream<Subnet> hosts() {
        return IntStream.range(0, COUNT).mapToObj(i -> new Subnet(Address.ofIpv4(0xac10_0000 + i), 32));
    }

    private static Stream<Subnet> scattered(int count) {
        var random = new SplittableRandom(1);
        return IntStream.range(0, count)
                .mapToObj(_ -> new Subnet(new Address(0xfdL << 56 | random.nextLong() >>> 8, 0), 64));
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void takesTenTimesItsBytesAtMost(Consumer<IpamState> shape) throws MalformedStateException {
        byte[] bytes = filled(shape);
        long before = IpamScaleTest.used();
        IpamState read = IpamState.read(bytes, UsageListener.NONE);
        long taken = IpamScaleTest.used() - before;
        assertThat(taken).as("%d bytes", bytes.length).isLessThan((long) MOST_PER_BYTE * bytes.length);
        assertThat(read.toBytes()).isEqualTo(bytes);
    }

    private static byte[] filled(Consumer<IpamState> shape) {
        IpamState state = IpamState.of(IpamConfig.defaults().pool("fd00::/8", 64), UsageListener.NONE)
                .orElseThrow();
        shape.accept(state);
        return state.toBytes();
    }

    /** Opened in a second; before each was counted alone it took minutes. */
    @Test
    @Timeout(60)
    void asManyExclusionsAsThereMayBeAreOpenedInTimeThatGrowsWithTheirNumber() {
        List<Subnet> exclusions = scattered(IpamConfig.MAX_EXCLUSIONS).toList();
        var config = new IpamConfig(
                IpamConfig.of().pool("fd00::/8", 64).pools(), exclusions, Policy.NEXT_FIT, Duration.ZERO);
        IpamState state = IpamState.of(config, UsageListener.NONE).orElseThrow();
        assertThat(state.usage().getFirst().size()).isEqualTo((1L << 56) - IpamConfig.MAX_EXCLUSIONS);
    }
}
