/** An overlay node to embed: start one, give it networks, attach endpoints. */
@NullMarked
package io.dunlin.node;

import org.jspecify.annotations.NullMarked;
