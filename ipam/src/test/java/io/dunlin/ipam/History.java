package io.dunlin.ipam;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * What threads asked, when each call began and ended, and what it returned. Linearizable, if the calls can be put into an order that
 * contradicts no thread's clock, and in which a single thread would have got the same answers (Wing and Gong's search).
 */
final class History {
    /** Begin and end are places in one order of all begins and ends. */
    record Call(long begin, long end, Command<?> command, Result<?> result) {}

    private final byte[] initial;
    private final List<Call> calls;
    private final Set<String> hopeless = new HashSet<>();

    /** @param initial the state before the first call */
    History(byte[] initial, List<Call> calls) {
        this.initial = initial;
        this.calls = List.copyOf(calls);
    }

    boolean isLinearizable() throws MalformedStateException {
        return canFinish(initial, calls);
    }

    private boolean canFinish(byte[] state, List<Call> rest) throws MalformedStateException {
        if (rest.isEmpty()) {
            return true;
        }
        String position = new String(state, StandardCharsets.ISO_8859_1) + rest;
        if (hopeless.contains(position)) {
            return false;
        }
        long firstEnd = rest.stream().mapToLong(Call::end).min().orElseThrow();
        for (Call call : rest) {
            if (call.begin() < firstEnd) {
                IpamState next = IpamState.read(state, UsageListener.NONE);
                if (next.apply(call.command()).equals(call.result())) {
                    var others = new ArrayList<>(rest);
                    others.remove(call);
                    if (canFinish(next.toBytes(), others)) {
                        return true;
                    }
                }
            }
        }
        hopeless.add(position);
        return false;
    }
}
