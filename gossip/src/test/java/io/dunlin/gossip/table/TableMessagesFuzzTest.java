package io.dunlin.gossip.table;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.dunlin.gossip.wire.ProtocolException;

/** Any bytes as a message of tables: refused by the one documented exception, or understood and written again as something equal. */
class TableMessagesFuzzTest {
    @FuzzTest
    void readsAnyBytes(byte[] data) {
        TableMessage message;
        try {
            message = TableCodec.decode(data);
        } catch (ProtocolException e) {
            return;
        }
        byte[] written = TableCodec.encode(message);
        // Numbers may come in more bytes than they need.
        assertThat(written.length).isLessThanOrEqualTo(data.length);
        try {
            assertThat(TableCodec.decode(written)).isEqualTo(message);
        } catch (ProtocolException e) {
            throw new AssertionError(e);
        }
    }
}
