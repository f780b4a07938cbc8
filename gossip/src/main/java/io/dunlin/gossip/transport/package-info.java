/** What membership stands on: where members are reached, the way there, and time. */
@NullMarked
package io.dunlin.gossip.transport;

import org.jspecify.annotations.NullMarked;
