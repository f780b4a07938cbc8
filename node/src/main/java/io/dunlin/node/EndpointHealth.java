package io.dunlin.node;

import io.dunlin.lb.Backend.State;
import io.dunlin.vxlan.wire.IpAddress;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/**
 * Whether an endpoint gets flows of its service: what a person said of it, and what its health check found, which are two things. Under the node's lock, but for the
 * question.
 */
final class EndpointHealth implements HealthChecks.Asked {
    private final Platform platform;
    private final EndpointSpec spec;
    private final Runnable whenChanged;

    /** How long its flows are left to it, since a person said so; null: they are not taken away. */
    private @Nullable Duration drain;

    private boolean isServing = true;

    /** @param whenChanged the check found something else than before */
    EndpointHealth(Platform platform, EndpointSpec spec, Runnable whenChanged) {
        this.platform = platform;
        this.spec = spec;
        this.whenChanged = whenChanged;
    }

    void drain(Duration time) {
        drain = time;
    }

    void resume() {
        drain = null;
    }

    /** Nobody asks any more: what was found does not count. */
    void forget() {
        isServing = true;
    }

    boolean isServing() {
        return isServing;
    }

    /** The role, in the state that it is in by now. */
    ServiceRole of(ServiceRole role) {
        return drain == null ? role.state(isServing ? State.HEALTHY : State.UNHEALTHY) : role.draining(drain);
    }

    /** At its first address, from inside its namespace. */
    @Override
    public boolean answers(HealthCheck how) {
        IpAddress address = spec.addresses().getFirst();
        return HealthProbe.answers(how, address, new HealthProbe.Inside() {
            @Override
            public <T> T call(Callable<T> code) throws IOException {
                return platform.inside(spec.place(), code);
            }
        });
    }

    @Override
    public void found(boolean serves) {
        if (isServing != serves) {
            isServing = serves;
            whenChanged.run();
        }
    }
}
