package io.dunlin.cli.config;

import io.dunlin.cli.outcome.BadInput;
import io.dunlin.gossip.transport.HostPort;
import io.dunlin.lb.dns.upstream.UpstreamConfig;
import io.dunlin.node.NamesConfig;
import io.dunlin.vxlan.wire.IpAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** How a node answers for names: {@code names} of its file, and servers as people write them. */
public final class NamesReader {
    private static final int DNS_PORT = 53;

    private NamesReader() {}

    static NamesConfig read(MappingReader top) {
        if (!top.has("names")) {
            return NamesConfig.DEFAULT;
        }
        var from = top.mapping(
                "names", "{upstream: [192.0.2.53], ttl: 5s}", "upstream", "timeout", "ttl", "namespaceFiles");
        boolean hasServers = from.has("upstream");
        List<InetSocketAddress> servers = from.each("upstream", "192.0.2.53", NamesReader::server);
        var timeout = from.optional("timeout", "1.5s", NodeFile::duration);
        var ttl = from.optional("ttl", "5s", NodeFile::duration);
        boolean writesFiles =
                from.optional("namespaceFiles", "true", NodeFile::yesOrNo).orElse(true);
        if (timeout.isPresent() && !hasServers) {
            throw new BadInput(
                    from.place() + "\"timeout\" is that of \"upstream\": give both (like upstream: [192.0.2.53])");
        }
        try {
            NamesConfig names = hasServers ? upstream(servers, timeout.orElse(null)) : NamesConfig.DEFAULT;
            names = ttl.isPresent() ? names.ttlSeconds(wholeSeconds(ttl.get())) : names;
            return writesFiles ? names : names.withoutNamespaceFiles();
        } catch (IllegalArgumentException e) {
            throw new BadInput(from.place() + e.getMessage(), e);
        }
    }

    private static NamesConfig upstream(List<InetSocketAddress> servers, @Nullable Duration timeout) {
        UpstreamConfig upstream = UpstreamConfig.of(List.of()).servers(servers);
        return NamesConfig.DEFAULT.upstream(timeout == null ? upstream : upstream.timeout(timeout));
    }

    private static int wholeSeconds(Duration time) {
        if (!time.equals(Duration.ofSeconds(time.toSeconds())) || time.toSeconds() > Integer.MAX_VALUE) {
            throw new IllegalArgumentException("time to live of " + time + ": allowed are whole seconds, up to a week");
        }
        return (int) time.toSeconds();
    }

    /**
     * Reads an address with or without a port.
     *
     * @throws IllegalArgumentException if it is none
     */
    public static InetSocketAddress server(String text) {
        HostPort server = HostPort.parse(text, DNS_PORT);
        if (server.port() == 0) {
            throw new IllegalArgumentException("\"" + text + "\": port 0: allowed are 1 to 65535");
        }
        return new InetSocketAddress(IpAddress.parse(server.host()).toInetAddress(), server.port());
    }
}
