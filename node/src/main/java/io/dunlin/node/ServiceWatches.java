package io.dunlin.node;

import io.dunlin.vxlan.wire.Vni;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;

/**
 * Who wants to know of changes of services, and what they were not told yet. A watcher may call the node: what changes by that is told when all have been told
 * what changed before. One that throws is written down, and the others are told. Under the node's lock, but for the end of a watch.
 */
final class ServiceWatches {
    private final ErrorLog errors;
    private final List<Watch> watches = new CopyOnWriteArrayList<>(); // any thread ends one
    private final Set<NameInNetwork> untold = new LinkedHashSet<>();
    private final List<Watch> ending = new ArrayList<>();
    private boolean isTelling;

    /** Equals itself alone: a watcher may watch twice. */
    private static final class Watch {
        final Vni vni;
        final ServiceWatcher watcher;

        Watch(Vni vni, ServiceWatcher watcher) {
            this.vni = vni;
            this.watcher = watcher;
        }
    }

    ServiceWatches(ErrorLog errors) {
        this.errors = errors;
    }

    /** Tells of each change of a network's services from now on, until it is closed or the network is. */
    AutoCloseable add(Vni vni, ServiceWatcher watcher) {
        var watch = new Watch(vni, watcher);
        watches.add(watch);
        return () -> watches.remove(watch);
    }

    /** Is to be told with the next {@link #tell}. */
    void changed(Collection<NameInNetwork> services) {
        untold.addAll(services);
    }

    /** The network is closed: its watches end when they have been told all. */
    void end(Vni vni) {
        watches.stream().filter(watch -> watch.vni.equals(vni)).forEach(ending::add);
    }

    /** @param status what there is to be told of a service, when it is asked */
    void tell(Function<NameInNetwork, Optional<ServiceStatus>> status) {
        if (isTelling) {
            return; // a watcher called the node: whoever told it goes on
        }
        isTelling = true;
        try {
            while (!untold.isEmpty()) {
                List<NameInNetwork> now = List.copyOf(untold);
                untold.clear();
                now.forEach(service -> tell(service, status));
            }
            watches.removeAll(ending);
            ending.clear();
        } finally {
            isTelling = false;
        }
    }

    private void tell(NameInNetwork service, Function<NameInNetwork, Optional<ServiceStatus>> status) {
        for (Watch watch : watches) {
            if (watch.vni.equals(service.vni())) {
                try {
                    watch.watcher.changed(service.folded(), status.apply(service));
                } catch (RuntimeException e) {
                    errors.record("a watcher of services", e);
                }
            }
        }
    }
}
