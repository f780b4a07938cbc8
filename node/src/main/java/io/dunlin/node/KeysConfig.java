package io.dunlin.node;

import io.dunlin.ipsec.rotation.RotationConfig;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How the keys of encrypted networks are made and turned, by nodes that gossip encrypted. Immutable; {@code rotation} should be the same at all
 * nodes.
 *
 * @param rotation how often, and by what limits
 * @param ringFile where the key ring is kept from one start to the next, with mode 0600, in a directory that is there. Null: in memory alone, so
 *     that nodes that all start at once make a new one; that costs them the grace time, and nothing else
 */
public record KeysConfig(RotationConfig rotation, @Nullable Path ringFile) {
    public static final KeysConfig DEFAULT = new KeysConfig(RotationConfig.DEFAULT, null);

    public KeysConfig every(Duration interval) {
        return new KeysConfig(rotation.every(interval), ringFile);
    }

    public KeysConfig ringFile(Path file) {
        return new KeysConfig(rotation, file);
    }
}
