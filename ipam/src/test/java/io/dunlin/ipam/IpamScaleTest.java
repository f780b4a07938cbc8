package io.dunlin.ipam;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** What full pools may take of the heap. Times are measured by benchmarks. */
class IpamScaleTest {
    /** With -Plong all of 10.0.0.0/8, 16,777,213 addresses; else a sixteenth. */
    private static final Subnet NET = Subnet.parse(Boolean.getBoolean("dunlin.long") ? "10.0.0.0/8" : "10.0.0.0/12");

    private static final int ADDRESSES = (1 << NET.hostBits()) - 3;
    private static final int SUBNETS = 1 << 16;
    /** What the heap may differ by for other reasons. */
    private static final long NOISE = 100_000;

    /**
     * Bytes of the heap: the least after a few collections. Of four the serial collector moves all together in one alone
     * (MarkSweepAlwaysCompactCount), and right after any of them some thread may be given two megabytes to allocate from.
     */
    static long used() {
        long least = Long.MAX_VALUE;
        for (int i = 0; i < 2 * 4; i++) {
            System.gc();
            least = Math.min(
                    least,
                    Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory());
        }
        return least;
    }

    private static IpamState open() {
        return IpamState.of(IpamConfig.defaults().quarantine(Duration.ZERO), UsageListener.NONE)
                .orElseThrow();
    }

    @Test
    void all65536SubnetsByNameTakeLessThanFourMegabytes() {
        long before = used();
        IpamState state = open();
        for (int i = 0; i < SUBNETS; i++) {
            state.apply(new Command.RequestSubnet(new Requester("network-" + i), Family.IPV4, 0))
                    .orElseThrow();
        }
        long taken = used() - before;
        assertThat(taken).isLessThan(4_000_000);
        assertThat(state.usage().getFirst().free()).isZero();
    }

    @Test
    void aFullSubnetTakesNextToNothingAndOneWithHolesAFifthOfAByteForEachAddress() {
        long before = used();
        IpamState state = open();
        state.apply(new Command.ClaimSubnet(Requester.ANONYMOUS, AddressPlan.of(NET), 0))
                .orElseThrow();
        var request = new Command.RequestAddress(Requester.ANONYMOUS, NET, 0);
        for (int i = 0; i < ADDRESSES; i++) {
            state.apply(request).orElseThrow();
        }
        assertThat(state.apply(request)).isInstanceOf(Result.Refused.class);
        assertThat(used() - before).isLessThan(NOISE);
        var random = new SplittableRandom(1);
        int left = ADDRESSES;
        for (int i = 0; i < ADDRESSES; i++) {
            if (random.nextInt(100) == 0) {
                Address address = Address.ofIpv4(0x0a00_0002 + i);
                state.apply(new Command.ReleaseAddress(Requester.ANONYMOUS, NET, address, 0))
                        .orElseThrow();
                left--;
            }
        }
        assertThat(used() - before).isLessThan(left / 5 + NOISE);
        assertThat(state.usage(NET).orElseThrow().granted()).isEqualTo(left);
        for (int i = left; i < ADDRESSES; i++) {
            state.apply(request).orElseThrow();
        }
        assertThat(state.apply(request)).isInstanceOf(Result.Refused.class);
        assertThat(used() - before).as("full again").isLessThan(NOISE);
    }
}
