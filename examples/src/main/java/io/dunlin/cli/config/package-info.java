/** The file that describes a node: read strictly, checked in full before anything on the system is touched. */
@NullMarked
package io.dunlin.cli.config;

import org.jspecify.annotations.NullMarked;
