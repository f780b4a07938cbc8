/** What pools of addresses cost when they are full. */
@NullMarked
package io.dunlin.benchmarks.ipam;

import org.jspecify.annotations.NullMarked;
