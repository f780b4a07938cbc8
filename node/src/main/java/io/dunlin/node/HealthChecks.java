package io.dunlin.node;

import io.dunlin.lb.Backend.State;
import io.dunlin.vxlan.wire.IpAddress;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * Asks this node's backends whether they serve, where their service says how, and tells the others when that changes. A thread of its own for the time, which
 * begins with the first check, and a virtual one for each question. Endpoints in memory are not asked.
 */
final class HealthChecks {
    private final Platform platform;
    private final ScheduledThreadPoolExecutor time;
    private final Map<Endpoint, Check> checks = new HashMap<>(); // under the node's lock

    HealthChecks(String node, Platform platform) {
        this.platform = platform;
        this.time = new ScheduledThreadPoolExecutor(1, task -> {
            var thread = new Thread(task, "dunlin-health-" + node);
            thread.setDaemon(true);
            return thread;
        });
        time.setRemoveOnCancelPolicy(true);
    }

    /** Who is asked, and how, follows from endpoints and services, which have changed. Under the node's lock. */
    void revise(List<OverlayNetwork> networks) {
        var wanted = new HashMap<Endpoint, HealthCheck>();
        for (OverlayNetwork network : networks) {
            for (Endpoint endpoint : network.endpoints()) {
                HealthCheck how = network.services().healthOf(endpoint);
                if (how != null && !(endpoint.spec().place() instanceof EndpointSpec.Place.InMemory)) {
                    wanted.put(endpoint, how);
                }
            }
        }
        checks.entrySet().removeIf(each -> {
            boolean isOver = !each.getValue().how.equals(wanted.get(each.getKey()));
            if (isOver) {
                each.getValue().end();
            }
            return isOver;
        });
        wanted.forEach((endpoint, how) -> checks.computeIfAbsent(endpoint, _ -> new Check(endpoint, how)));
    }

    /** Asks nobody any more. */
    void stop() {
        time.shutdownNow();
    }

    /** Of one endpoint, until it is to be asked no more, or otherwise. */
    private final class Check {
        private final Endpoint endpoint;
        private final HealthCheck how;
        private final AtomicBoolean isAsking = new AtomicBoolean();
        private final @Nullable Future<?> turns;
        private int silent; // questions in a row without an answer; one thread at a time

        Check(Endpoint endpoint, HealthCheck how) {
            this.endpoint = endpoint;
            this.how = how;
            long millis = how.interval().toMillis();
            this.turns = time.isShutdown()
                    ? null
                    : time.scheduleAtFixedRate(this::turn, millis, millis, TimeUnit.MILLISECONDS);
        }

        void end() {
            if (turns != null) {
                turns.cancel(false);
            }
        }

        private void turn() {
            if (isAsking.compareAndSet(false, true)) { // else the last question is still under way
                Thread.ofVirtual().name("dunlin-health").start(this::ask);
            }
        }

        private void ask() {
            try {
                EndpointSpec spec = endpoint.spec();
                IpAddress address = spec.addresses().getFirst();
                boolean answers = HealthProbe.answers(how, address, new HealthProbe.Inside() {
                    @Override
                    public <T> T call(Callable<T> code) throws IOException {
                        return platform.inside(spec.place(), code);
                    }
                });
                silent = answers ? 0 : silent + 1;
                if (answers) {
                    endpoint.found(State.HEALTHY);
                } else if (silent >= how.retries()) {
                    endpoint.found(State.UNHEALTHY);
                }
            } finally {
                isAsking.set(false);
            }
        }
    }
}
