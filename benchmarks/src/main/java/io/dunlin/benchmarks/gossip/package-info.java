/** Clusters of our members and of the real memberlist's, beside each other on loopback. */
@NullMarked
package io.dunlin.benchmarks.gossip;

import org.jspecify.annotations.NullMarked;
