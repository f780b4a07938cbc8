/** Benchmarks of the flow table and of the stage that uses it, in their package as nobody else may call them. */
@NullMarked
package io.dunlin.lb;

import org.jspecify.annotations.NullMarked;
