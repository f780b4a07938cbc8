package io.dunlin.lb.dns;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;

/**
 * Any bytes as a query, to networks with and without upstream servers: none is answered that is no query; answers stay within their room, have
 * the query's id, are responses, and are what another implementation can read.
 */
class DnsResponderFuzzTest {
    private static final int ROOM = 1232;

    private final Asking backend = new Asking(Zones.backend());
    private final Asking internal = new Asking(Zones.internal());

    @FuzzTest
    void answersWhatCanBeAnswered(byte[] data) throws IOException {
        if (data.length < DnsHeader.LENGTH || (data[2] & 0x80) != 0) {
            assertThat(backend.outcome(data)).isEqualTo(DnsResponder.NO_ANSWER);
            return;
        }
        if (data.length <= 65_535) {
            check(data, internal.bytes(data, ROOM));
            if (backend.outcome(data) != DnsResponder.ASK_UPSTREAM) {
                check(data, backend.bytes(data, ROOM));
            }
        }
    }

    private static void check(byte[] query, byte[] answer) throws IOException {
        assertThat(answer.length).isLessThanOrEqualTo(ROOM);
        assertThat(answer[0]).isEqualTo(query[0]);
        assertThat(answer[1]).isEqualTo(query[1]);
        assertThat(new Message(answer).getHeader().getFlag(Flags.QR)).isTrue();
    }
}
