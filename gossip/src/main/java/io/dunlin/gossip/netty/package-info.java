/** The {@link io.dunlin.gossip.Clock} and the {@link io.dunlin.gossip.Transport} of a real host, on one of Netty's event loops. */
@NullMarked
package io.dunlin.gossip.netty;

import org.jspecify.annotations.NullMarked;
