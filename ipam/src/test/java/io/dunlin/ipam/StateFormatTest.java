package io.dunlin.ipam;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;

/** States as bytes. {@code state-1.bin} was written once, by version 1 of the format, and stays as it is. */
class StateFormatTest {
    private static byte[] golden(String name) throws IOException {
        try (InputStream in = StateFormatTest.class.getResourceAsStream(name)) {
            return Objects.requireNonNull(in, name).readAllBytes();
        }
    }

    @Test
    void writesTheSampleAsItAlwaysDid() throws IOException {
        assertThat(SampleLog.applied().toBytes()).isEqualTo(golden("state-1.bin"));
    }

    @Test
    void goesOnFromTheGoldenFileAsFromTheLog() throws IOException, MalformedStateException {
        IpamState read = IpamState.read(golden("state-1.bin"), UsageListener.NONE);
        IpamState applied = SampleLog.applied();
        assertThat(read.config()).isEqualTo(applied.config());
        assertThat(read.usage()).isEqualTo(applied.usage());
        for (long now : new long[] {2_000, 100_000}) {
            for (Command<?> command : again(now)) {
                assertThat(read.apply(command)).as("%s", command).isEqualTo(applied.apply(command));
            }
        }
        assertThat(read.toBytes()).isEqualTo(applied.toBytes()).isNotEqualTo(golden("state-1.bin"));
    }

    private static List<Command<?>> again(long now) {
        var commands = new ArrayList<Command<?>>();
        for (String name : List.of("node-01/web.1", "x", "node-02/probe-ü", "frontend", "")) {
            var requester = new Requester(name);
            commands.add(new Command.RequestSubnet(requester, Family.IPV4, now));
            commands.add(new Command.RequestSubnetPair(requester, now));
            commands.add(new Command.RequestAddress(requester, Subnet.parse("10.20.0.0/26"), now));
            commands.add(new Command.RequestAddress(requester, Subnet.parse("172.16.0.0/12"), now));
            commands.add(new Command.RequestNumber(requester, NumberSpace.VNI, now));
            commands.add(new Command.RequestNumber(requester, NumberSpace.TCP_PORT, now));
        }
        return commands;
    }

    @Test
    void refusesWhatIsCutOffAnywhere() {
        byte[] whole = SampleLog.applied().toBytes();
        for (int length = 0; length < whole.length; length++) {
            byte[] cut = Arrays.copyOf(whole, length);
            assertThatThrownBy(() -> IpamState.read(cut, UsageListener.NONE))
                    .as("of %d bytes", length)
                    .isInstanceOf(MalformedStateException.class);
            if (length > 12) {
                assertThatThrownBy(() -> IpamState.read(withSum(cut), UsageListener.NONE))
                        .as("of %d bytes, with a right sum", length)
                        .isInstanceOf(MalformedStateException.class);
            }
        }
    }

    /** Each bit of the state, turned over, is refused or gives another state, that is written as it was read. */
    @Test
    void refusesOrReadsExactlyWhatHasOneOtherBit() {
        byte[] whole = SampleLog.applied().toBytes();
        int read = 0;
        for (int bit = 0; bit < (whole.length - 4) * 8; bit++) {
            byte[] other = whole.clone();
            other[bit / 8] ^= (byte) (1 << bit % 8);
            byte[] bytes = withSum(other);
            try {
                byte[] again = IpamState.read(bytes, UsageListener.NONE).toBytes();
                assertThat(Arrays.equals(again, bytes)).as("bit %d", bit).isTrue();
                read++;
            } catch (MalformedStateException e) {
                assertThat(e).hasMessageNotContaining("torn");
            }
        }
        assertThat(read).as("some bits of names, times and numbers are free").isPositive();
    }

    @Test
    void aSubnetFullOfHolesIsReadAsItWas() throws MalformedStateException {
        Subnet net = Subnet.parse("10.0.0.0/19");
        IpamState state = IpamState.of(IpamConfig.of().pool("10.0.0.0/19", 19), UsageListener.NONE)
                .orElseThrow();
        var random = new SplittableRandom(1);
        state.apply(new Command.RequestSubnet(Requester.ANONYMOUS, Family.IPV4, 0))
                .orElseThrow();
        for (int i = 2; i < 8_000; i++) {
            // the further on, the more of them
            if (random.nextInt(8_000) < i) {
                Address address = Address.ofIpv4(0x0a00_0000 + i);
                state.apply(new Command.ClaimAddress(Requester.ANONYMOUS, net, address, 0))
                        .orElseThrow();
            }
        }
        IpamState read = IpamState.read(state.toBytes(), UsageListener.NONE);
        assertThat(read.toBytes()).isEqualTo(state.toBytes());
        assertThat(read.usage(net)).isEqualTo(state.usage(net));
        for (int i = 0; i < 4_000; i++) {
            var request = new Command.RequestAddress(Requester.ANONYMOUS, net, 0);
            assertThat(read.apply(request)).isEqualTo(state.apply(request));
        }
        assertThat(read.toBytes()).isEqualTo(state.toBytes());
    }

    @Test
    void saysWhatIsWrong() throws IOException {
        assertThatThrownBy(() -> IpamState.read(new byte[100], UsageListener.NONE))
                .hasMessage("no state of address pools: it begins with something else");
        byte[] later = golden("state-1.bin");
        later[8] = 2;
        assertThatThrownBy(() -> IpamState.read(later, UsageListener.NONE)).hasMessage("version 2 is not known, 1 is");
        byte[] torn = golden("state-1.bin");
        torn[40]++;
        assertThatThrownBy(() -> IpamState.read(torn, UsageListener.NONE))
                .hasMessage("torn or damaged: its sum is wrong");
    }

    static byte[] withSum(byte[] bytes) {
        var sum = new CRC32C();
        sum.update(bytes, 0, bytes.length - 4);
        byte[] summed = bytes.clone();
        for (int i = 0; i < 4; i++) {
            summed[bytes.length - 4 + i] = (byte) (sum.getValue() >>> (24 - 8 * i));
        }
        return summed;
    }
}
