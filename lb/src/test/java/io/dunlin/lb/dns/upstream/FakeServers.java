package io.dunlin.lb.dns.upstream;

import io.dunlin.lb.dns.DnsHeader;
import io.dunlin.vxlan.wire.Memory;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Servers in memory, and the time that passes while they are waited for. */
final class FakeServers implements Exchange {
    private final Map<InetSocketAddress, Function<byte[], List<byte[]>>> servers = new HashMap<>();
    final List<InetSocketAddress> asked = new ArrayList<>();
    final List<Integer> ids = new ArrayList<>();
    long nowNanos;

    /** @param behaviour the messages that come back for a query */
    void put(InetSocketAddress server, Function<byte[], List<byte[]>> behaviour) {
        servers.put(server, behaviour);
    }

    /** A response to the query with that code. */
    static byte[] response(byte[] query, int rcode) {
        byte[] response = query.clone();
        Memory memory = Memory.of(response);
        DnsHeader.setFlags(memory, 0, DnsHeader.flags(memory, 0) | DnsHeader.RESPONSE | rcode);
        return response;
    }

    @Override
    public Conversation open(InetSocketAddress server, boolean isStream, long timeoutNanos) throws IOException {
        asked.add(server);
        Function<byte[], List<byte[]>> behaviour = servers.get(server);
        if (behaviour == null) {
            throw new ConnectException("nobody there");
        }
        Queue<byte[]> coming = new ArrayDeque<>();
        return new Conversation() {
            @Override
            public void send(byte[] message) {
                ids.add(DnsHeader.id(Memory.of(message), 0));
                coming.addAll(behaviour.apply(message));
            }

            @Override
            public byte @Nullable [] receive(long timeoutNanos) {
                byte[] next = coming.poll();
                nowNanos += next == null ? timeoutNanos : 1_000_000;
                return next;
            }

            @Override
            public void close() {}
        };
    }
}
