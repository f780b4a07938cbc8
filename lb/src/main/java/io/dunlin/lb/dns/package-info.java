/**
 * Names: what workloads ask their network's gateway address for (RFC 1035). {@link io.dunlin.lb.dns.Zone} is what is known on a network,
 * {@link io.dunlin.lb.dns.DnsResponder} turns a query into its answer where it lies, {@link io.dunlin.lb.dns.NameAnswer} does so to a packet.
 * What a network does not know is asked of others: {@code io.dunlin.lb.dns.upstream}.
 */
@NullMarked
package io.dunlin.lb.dns;

import org.jspecify.annotations.NullMarked;
