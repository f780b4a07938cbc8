/** memberlist's messages and how they look in packets and streams. Pure: bytes in, records out; no clock, no socket. */
@NullMarked
package io.dunlin.gossip.wire;

import org.jspecify.annotations.NullMarked;
