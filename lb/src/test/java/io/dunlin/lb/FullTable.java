package io.dunlin.lb;

import io.dunlin.lb.TestPackets.End;
import io.dunlin.vxlan.packet.PacketBatch;
import io.dunlin.vxlan.wire.IpAddress;
import io.dunlin.vxlan.wire.Memory;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** A program that fills a table of the default size, beside as many batches as a node has. Prints the flows it holds, and how often it was refused memory. */
final class FullTable {
    private static final int SYNS = 3 << 19; // each part gets more than it holds

    private static int refusals;

    private FullTable() {}

    public static void main(String[] arguments) {
        List<PacketBatch> ofWorkers = new ArrayList<>();
        for (int i = 0; i < Integer.parseInt(arguments[0]); i++) {
            ofWorkers.add(new PacketBatch(64, 65_535, 16 * PacketBatch.MAX_SEGMENTS));
        }
        var bench = new Bench(new FlowTable(
                FlowTable.DEFAULT_MAX_FLOWS, new Random(1), new FlowMemory(FullTable::allocate, long[]::new)));
        for (int n = 0; n < SYNS; n++) {
            bench.out(TestPackets.tcp(
                    new End(IpAddress.ofIpv4(0x0b00_0000 + (n >>> 15)), 1 + (n & 0x7fff)), Bench.VIP, TestPackets.SYN));
        }
        System.out.println(bench.flows.size() + " flows, refused " + refusals + " times");
        ofWorkers.forEach(PacketBatch::close);
    }

    private static Memory allocate(int bytes) {
        try {
            return Memory.allocate(bytes);
        } catch (OutOfMemoryError e) {
            refusals++;
            throw e;
        }
    }
}
