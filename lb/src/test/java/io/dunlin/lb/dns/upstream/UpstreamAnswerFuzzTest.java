package io.dunlin.lb.dns.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.dunlin.lb.dns.DnsResponder;
import io.dunlin.lb.dns.Question;
import io.dunlin.vxlan.wire.IpAddress;
import io.dunlin.vxlan.wire.Memory;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * Any bytes as the query that a workload sent, and any that a server sends back, with the right id and without: what is taken has the query's id
 * and question, and can be cut to any size.
 */
class UpstreamAnswerFuzzTest {
    private static final InetSocketAddress SERVER =
            new InetSocketAddress(IpAddress.parse("192.0.2.1").toInetAddress(), 53);
    private static final int ID = 2;

    @FuzzTest
    void takesAnswersAlone(byte[] data) {
        int split = data.length == 0 ? 0 : data[0] & 0xff;
        byte[] query = Arrays.copyOfRange(data, Math.min(1, data.length), Math.min(1 + split, data.length));
        byte[] answer = Arrays.copyOfRange(data, Math.min(1 + split, data.length), data.length);
        Memory room = Memory.of(Arrays.copyOf(query, Math.max(query.length, 512)));
        if (query.length < 12 || new DnsResponder().fail(room, 0, query.length) == DnsResponder.NO_ANSWER) {
            return; // such are not sent on
        }
        var servers = new FakeServers();
        servers.put(SERVER, sent -> {
            byte[] right = answer.clone();
            System.arraycopy(sent, 0, right, 0, Math.min(ID, right.length));
            return List.of(answer, right);
        });
        var config = UpstreamConfig.of(List.of()).servers(List.of(SERVER));
        byte[] taken = new Upstreams(() -> config, _ -> false, servers, new Random(1), () -> servers.nowNanos)
                .ask(query, false);
        if (taken != null) {
            assertThat(Question.isAnswered(query, taken)).isTrue();
            int cut = Question.truncate(Memory.of(taken), 0, taken.length, taken.length - 1);
            assertThat(Question.isAnswered(query, Arrays.copyOf(taken, cut))).isTrue();
        }
    }
}
