package io.dunlin.node;

import io.dunlin.gossip.GossipConfig;
import io.dunlin.gossip.Profile;
import io.dunlin.gossip.wire.KeyRing;
import io.dunlin.ipsec.rotation.RotationConfig;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Nodes of an encrypted cluster whose keys turn about every other second. */
final class FastKeys {
    private static final RotationConfig ROTATION = RotationConfig.DEFAULT
            .waiting(Duration.ofMillis(1000), Duration.ofMillis(200), Duration.ofMillis(800))
            .every(Duration.ofMillis(1100));

    private FastKeys() {}

    /** @param seed whom it joins; empty: nobody */
    static NodeConfig node(String name, String dataPath, String seed, @Nullable Path ringFile) {
        var gossip = GossipConfig.named(name)
                .listen(dataPath)
                .profile(Profile.local())
                .encrypted(KeyRing.of(new byte[32]));
        return NodeConfig.named(name)
                .dataPath(dataPath)
                .gossip(seed.isEmpty() ? gossip : gossip.join(seed))
                .keys(new KeysConfig(ROTATION, ringFile));
    }
}
