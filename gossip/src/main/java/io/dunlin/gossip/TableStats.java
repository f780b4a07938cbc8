package io.dunlin.gossip;

/**
 * How the tables are doing.
 *
 * @param rows kept, those of members that are not there among them
 * @param bytes of their keys and values
 * @param malformed messages that claimed to be of tables, and were none
 * @param refused ranges of rows for which {@link TableLimits} left no room: this member misses rows
 * @param contradictions rows that were held to be the same as another's and were not. Anything above 0 is a forgery or a bug
 * @param superseded times that this member was spoken of in a life it did not have, and began a new one
 */
public record TableStats(long rows, long bytes, long malformed, long refused, long contradictions, long superseded) {}
