package io.dunlin.node;

/** What a node was told of an endpoint behind another VTEP. {@link #close} makes it forget. Any thread. */
public final class RemoteEndpoint implements AutoCloseable {
    private final OverlayNetwork network;
    private final RemoteSpec spec;

    RemoteEndpoint(OverlayNetwork network, RemoteSpec spec) {
        this.network = network;
        this.spec = spec;
    }

    public RemoteSpec spec() {
        return spec;
    }

    /** Forgets it. Idempotent. */
    @Override
    public void close() {
        network.forget(this);
    }
}
