package io.dunlin.node;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.dunlin.gossip.wire.Bytes;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/** Any bytes as a network, as a message about addresses and as a kept ledger: no exception but the one that is told of. */
class AddressBytesFuzzTest {
    private static final int SUM = Integer.BYTES;

    @FuzzTest
    void anyBytesAreWhatTheySayOrNothing(byte[] input) {
        var bytes = Bytes.wrap(input);
        NetworkRecord.decode(bytes)
                .filter(_ -> input[0] == 1)
                .ifPresent(record ->
                        assertThat(NetworkRecord.decode(record.encode())).contains(record));
        AddressMessage.decode(bytes)
                .ifPresent(message ->
                        assertThat(AddressMessage.decode(message.encode())).contains(message));
        try {
            LedgerFormat.Content content = LedgerFormat.decode(summed(input));
            byte[] again = LedgerFormat.encode(
                    content.networks(), content.holdings(), content.pools().array());
            assertThat(again.length).isLessThanOrEqualTo(input.length + SUM);
        } catch (IOException e) {
            assertThat(e.getMessage()).isNotBlank();
        }
    }

    /** With a right sum behind it, so that what is before is looked at. */
    private static byte[] summed(byte[] input) {
        var sum = new CRC32C();
        sum.update(input);
        return ByteBuffer.allocate(input.length + SUM)
                .put(input)
                .putInt((int) sum.getValue())
                .array();
    }
}
