package io.dunlin.ipam;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;

/** Any bytes as a state, once as they are and once with the sum that they should have: refused, or a state that is written the same again. */
class StateFormatFuzzTest {
    private static final int MAGIC_VERSION_AND_SUM = 13;

    @FuzzTest
    void readsAnyBytes(byte[] data) {
        read(data);
        if (data.length >= MAGIC_VERSION_AND_SUM) {
            read(StateFormatTest.withSum(data));
        }
    }

    private static void read(byte[] data) {
        try {
            IpamState state = IpamState.read(data, UsageListener.NONE);
            assertThat(state.toBytes()).isEqualTo(data);
            for (Usage usage : state.usage()) {
                assertThat(usage.free()).isNotNegative();
                assertThat(usage.longestFreeRun()).isBetween(0L, usage.free());
            }
            Result<Subnet> next = state.apply(new Command.RequestSubnet(Requester.ANONYMOUS, Family.IPV4, 0));
            assertThat(next).isNotNull();
        } catch (MalformedStateException e) {
            assertThat(e.getMessage()).isNotBlank();
        }
    }
}
