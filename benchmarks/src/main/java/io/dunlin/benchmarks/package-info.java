/** The benchmark suite ({@code benchmarks/run}), and the benchmarks of what can be reached from outside its package. */
@NullMarked
package io.dunlin.benchmarks;

import org.jspecify.annotations.NullMarked;
