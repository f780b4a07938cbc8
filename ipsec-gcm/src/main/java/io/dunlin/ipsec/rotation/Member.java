package io.dunlin.ipsec.rotation;

/**
 * A node that is alive, as gossip has it.
 *
 * @param name unique in the cluster
 * @param since when it started, in milliseconds since 1970 by its own clock, or what else orders members by age, the same everywhere
 */
public record Member(String name, long since) {}
