package io.dunlin.gossip.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dunlin.gossip.table.TableMessage.Busy;
import io.dunlin.gossip.table.TableMessage.Rows;
import io.dunlin.gossip.table.TableMessage.Summary;
import io.dunlin.gossip.table.TableMessage.Update;
import io.dunlin.gossip.wire.Bytes;
import io.dunlin.gossip.wire.ProtocolException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class TableCodecTest {
    static Stream<TableMessage> messages() {
        return TableMessages.all();
    }

    @ParameterizedTest
    @MethodSource("messages")
    void whatIsWrittenIsRead(TableMessage message) throws ProtocolException {
        byte[] bytes = TableCodec.encode(message);
        assertThat(TableCodec.isTableMessage(bytes)).isTrue();
        assertThat(TableCodec.decode(bytes)).isEqualTo(message);
    }

    @ParameterizedTest
    @MethodSource("messages")
    void refusesAMessageCutAnywhere(TableMessage message) {
        byte[] bytes = TableCodec.encode(message);
        for (int length = 0; length < bytes.length; length++) {
            byte[] cut = Arrays.copyOf(bytes, length);
            assertThatThrownBy(() -> TableCodec.decode(cut)).isInstanceOf(ProtocolException.class);
        }
    }

    @ParameterizedTest
    @MethodSource("messages")
    void refusesWhatFollowsAMessage(TableMessage message) {
        byte[] bytes = TableCodec.encode(message);
        byte[] longer = Arrays.copyOf(bytes, bytes.length + 1);
        assertThatThrownBy(() -> TableCodec.decode(longer))
                .isInstanceOf(ProtocolException.class)
                .hasMessageContaining("1 bytes after");
    }

    @Test
    void theWireStaysAsItIs() {
        assertThat(hex(new Summary("n1", 0x0102_0304_0506_0708L)))
                .isEqualTo("d7444c0101" + "026e31" + "0102030405060708");
        assertThat(hex(new Busy("n1", 300))).isEqualTo("d7444c0106" + "026e31" + "ac02");
        var removed = new Entry("t", "k", 7, null);
        var row = new Entry("t", "j", 5, Bytes.utf8("v"));
        assertThat(hex(new Update(new RowRange("n1", 9, 4, 8, 10, 2, List.of(row, removed)))))
                .isEqualTo("d7444c0100" + "026e31" + "09" + "04" + "04" + "02" + "02" + "02" + "0174016a01" + "010176"
                        + "0174016b02" + "00");
    }

    private static String hex(TableMessage message) {
        return HexFormat.of().formatHex(TableCodec.encode(message));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "", // no message at all
                "d7444c01", // no type
                "d7444c0201026e310102030405060708", // another magic
                "d7444c0107026e31", // unknown type
                "d7444c0101000102030405060708", // no sender
                "d7444c010102c3280102030405060708", // not UTF-8
                "d7444c0106026e31ffffffffffffffffff", // a number that does not end
                "d7444c0106026e318080808080808080808001", // a number beyond 63 bits
                "d7444c0103026e310000000000000000ffffffff07", // digests that are not there
                "d7444c0100026e31090404000901" + "0174016a01" + "010176", // more removals forgotten than known
                "d7444c0100026e31090404020201" + "0174016a05" + "010176", // an entry beyond the range
                "d7444c0100026e31090404020201" + "0174016a00" + "010176", // two entries of one version
                "d7444c0100026e31090404020201" + "0174016a01" + "02", // neither removed nor a value
                "d7444c0100026e31090404020201" + "00016a01" + "00", // a table without a name
                "d7444c0100026e310905ffffffffffffffff7f020200", // a version beyond 63 bits
            })
    void refuses(String hex) {
        byte[] bytes = HexFormat.of().parseHex(hex);
        assertThatThrownBy(() -> TableCodec.decode(bytes)).isInstanceOf(ProtocolException.class);
    }

    @Test
    void refusesWhatIsLongerThanAllowed() {
        byte[] bytes = Arrays.copyOf(TableCodec.encode(new Summary("n", 0)), TableCodec.MAX_MESSAGE + 1);
        assertThatThrownBy(() -> TableCodec.decode(bytes)).isInstanceOf(ProtocolException.class);
        byte[] value = TableCodec.encode(new Update(range("k", Bytes.wrap(new byte[TableCodec.MAX_VALUE + 1]))));
        assertThatThrownBy(() -> TableCodec.decode(value)).hasMessageContaining("at most " + TableCodec.MAX_VALUE);
        byte[] key = TableCodec.encode(new Update(range("k".repeat(TableCodec.MAX_KEY + 1), Bytes.EMPTY)));
        assertThatThrownBy(() -> TableCodec.decode(key)).hasMessageContaining("at most " + TableCodec.MAX_KEY);
    }

    private static RowRange range(String key, Bytes value) {
        return new RowRange("n", 1, 0, 1, 1, 0, List.of(new Entry("t", key, 1, value)));
    }

    @Test
    void foreignMessagesAreNotTakenForItsOwn() {
        for (String foreign : List.of("", "x", "hello", "\u0004\u0085", "DL")) {
            assertThat(TableCodec.isTableMessage(Bytes.utf8(foreign).array())).isFalse();
        }
    }

    @Test
    void sizesAreNotLessThanWhatIsWritten() {
        var ranges = new ArrayList<RowRange>();
        int size = 0;
        for (int i = 0; i < 50; i++) {
            var entry = new Entry("tisch", "ключ".repeat(i % 60), Long.MAX_VALUE, Bytes.wrap(new byte[i * 9]));
            ranges.add(new RowRange(
                    "ö".repeat(i + 1),
                    Long.MAX_VALUE,
                    0,
                    Long.MAX_VALUE,
                    Long.MAX_VALUE,
                    Long.MAX_VALUE,
                    List.of(entry)));
            size += TableCodec.rangeSize("ö".repeat(i + 1)) + TableCodec.entrySize(entry);
        }
        int spare = TableCodec.MAX_MESSAGE - TableCodec.MAX_ROWS;
        String longest = "n".repeat(TableCodec.MAX_NAME);
        assertThat(TableCodec.encode(new Rows(longest, Long.MAX_VALUE, ranges)).length)
                .isBetween(size * 9 / 10, size + spare);
        assertThat(TableCodec.encode(new Update(TableMessages.range())).length)
                .isLessThanOrEqualTo(TableCodec.updateSize("node-1")
                        + TableMessages.range().entries().stream()
                                .mapToInt(TableCodec::entrySize)
                                .sum());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "key", "schlüssel", "ключ", "🔑 a", "漢字"})
    void countsTheBytesOfText(String text) {
        assertThat(TableCodec.utf8Length(text)).isEqualTo(Bytes.utf8(text).length());
    }
}
