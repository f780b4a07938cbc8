package io.dunlin.gossip;

import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/** Who is told what a {@link Protocol} sees, after its {@link Layer}. All methods are called on the protocol's thread. */
interface Observer {
    /** A member, this one among them, is there. */
    default void joined(Member member) {}

    /** Its address, metadata or versions changed. */
    default void updated(Member member) {}

    /** It is suspected, by us or by others; {@link #gone} follows unless it says otherwise in time. */
    default void suspected(Member member) {}

    /** It failed ({@link Member.State#DEAD}) or left ({@link Member.State#LEFT}). */
    default void gone(Member member) {}

    /**
     * Something was refused or dropped. Each is counted; this is called at most once a minute for each reason, so that it may be logged.
     *
     * @param reason a {@link DropReason}, or a {@link io.dunlin.gossip.wire.Refused} where it is the bytes
     * @param from who sent it, if that is known
     */
    default void dropped(Enum<?> reason, String what, @Nullable InetSocketAddress from) {}
}
