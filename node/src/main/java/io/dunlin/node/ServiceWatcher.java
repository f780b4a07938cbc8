package io.dunlin.node;

import java.util.Optional;

/** Told when a service of a network is there, has other backends, or is gone. */
@FunctionalInterface
public interface ServiceWatcher {
    /**
     * Called on whichever thread found it out, one call at a time, with the node locked: it must be quick, and must not wait for another thread that calls
     * the node. What changes meanwhile is told with the next call.
     *
     * @param service the service's name, in lower case
     * @param now empty: there is none any more
     */
    void changed(String service, Optional<ServiceStatus> now);
}
