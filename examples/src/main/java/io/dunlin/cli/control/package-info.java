/**
 * How {@code stats}, {@code trace} and {@code keys} talk to a running node: a Unix domain socket, one line of JSON as the request, lines of JSON as the
 * answer.
 */
@NullMarked
package io.dunlin.cli.control;

import org.jspecify.annotations.NullMarked;
