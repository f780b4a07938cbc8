/** The agent of {@code overlay-node gossip}: a member of a cluster and nothing else, which tells what it sees and takes commands. */
@NullMarked
package io.dunlin.cli.gossip;

import org.jspecify.annotations.NullMarked;
