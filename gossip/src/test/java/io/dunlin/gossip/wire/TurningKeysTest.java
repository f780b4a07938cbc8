package io.dunlin.gossip.wire;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class TurningKeysTest {
    private static final byte[] RING_KEY = key(100);

    private static byte[] key(int number) {
        var key = new byte[16];
        Arrays.fill(key, (byte) number);
        return key;
    }

    private static TurningKeys holding(int... numbers) {
        var keys = new TurningKeys(KeyRing.of(RING_KEY));
        keys.turn(Arrays.stream(numbers).mapToObj(TurningKeysTest::key).toList());
        return keys;
    }

    /** Which key one speaks to the other by. */
    private static String chosen(TurningKeys from, TurningKeys to) {
        return from.keyFor(to.announce(Bytes.EMPTY)).fingerprint();
    }

    private static String fingerprint(int number) {
        return KeyRing.of(key(number)).primary().fingerprint();
    }

    @Test
    void takesTheNewestThatTheOtherHasToo() {
        assertThat(chosen(holding(2, 1), holding(2, 1))).isEqualTo(fingerprint(2));
        assertThat(chosen(holding(2, 1), holding(1))).isEqualTo(fingerprint(1));
        assertThat(chosen(holding(1), holding(2, 1))).isEqualTo(fingerprint(1));
        assertThat(chosen(holding(3, 2), holding(1))).isEqualTo(fingerprint(100));
        assertThat(chosen(holding(1), holding())).isEqualTo(fingerprint(100));
        assertThat(chosen(holding(), holding(1))).isEqualTo(fingerprint(100));
    }

    @Property
    void whatIsSaidIsReadWhateverKeysBothHave(
            @ForAll("keys") List<Integer> ours,
            @ForAll("keys") List<Integer> theirs,
            @ForAll @Size(max = 475) byte[] meta) {
        try (TurningKeys us = holding(ours.stream().mapToInt(each -> each).toArray());
                TurningKeys them =
                        holding(theirs.stream().mapToInt(each -> each).toArray())) {
            Bytes announced = them.announce(Bytes.wrap(meta));
            assertThat(announced.length()).isLessThanOrEqualTo(Message.MAX_META);
            byte[] message = MessageCodec.encode(new Message.Nack(1));
            byte[] packet =
                    new PacketCodec("", us, false, new Random(1)).encode(List.of(message), false, us.keyFor(announced));
            var heard = new ArrayList<Message>();
            var by = new ArrayList<KeyRing.Key>();
            assertThat(new PacketCodec("", them, false, new Random(1)).decode(packet, (each, key) -> {
                        heard.add(each);
                        by.add(key);
                    }))
                    .isNull();
            assertThat(heard).containsExactly(new Message.Nack(1));
            List<Integer> told = theirs.subList(0, Math.min(theirs.size(), KeyAnnouncement.MAX_KEYS));
            int best = ours.stream().filter(told::contains).findFirst().orElse(100);
            assertThat(by).extracting(KeyRing.Key::fingerprint).containsExactly(fingerprint(best));
        }
    }

    /** Ascending numbers are older keys: both have the same order. */
    @Provide
    Arbitrary<List<Integer>> keys() {
        return Arbitraries.integers()
                .between(1, 12)
                .set()
                .ofMaxSize(TurningKeys.MAX_KEYS)
                .map(set -> set.stream().sorted().toList());
    }

    @Property
    void anAnnouncementLeavesTheRestOfTheMetadataAsItWas(@ForAll @Size(max = 475) byte[] meta) {
        Bytes own = Bytes.wrap(meta);
        assertThat(KeyAnnouncement.strip(holding(1, 2, 3).announce(own))).isEqualTo(own);
        assertThat(holding().announce(own)).isEqualTo(own);
    }

    @Property
    void metadataOfOthersIsNoAnnouncementOrHasOne(@ForAll @Size(max = 512) byte[] meta, @ForAll byte count) {
        byte[] forged = Arrays.copyOf(meta, meta.length + 5);
        forged[meta.length] = count;
        System.arraycopy("DKey".getBytes(US_ASCII), 0, forged, meta.length + 1, 4);
        for (byte[] each : List.of(meta, forged)) {
            Bytes stripped = KeyAnnouncement.strip(Bytes.wrap(each));
            assertThat(Arrays.copyOf(each, stripped.length())).isEqualTo(stripped.array());
            assertThat(holding(1, 2).keyFor(Bytes.wrap(each)).fingerprint()).isEqualTo(fingerprint(100));
        }
    }

    @Test
    void aKeyThatIsTakenAwayIsWipedAndOneThatStaysIsNot() {
        TurningKeys keys = holding(2, 1);
        KeyRing.Key old = keys.keys().get(1);
        KeyRing.Key kept = keys.keys().getFirst();
        keys.turn(List.of(key(3), key(2)));
        assertThat(old.getEncoded()).isNull();
        assertThat(kept.getEncoded()).isEqualTo(key(2));
        keys.close();
        assertThat(kept.getEncoded()).isNull();
        assertThat(keys.keys()).extracting(KeyRing.Key::fingerprint).containsExactly(fingerprint(100));
    }

    @Test
    void whatIsSaidByAKeyThatWasJustTakenAwayIsSaidByTheRings() {
        TurningKeys keys = holding(1);
        KeyRing.Key gone = keys.keys().getFirst();
        keys.close();
        byte[] packet = new PacketCodec("", keys, false, new Random(1))
                .encode(List.of(MessageCodec.encode(new Message.Nack(1))), false, gone);
        assertThat(new PacketCodec("", KeyRing.of(RING_KEY), false, new Random(1)).decode(packet, (each, key) -> {}))
                .isNull();
    }

    @Test
    void countsWhatWasSealedByTheNewest() {
        TurningKeys keys = holding(2, 1);
        var codec = new PacketCodec("", keys, false, new Random(1));
        List<byte[]> message = List.of(MessageCodec.encode(new Message.Nack(1)));
        for (int i = 0; i < 3; i++) {
            codec.encode(message, false, keys.keyFor(holding(2).announce(Bytes.EMPTY)));
            codec.encode(message, false, keys.keyFor(holding(1).announce(Bytes.EMPTY)));
            codec.encode(message, false);
        }
        assertThat(keys.sealedByNewest()).isEqualTo(3);
        assertThat(keys.primary().sealed()).isEqualTo(3);
        keys.turn(List.of(key(3)));
        assertThat(keys.sealedByNewest()).isZero();
    }

    @Test
    void refusesMoreThanEightAndWhatIsNoKey() {
        TurningKeys keys = holding();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> keys.turn(Collections.nCopies(9, key(1))))
                .withMessage("9 keys that turn; at most 8");
        assertThatIllegalArgumentException().isThrownBy(() -> keys.turn(List.of(new byte[15])));
        assertThat(keys.keys()).hasSize(1);
    }

    @Test
    void saysNothingOfKeysButTheirFingerprints() {
        assertThat(holding(1))
                .hasToString("TurningKeys[" + fingerprint(1) + "] beside KeyRing[" + fingerprint(100) + "]");
    }
}
