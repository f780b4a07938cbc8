package io.dunlin.ipam;

import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.ipam.Command.ClaimAddress;
import io.dunlin.ipam.Command.ClaimNumber;
import io.dunlin.ipam.Command.ClaimSubnet;
import io.dunlin.ipam.Command.ReleaseAddress;
import io.dunlin.ipam.Command.ReleaseNumber;
import io.dunlin.ipam.Command.ReleaseSubnet;
import io.dunlin.ipam.Command.RequestAddress;
import io.dunlin.ipam.Command.RequestNumber;
import io.dunlin.ipam.Command.RequestSubnet;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Whatever fills a pool warns, by request as by claim, and whatever empties it has the next warning come again. */
class UsageWarningTest {
    private static final Requester ANY = Requester.ANONYMOUS;
    private static final Subnet ONE = Subnet.parse("10.0.0.0/24");
    /** Its other address is the gateway's. */
    private static final Subnet PAIR = Subnet.parse("192.168.7.0/31");

    private static final String SUBNETS_FULL = "95: 10.0.0.0/24 cut into /24 1";
    private static final String ADDRESSES_FULL = "95: 192.168.7.0/31 1";

    private final List<String> warnings = new ArrayList<>();

    /** A pool of one subnet. */
    private final IpamState state = IpamState.of(
                    IpamConfig.of().pool("10.0.0.0/24", 24).quarantine(Duration.ZERO),
                    (percent, usage) -> warnings.add(percent + ": " + usage.pool() + " " + usage.granted()))
            .orElseThrow();

    private void done(Command<?> command) {
        assertThat(state.apply(command)).isInstanceOf(Result.Granted.class);
    }

    @Test
    void poolsOfSubnetsWarnAgainAfterWhatWasTakenIsReleased() {
        done(new RequestSubnet(ANY, Family.IPV4, 0));
        assertThat(warnings).containsExactly(SUBNETS_FULL);
        done(new ReleaseSubnet(ANY, ONE, 0));
        done(new ClaimSubnet(ANY, AddressPlan.of(ONE), 0));
        assertThat(warnings).containsExactly(SUBNETS_FULL, SUBNETS_FULL);
        done(new ReleaseSubnet(ANY, ONE, 0));
        done(new RequestSubnet(ANY, Family.IPV4, 0));
        assertThat(warnings).hasSize(3);
    }

    @Test
    void subnetsWarnAgainAfterWhatWasTakenIsReleased() {
        done(new ClaimSubnet(ANY, AddressPlan.of(PAIR), 0));
        done(new RequestAddress(ANY, PAIR, 0));
        assertThat(warnings).containsExactly(ADDRESSES_FULL);
        done(new ReleaseAddress(ANY, PAIR, PAIR.last(), 0));
        done(new ClaimAddress(ANY, PAIR, PAIR.last(), 0));
        assertThat(warnings).containsExactly(ADDRESSES_FULL, ADDRESSES_FULL);
        done(new ReleaseAddress(ANY, PAIR, PAIR.last(), 0));
        done(new RequestAddress(ANY, PAIR, 0));
        assertThat(warnings).hasSize(3);
    }

    /** As subnets and addresses do; and as there are more than one of them, a release is seen to count where no claim before it did. */
    @Test
    void portsWarnAgainAfterTheReleaseThatBroughtThemFivePointsBelow() {
        NumberSpace ports = NumberSpace.TCP_PORT;
        int size = ports.last() - ports.first() + 1;
        int first80 = 2215; // of 2768
        int last75 = 2076;
        String at80 = "80: TCP ports 30000 to 32767 2215";
        String at95 = "95: TCP ports 30000 to 32767 2630";
        for (int i = 0; i < first80; i++) {
            done(new RequestNumber(ANY, ports, 0));
        }
        assertThat(warnings).containsExactly(at80);
        for (int i = last75 - 1; i < first80; i++) {
            done(new ReleaseNumber(ANY, ports, ports.first() + i, 0));
        }
        for (int i = last75 - 1; i < size; i++) {
            done(new ClaimNumber(ANY, ports, ports.first() + i, 0));
        }
        assertThat(warnings).containsExactly(at80, at80, at95);
    }
}
