package io.dunlin.node;

import io.dunlin.lb.dns.NamespaceResolvConf;
import io.dunlin.vxlan.wire.IpAddress;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/**
 * The resolv.conf of the namespaces that a node has endpoints in. Where a namespace has several, the file names the gateway of the one that came
 * first, and of the next when that leaves. A file that cannot be written is no reason not to attach the endpoint. Under the node's lock.
 */
final class NamespaceFiles {
    /** Where ip-netns(8) keeps namespaces by name. One that is elsewhere has no file that anybody would read. */
    private static final List<Path> NAMED = List.of(Path.of("/run/netns"), Path.of("/var/run/netns"));

    private record Content(List<IpAddress> nameservers, List<String> search) {}

    private final NamespaceResolvConf files;
    private final ErrorLog errors;
    private final Map<String, SequencedMap<Endpoint, Content>> byNamespace = new HashMap<>();

    NamespaceFiles(NamespaceResolvConf files, ErrorLog errors) {
        this.files = files;
        this.errors = errors;
    }

    /**
     * An endpoint is there.
     *
     * @param nameservers that it can ask
     * @param search what short names are tried with behind them
     */
    void attached(Endpoint endpoint, List<IpAddress> nameservers, List<String> search) {
        String namespace = namespaceOf(endpoint);
        if (namespace == null) {
            return;
        }
        var endpoints = byNamespace.computeIfAbsent(namespace, _ -> new LinkedHashMap<>());
        var content = new Content(nameservers, search);
        endpoints.put(endpoint, content);
        if (endpoints.size() == 1) {
            write(namespace, content);
        }
    }

    /** It is no more. */
    void detached(Endpoint endpoint) {
        String namespace = namespaceOf(endpoint);
        var endpoints = namespace == null ? null : byNamespace.get(namespace);
        if (namespace == null || endpoints == null) {
            return;
        }
        boolean wasFirst = endpoints.firstEntry().getKey().equals(endpoint);
        endpoints.remove(endpoint);
        if (wasFirst) {
            remove(namespace);
            if (!endpoints.isEmpty()) {
                write(namespace, endpoints.firstEntry().getValue());
            }
        }
        if (endpoints.isEmpty()) {
            byNamespace.remove(namespace);
        }
    }

    /** Null if it has no name. */
    private static @Nullable String namespaceOf(Endpoint endpoint) {
        if (!(endpoint.spec().place() instanceof EndpointSpec.Place.NamespacePath(Path path))) {
            return null;
        }
        Path directory = path.getParent();
        return directory != null && NAMED.contains(directory) ? String.valueOf(path.getFileName()) : null;
    }

    private void write(String namespace, Content content) {
        try {
            files.write(namespace, content.nameservers(), content.search());
        } catch (IOException | IllegalArgumentException e) {
            errors.record("no resolv.conf for namespace " + namespace, e);
        }
    }

    private void remove(String namespace) {
        try {
            files.remove(namespace);
        } catch (IOException e) {
            errors.record("the resolv.conf of namespace " + namespace + " stays", e);
        }
    }
}
