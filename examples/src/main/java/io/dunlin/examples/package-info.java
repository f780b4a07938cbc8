/** Small programs that embed a node: what to read first for one's own. */
@NullMarked
package io.dunlin.examples;

import org.jspecify.annotations.NullMarked;
