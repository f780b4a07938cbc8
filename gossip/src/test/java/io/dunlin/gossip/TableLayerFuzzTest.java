package io.dunlin.gossip;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.dunlin.gossip.wire.Bytes;
import java.nio.ByteBuffer;
import java.time.Duration;

/**
 * Any messages to a member with tables, in between which time passes: none stops it, what it keeps stays within its limits, and its own rows
 * stay what they are. The input is messages, each after two bytes with its length, whose upper bits say what happens next.
 */
class TableLayerFuzzTest {
    private static final int LENGTH = 0x0fff;
    private static final int AS_STATE = 0x1000;
    private static final int TIME_PASSES = 0x2000;
    private static final int OTHER_FAILS = 0x4000;

    private static final TableLimits LIMITS =
            new TableLimits(8, 20, 4096, 4, Duration.ofSeconds(5), Duration.ofSeconds(30));

    @FuzzTest
    void keepsItsRowsAndItsLimits(byte[] data) {
        var cluster = new TableCluster(1);
        cluster.limits = LIMITS;
        var node = cluster.start("n1");
        cluster.start("n2");
        var put = node.tables.table("t").put("mine", Bytes.utf8("value"));
        cluster.run(Duration.ofSeconds(3));
        assertThat(put.join()).isInstanceOf(PutResult.Accepted.class);
        var input = ByteBuffer.wrap(data);
        while (input.remaining() >= 2) {
            int choices = input.getShort();
            var message = new byte[Math.min(choices & LENGTH, input.remaining())];
            input.get(message);
            if ((choices & AS_STATE) != 0) {
                node.layer.remoteState(message, false, null);
            } else {
                node.layer.message(message);
            }
            if ((choices & TIME_PASSES) != 0) {
                cluster.run(Duration.ofSeconds(1));
            }
            if ((choices & OTHER_FAILS) != 0 && cluster.node("n2").up) {
                cluster.crash("n2");
            }
            assertThat(node.tables.stats().rows()).isLessThanOrEqualTo(LIMITS.rows());
            assertThat(node.tables.stats().bytes()).isLessThanOrEqualTo(LIMITS.bytes());
        }
        cluster.run(Duration.ofSeconds(2));
        assertThat(node.tables.table("t").rows("mine"))
                .anySatisfy(row -> assertThat(row.owner() + row.value().text()).isEqualTo("n1value"));
    }
}
