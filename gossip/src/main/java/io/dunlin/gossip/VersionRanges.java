package io.dunlin.gossip;

import io.dunlin.gossip.wire.Message.NodeState;
import io.dunlin.gossip.wire.Message.State;
import io.dunlin.gossip.wire.Message.Versions;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The versions that all live members understand, and whether every member, a dead one too, speaks one of them: of memberlist's protocol and of
 * the layer above (delegate). State is exchanged with a peer only if that holds for its members and ours together.
 */
final class VersionRanges {
    private int protocolMin;
    private int protocolMax = Integer.MAX_VALUE;
    private int delegateMin;
    private int delegateMax = Integer.MAX_VALUE;

    private VersionRanges() {}

    /** Null if they fit; else who does not, and why. */
    static @Nullable String mismatch(List<NodeState> ours, List<NodeState> theirs) {
        var ranges = new VersionRanges();
        ranges.narrow(ours);
        ranges.narrow(theirs);
        String mismatch = ranges.outside(theirs);
        return mismatch != null ? mismatch : ranges.outside(ours);
    }

    private void narrow(List<NodeState> members) {
        for (NodeState member : members) {
            Versions versions = member.versions();
            if (member.state() == State.ALIVE && isKnown(versions)) {
                protocolMin = Math.max(protocolMin, versions.protocolMin());
                protocolMax = Math.min(protocolMax, versions.protocolMax());
                delegateMin = Math.max(delegateMin, versions.delegateMin());
                delegateMax = Math.min(delegateMax, versions.delegateMax());
            }
        }
    }

    private @Nullable String outside(List<NodeState> members) {
        for (NodeState member : members) {
            Versions versions = member.versions();
            if (!isKnown(versions)) {
                continue;
            }
            if (versions.protocol() < protocolMin || versions.protocol() > protocolMax) {
                return member.name() + " speaks protocol version " + versions.protocol() + ", not " + protocolMin + ".."
                        + protocolMax;
            }
            if (versions.delegate() < delegateMin || versions.delegate() > delegateMax) {
                return member.name() + " speaks delegate version " + versions.delegate() + ", not " + delegateMin + ".."
                        + delegateMax;
            }
        }
        return null;
    }

    /** memberlist leaves them out where it knows nothing. */
    private static boolean isKnown(Versions versions) {
        return versions.protocolMax() != 0;
    }
}
