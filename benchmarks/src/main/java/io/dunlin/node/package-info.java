/** Benchmarks of the two paths, in their package as nobody else may call them. */
@NullMarked
package io.dunlin.node;

import org.jspecify.annotations.NullMarked;
