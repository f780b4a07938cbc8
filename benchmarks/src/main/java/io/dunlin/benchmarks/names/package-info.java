/** What names cost beside another server: benchmarks/names. */
@NullMarked
package io.dunlin.benchmarks.names;

import org.jspecify.annotations.NullMarked;
