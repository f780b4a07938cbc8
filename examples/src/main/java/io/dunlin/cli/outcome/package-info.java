/** How a command ends: exit codes, and failures told in one line. */
@NullMarked
package io.dunlin.cli.outcome;

import org.jspecify.annotations.NullMarked;
