package io.dunlin.gossip.netty;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;

/**
 * Finds hosts' addresses. The JDK's look-up blocks, in native code and for as long as the name servers let it: so each runs on a platform
 * thread of its own, of which there are no more than calls under way.
 */
final class NameLookup {
    private final Class<? extends InetAddress> preferred;

    /** @param own addresses of the same family are preferred: packets will have to go there too */
    NameLookup(InetAddress own) {
        this.preferred = own.getClass();
    }

    /** Runs one of {@code found} and {@code failed} on {@code executor}; perhaps long after anybody waits for it. */
    void find(
            InetSocketAddress name,
            Executor executor,
            Consumer<InetSocketAddress> found,
            Consumer<UnknownHostException> failed) {
        Thread.ofPlatform().daemon().name("dunlin-gossip-lookup").start(() -> {
            Runnable tell;
            try {
                InetAddress[] all = InetAddress.getAllByName(name.getHostString());
                InetAddress best = Arrays.stream(all)
                        .filter(preferred::isInstance)
                        .findFirst()
                        .orElse(all[0]);
                tell = () -> found.accept(new InetSocketAddress(best, name.getPort()));
            } catch (UnknownHostException e) {
                tell = () -> failed.accept(e);
            }
            try {
                executor.execute(tell);
            } catch (RejectedExecutionException e) {
                // nobody waits any more
            }
        });
    }
}
