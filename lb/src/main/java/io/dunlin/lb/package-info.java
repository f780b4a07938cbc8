/**
 * Services that are balanced in the data path. {@link io.dunlin.lb.ServiceTable} says which services there are and who is behind them: an
 * immutable snapshot that the data path and the names read alike.
 */
@NullMarked
package io.dunlin.lb;

import org.jspecify.annotations.NullMarked;
