/** The {@link io.dunlin.gossip.transport.Clock} and the {@link io.dunlin.gossip.transport.Transport} of a real host, on one of Netty's event loops. */
@NullMarked
package io.dunlin.gossip.netty;

import org.jspecify.annotations.NullMarked;
