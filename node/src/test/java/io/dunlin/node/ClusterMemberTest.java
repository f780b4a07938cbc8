package io.dunlin.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.gossip.GossipConfig;
import io.dunlin.gossip.Profile;
import io.dunlin.vxlan.wire.IpAddress;
import io.dunlin.vxlan.wire.Vni;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class ClusterMemberTest {
    private static final IpAddress ADDRESS = IpAddress.parse("10.0.0.2");

    /** A member hears of its own rows, too: the node's is the first. */
    @Test
    void hearsOnAfterABatchThatWentWrong() throws IOException, InterruptedException {
        var wrong = new CountDownLatch(1);
        var heard = new CountDownLatch(1);
        var config = GossipConfig.named("n").listen("127.0.0.1:0").profile(Profile.local());
        var self = new NodeRecord(4789, List.of(IpAddress.parse("127.0.0.1")));
        try (var member = ClusterMember.start(
                config,
                self,
                batch -> {
                    if (wrong.getCount() > 0) {
                        wrong.countDown();
                        throw new IllegalStateException("a batch that goes wrong");
                    }
                    heard.countDown();
                },
                message -> {})) {
            assertThat(wrong.await(30, TimeUnit.SECONDS)).isTrue();
            member.announce("web", new EndpointRecord(new Vni(4096), 0, List.of(ADDRESS)));
            assertThat(heard.await(30, TimeUnit.SECONDS)).isTrue();
        }
    }
}
