@NullMarked
package io.dunlin.gossip.transport;

import org.jspecify.annotations.NullMarked;
