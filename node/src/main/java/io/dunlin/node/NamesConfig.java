package io.dunlin.node;

import io.dunlin.lb.dns.NamespaceResolvConf;
import io.dunlin.lb.dns.ZoneSpec;
import io.dunlin.lb.dns.upstream.UpstreamConfig;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * How a node answers its workloads' questions for names. Immutable; each method returns a changed copy.
 *
 * @param upstream whom it asks for names that a network does not know, unless that is {@linkplain NetworkSpec#internal internal}. Null: the name
 *     servers in the host's {@code /etc/resolv.conf}, as it is when they are asked
 * @param ttlSeconds how long answers about a network's own names may be kept, as {@link ZoneSpec#ttlSeconds}
 * @param namespaceFiles where {@code ip netns exec} looks for the resolv.conf of a namespace: there one is written for each named namespace that has
 *     an endpoint, unless there is one, and removed with the endpoint. Null: none is written
 */
public record NamesConfig(
        @Nullable UpstreamConfig upstream,
        int ttlSeconds,
        @Nullable Path namespaceFiles) {
    /** The host's servers, 5 s, {@code /etc/netns}. */
    public static final NamesConfig DEFAULT =
            new NamesConfig(null, ZoneSpec.DEFAULT_TTL_SECONDS, NamespaceResolvConf.ROOT);

    public NamesConfig {
        var _ = ZoneSpec.named("any").ttlSeconds(ttlSeconds); // refuses what cannot be
    }

    public NamesConfig upstream(UpstreamConfig servers) {
        return new NamesConfig(servers, ttlSeconds, namespaceFiles);
    }

    public NamesConfig ttlSeconds(int seconds) {
        return new NamesConfig(upstream, seconds, namespaceFiles);
    }

    /** Writes no resolv.conf: workloads find the gateway address otherwise. */
    public NamesConfig withoutNamespaceFiles() {
        return new NamesConfig(upstream, ttlSeconds, null);
    }

    /** What names of a network are answered like. */
    ZoneSpec zone(NetworkSpec network) {
        return new ZoneSpec(network.name(), network.subnets(), network.isInternal(), ttlSeconds);
    }
}
