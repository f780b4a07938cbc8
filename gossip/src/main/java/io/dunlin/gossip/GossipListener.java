package io.dunlin.gossip;

import io.dunlin.gossip.wire.Bytes;

/**
 * Who is told what a {@link Gossip} sees. All methods are called on its own thread, one at a time and in the order of what happened, so that
 * nothing is missed and nothing is waiting: they must be quick and never block, for nobody is probed and no probe is answered meanwhile.
 * Give what takes longer to another thread. They may call the {@link Gossip}. What they throw is logged, and goes no further.
 */
public interface GossipListener {
    /** A listener that does not care. */
    GossipListener NONE = new GossipListener() {};

    /** A member is there, or there again. This one tells of itself first. */
    default void joined(Member member) {}

    /** A member's metadata, address or versions changed. */
    default void updated(Member member) {}

    /** A member left of its own will. */
    default void left(Member member) {}

    /** A member is held for dead: nobody has been able to reach it for as long as the profile says. */
    default void failed(Member member) {}

    /**
     * A user message came. The same message may come several times, or not at all if it came by packet; memberlist tells neither who sent it
     * nor which one it is, so put into it what you need.
     */
    default void message(Bytes data) {}
}
