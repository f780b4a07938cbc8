/** What members say to each other about tables, and how it looks in bytes. Pure: no clock, no socket. */
@NullMarked
package io.dunlin.gossip.table;

import org.jspecify.annotations.NullMarked;
