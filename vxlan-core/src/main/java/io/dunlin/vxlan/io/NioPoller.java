package io.dunlin.vxlan.io;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.ArrayList;
import java.util.List;

/** Waits with the JDK's own selector: for {@link NioUdpSocket} and sources in memory, on any operating system. */
public final class NioPoller implements Poller {
    private static final Duty REMOVED = _ -> 0;

    private final Selector selector;
    private final List<Source> sources = new ArrayList<>();
    private final List<Source> ready = new ArrayList<>();

    private static final class Source {
        private final Pollable pollable;
        private Duty duty;

        Source(Pollable pollable, Duty duty) {
            this.pollable = pollable;
            this.duty = duty;
        }
    }

    public NioPoller() throws IOException {
        selector = Selector.open();
    }

    @Override
    public void add(Pollable source, Duty duty) throws IOException {
        if (source.descriptor() != Pollable.NO_DESCRIPTOR) {
            throw new IllegalArgumentException("a portable worker cannot wait for a file descriptor");
        }
        if (source instanceof NioUdpSocket socket) {
            socket.channel().register(selector, SelectionKey.OP_READ, socket);
        }
        sources.add(new Source(source, duty));
        source.signalTo(this);
    }

    @Override
    @SuppressWarnings("ReferenceEquality") // a source is an identity
    public void remove(Pollable source) throws IOException {
        for (Source each : sources) {
            if (each.pollable == source) {
                each.duty = REMOVED; // also for whoever is still walking through the last poll's ready sources
            }
        }
        sources.removeIf(each -> each.pollable == source);
        if (source instanceof NioUdpSocket socket) {
            SelectionKey key = socket.channel().keyFor(selector);
            if (key != null) {
                key.cancel();
                selector.selectNow();
            }
        }
    }

    @Override
    public int poll(long timeoutNanos) throws IOException {
        // A raise() between the look at the memory sources and the select makes the select return at once:
        // Selector.wakeup() is kept.
        boolean inMemory = collect();
        if (inMemory || timeoutNanos == 0) {
            selector.selectNow();
        } else if (timeoutNanos < 0) {
            selector.select();
        } else {
            selector.select(Math.max(1, timeoutNanos / 1_000_000));
        }
        for (SelectionKey key : selector.selectedKeys()) {
            ((NioUdpSocket) key.attachment()).markReady();
        }
        selector.selectedKeys().clear();
        collect();
        return ready.size();
    }

    /** Lists what is ready; whether any is. */
    private boolean collect() {
        ready.clear();
        for (int i = 0; i < sources.size(); i++) {
            Source source = sources.get(i);
            if (source.pollable.isReady()) {
                ready.add(source);
            }
        }
        return !ready.isEmpty();
    }

    @Override
    public Duty ready(int index) {
        return ready.get(index).duty;
    }

    @Override
    public void raise() {
        selector.wakeup();
    }

    @Override
    public void close() {
        try {
            selector.close();
        } catch (IOException e) {
            throw new UncheckedIOException("closing a selector", e);
        }
    }
}
