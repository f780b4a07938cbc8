/**
 * SWIM membership with Lifeguard (arXiv 1707.00788) that a cluster of Go memberlist agents accepts as one of its own.
 */
@NullMarked
package io.dunlin.gossip;

import org.jspecify.annotations.NullMarked;
