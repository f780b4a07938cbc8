@NullMarked
package io.dunlin.gossip.netty;

import org.jspecify.annotations.NullMarked;
