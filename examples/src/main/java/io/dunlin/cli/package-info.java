/**
 * The command line of {@code overlay-node}: one class per command. A command returns its exit code; what a user can put right is a {@link
 * io.dunlin.cli.outcome.BadInput}, one line on standard error and exit code 2.
 */
@NullMarked
package io.dunlin.cli;

import org.jspecify.annotations.NullMarked;
