/** Asking others for names that a network does not know: resolvers of the host, or given ones. Plain blocking code, for virtual threads. */
@NullMarked
package io.dunlin.lb.dns.upstream;

import org.jspecify.annotations.NullMarked;
