package io.dunlin.node;

import io.dunlin.ipam.Command.ClaimNumber;
import io.dunlin.ipam.Command.RequestNumber;
import io.dunlin.ipam.IpamState;
import io.dunlin.ipam.NumberSpace;
import io.dunlin.ipam.Requester;
import io.dunlin.ipam.Result;
import io.dunlin.ipam.Result.Granted;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32C;

/**
 * VNIs, which are looked for from a place on that follows from the network's name: nodes that cannot hear each other hardly ever choose the same
 * for two networks, and always the same for one. Two networks of one VNI would be one.
 */
final class VniPool {
    /** From the name's place on; then the pool's next. */
    private static final int TRIES = 64;

    private static final int SIZE = NumberSpace.VNI.last() - NumberSpace.VNI.first() + 1;

    private VniPool() {}

    static Result<Integer> request(IpamState pools, String network, Requester requester, long nowMillis) {
        int place = placeOf(network);
        for (int i = 0; i < TRIES; i++) {
            int candidate = NumberSpace.VNI.first() + (place + i) % SIZE;
            var claim = new ClaimNumber(requester, NumberSpace.VNI, candidate, nowMillis);
            if (pools.apply(claim) instanceof Granted<Integer> taken) {
                return taken;
            }
        }
        return pools.apply(new RequestNumber(requester, NumberSpace.VNI, nowMillis));
    }

    /** The same at every node, and in every version. */
    private static int placeOf(String network) {
        var sum = new CRC32C();
        sum.update(network.getBytes(StandardCharsets.UTF_8));
        return (int) (sum.getValue() % SIZE);
    }
}
