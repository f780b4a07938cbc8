@NullMarked
package io.dunlin.gossip;

import org.jspecify.annotations.NullMarked;
