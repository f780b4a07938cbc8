package io.dunlin.gossip;

import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.gossip.wire.Bytes;
import io.dunlin.gossip.wire.Message.NodeState;
import io.dunlin.gossip.wire.Message.State;
import io.dunlin.gossip.wire.Message.Versions;
import java.util.List;
import org.junit.jupiter.api.Test;

class VersionRangesTest {
    private static NodeState member(String name, State state, int... versions) {
        return new NodeState(
                name,
                SimulatedNetwork.address(1),
                Bytes.EMPTY,
                1,
                state,
                new Versions(versions[0], versions[1], versions[2], versions[3], versions[4], versions[5]));
    }

    private static final List<NodeState> OURS = List.of(member("me", State.ALIVE, 1, 5, 2, 0, 0, 0));

    @Test
    void rangesThatOverlapFit() {
        assertThat(VersionRanges.mismatch(OURS, List.of(member("a", State.ALIVE, 2, 9, 2, 0, 0, 0))))
                .isNull();
    }

    @Test
    void aDelegateVersionThatWeDoNotSpeakIsRefused() {
        assertThat(VersionRanges.mismatch(OURS, List.of(member("serf", State.ALIVE, 1, 5, 2, 2, 5, 5))))
                .isEqualTo("serf speaks delegate version 5, not 2..0");
    }

    @Test
    void aNewcomerThatDoesNotUnderstandUsIsRefused() {
        assertThat(VersionRanges.mismatch(OURS, List.of(member("a", State.ALIVE, 3, 5, 3, 0, 0, 0))))
                .isEqualTo("me speaks protocol version 2, not 3..5");
    }

    @Test
    void aDeadMemberCountsForWhatItSpeaksButNotForWhatItUnderstands() {
        assertThat(VersionRanges.mismatch(OURS, List.of(member("a", State.DEAD, 4, 5, 4, 0, 0, 0))))
                .isNull();
        assertThat(VersionRanges.mismatch(OURS, List.of(member("a", State.DEAD, 1, 9, 9, 0, 0, 0))))
                .isEqualTo("a speaks protocol version 9, not 1..5");
    }

    @Test
    void aMemberOfWhichNoVersionsAreKnownIsPassedOver() {
        assertThat(VersionRanges.mismatch(OURS, List.of(member("a", State.ALIVE, 0, 0, 0, 0, 0, 0))))
                .isNull();
    }
}
