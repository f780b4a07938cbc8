/**
 * memberlist's messages and how they look in packets and streams, as hashicorp/memberlist's agents speak at protocol versions 1 to 5. Pure:
 * bytes in, records out; no clock, no socket; it depends on the JDK alone.
 *
 * <p>From the bottom up: {@link io.dunlin.gossip.wire.MessageCodec one message} in MessagePack, {@link io.dunlin.gossip.wire.PacketCodec a
 * packet} of some of them, {@link io.dunlin.gossip.wire.StreamCodec a message on a stream}, and {@link
 * io.dunlin.gossip.wire.StreamFramer where one ends}. Both codecs compress (LZW), encrypt, and put the cluster's label in front. What by: a {@link
 * io.dunlin.gossip.wire.KeyRing}, or one and {@link io.dunlin.gossip.wire.TurningKeys keys that turn} beside it.
 *
 * <p>Whatever arrives is held for hostile: each length has a cap with a name, nothing is allocated for a length before its bytes are there,
 * and bytes that are no message end in a {@link io.dunlin.gossip.wire.Refused}, to be counted, or in a {@link
 * io.dunlin.gossip.wire.ProtocolException} that carries one. Why it is written here, and where it is stricter than memberlist:
 * docs/adr/0014.
 */
@NullMarked
package io.dunlin.gossip.wire;

import org.jspecify.annotations.NullMarked;
