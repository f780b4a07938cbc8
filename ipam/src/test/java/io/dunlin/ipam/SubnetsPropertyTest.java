package io.dunlin.ipam;

import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.ipam.Result.Refused;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** Subnets of pools, and subnets of any length inside and outside of them, against lists and loops; and the log of it all, replayed. */
class SubnetsPropertyTest {
    private static final int STEPS = 600;

    @Property
    void answersAsListsAndLoopsDo(@ForAll long seed) throws MalformedStateException {
        var random = new SplittableRandom(seed);
        IpamConfig config = config(random);
        Result<IpamState> opened = IpamState.of(config, UsageListener.NONE);
        if (opened instanceof Refused<IpamState>(Refusal why)) {
            assertThat(why.message()).contains("excluded network"); // it can happen that they cover a pool
            return;
        }
        IpamState state = opened.orElseThrow();
        var model = new SlowIpam(config);
        var log = new ArrayList<Command<?>>();
        var results = new ArrayList<Result<?>>();
        long now = 0;
        for (int step = 0; step < STEPS; step++) {
            now += random.nextInt(-1, 4);
            var requester = random.nextInt(8) == 0 ? Requester.ANONYMOUS : new Requester("r" + random.nextInt(1, 60));
            Command<Subnet> command;
            Result<Subnet> expected;
            boolean fills = step / 150 % 2 == 0;
            int choice = random.nextInt(10);
            if (choice < (fills ? 5 : 1)) {
                command = new Command.RequestSubnet(requester, Family.IPV4, now);
                expected = model.request(requester, now);
            } else if (choice < (fills ? 8 : 3)) {
                Subnet wanted = anySubnet(random);
                command = new Command.ClaimSubnet(requester, AddressPlan.of(wanted), now);
                expected = model.claim(wanted, requester, now);
            } else {
                List<Subnet> granted = List.copyOf(model.granted().keySet());
                Subnet subnet = granted.isEmpty() || random.nextInt(6) == 0
                        ? anySubnet(random)
                        : granted.get(random.nextInt(granted.size()));
                Requester holder =
                        random.nextInt(6) == 0 ? requester : model.granted().getOrDefault(subnet, requester);
                command = new Command.ReleaseSubnet(holder, subnet, now);
                expected = model.release(subnet, holder, now);
            }
            Result<Subnet> actual = state.apply(command);
            assertSame(actual, expected, command);
            log.add(command);
            results.add(actual);
            if (step % 100 == 0) {
                assertNoneOverlaps(model.granted().keySet());
                for (Subnet subnet : model.granted().keySet()) {
                    assertThat(state.plan(subnet)).contains(AddressPlan.of(subnet));
                }
                state = IpamState.read(state.toBytes(), UsageListener.NONE);
            }
        }
        assertReplays(config, log, results, state.toBytes());
    }

    private static void assertSame(Result<Subnet> actual, Result<Subnet> expected, Command<Subnet> command) {
        if (actual instanceof Refused<Subnet>(Refusal why) && expected instanceof Refused<Subnet>(Refusal instead)) {
            assertThat(why).as("%s", command).hasSameClassAs(instead);
        } else {
            assertThat(actual).as("%s", command).isEqualTo(expected);
        }
    }

    private static void assertNoneOverlaps(Iterable<Subnet> sorted) {
        Subnet before = null;
        for (Subnet subnet : sorted) {
            assertThat(before != null && before.overlaps(subnet)).isFalse();
            before = subnet;
        }
    }

    /** The same log on another state gives the same results, and the same bytes, whatever was stored and read meanwhile. */
    private static void assertReplays(IpamConfig config, List<Command<?>> log, List<Result<?>> results, byte[] bytes) {
        IpamState replayed = IpamState.of(config, UsageListener.NONE).orElseThrow();
        for (int i = 0; i < log.size(); i++) {
            assertThat(replayed.apply(log.get(i))).isEqualTo(results.get(i));
        }
        assertThat(replayed.toBytes()).isEqualTo(bytes);
    }

    private static IpamConfig config(SplittableRandom random) {
        var config = IpamConfig.of()
                .policy(random.nextBoolean() ? Policy.NEXT_FIT : Policy.LOWEST_FIRST)
                .quarantine(Duration.ofMillis(random.nextInt(3) * 15L))
                .pool("10.0.0.0/26", 28)
                .pool("10.0.0.128/25", 29);
        if (random.nextBoolean()) {
            config = config.pool("10.0.1.0/24", 27);
        }
        for (int i = random.nextInt(3); i > 0; i--) {
            config = config.exclude(anySubnet(random));
        }
        return config;
    }

    /** Within 10.0.0.0/22, of /25 to /31. */
    private static Subnet anySubnet(SplittableRandom random) {
        int prefix = random.nextInt(25, 32);
        int host = random.nextInt(1 << 10) & -1 << (32 - prefix);
        return new Subnet(Address.ofIpv4(0x0a00_0000 | host), prefix);
    }

    @Property
    void aPoolOfAnyShapeNumbersItsSubnetsInOrder(@ForAll long seed) {
        var random = new SplittableRandom(seed);
        boolean isIpv4 = random.nextBoolean();
        int prefix = isIpv4 ? random.nextInt(1, 31) : random.nextInt(1, 127);
        int longest = Math.min(prefix + AddressPool.MAX_BITS, isIpv4 ? 31 : 127);
        int subnetPrefix = random.nextInt(Math.min(Math.max(prefix, isIpv4 ? 1 : 64), longest), longest + 1);
        Address any = isIpv4
                ? Address.ofIpv4(random.nextInt())
                : new Address(random.nextLong() | 1L << 60, random.nextLong());
        Subnet range = Subnet.of(any, prefix);
        var pool = new AddressPool(range, subnetPrefix);
        assertThat(pool.subnet(0).base()).isEqualTo(range.base());
        assertThat(pool.subnet(pool.size() - 1).last()).isEqualTo(range.last());
        for (int i = 0; i < 20; i++) {
            long number = random.nextLong(pool.size());
            Subnet subnet = pool.subnet(number);
            assertThat(range.contains(subnet)).isTrue();
            assertThat(pool.numberOf(subnet.base())).isEqualTo(number);
            assertThat(pool.numberOf(subnet.last())).isEqualTo(number);
            if (number > 0) {
                assertThat(pool.subnet(number - 1).last()).isLessThan(subnet.base());
            }
        }
    }
}
