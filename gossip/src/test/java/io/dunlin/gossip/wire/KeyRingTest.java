package io.dunlin.gossip.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.dunlin.gossip.wire.KeyRing.Outcome;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.NotSerializableException;
import java.io.ObjectOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KeyRingTest {
    private static final byte[] FIRST = key(16, 1);
    private static final byte[] SECOND = key(24, 2);
    private static final byte[] THIRD = key(32, 3);

    @Test
    void aKeyIsChangedInThreeSteps() {
        try (var ring = KeyRing.of(FIRST)) {
            assertThat(ring.install(SECOND)).isEqualTo(Outcome.DONE);
            assertThat(bytes(ring)).containsExactly(FIRST, SECOND);
            assertThat(ring.use(SECOND)).isEqualTo(Outcome.DONE);
            assertThat(bytes(ring)).containsExactly(SECOND, FIRST);
            assertThat(ring.remove(FIRST)).isEqualTo(Outcome.DONE);
            assertThat(bytes(ring)).containsExactly(SECOND);
            assertThat(ring.primary().getEncoded()).isEqualTo(SECOND);
        }
    }

    @Test
    void thePrimaryCannotBeRemoved() {
        try (var ring = KeyRing.of(FIRST, SECOND)) {
            assertThat(ring.remove(FIRST)).isEqualTo(Outcome.PRIMARY_KEY);
            assertThat(ring.remove(SECOND)).isEqualTo(Outcome.DONE);
            assertThat(ring.remove(FIRST)).isEqualTo(Outcome.PRIMARY_KEY);
            assertThat(bytes(ring)).containsExactly(FIRST);
        }
    }

    @Test
    void whatIsSoAlreadyOrIsNotThereChangesNothing() {
        try (var ring = KeyRing.of(FIRST, SECOND, FIRST)) {
            assertThat(ring.install(SECOND)).isEqualTo(Outcome.UNCHANGED);
            assertThat(ring.use(FIRST)).isEqualTo(Outcome.UNCHANGED);
            assertThat(ring.use(THIRD)).isEqualTo(Outcome.UNKNOWN_KEY);
            assertThat(ring.remove(THIRD)).isEqualTo(Outcome.UNKNOWN_KEY);
            assertThat(bytes(ring)).containsExactly(FIRST, SECOND);
        }
    }

    @Test
    void takesNoMoreKeysThanItsCap() {
        var others = new byte[KeyRing.MAX_KEYS - 1][];
        for (int i = 0; i < others.length; i++) {
            others[i] = key(16, 10 + i);
        }
        try (var ring = KeyRing.of(FIRST, others)) {
            assertThat(ring.install(SECOND)).isEqualTo(Outcome.FULL);
            assertThat(ring.install(others[0])).isEqualTo(Outcome.UNCHANGED);
            assertThat(ring.keys()).hasSize(KeyRing.MAX_KEYS);
            assertThat(ring.remove(others[0])).isEqualTo(Outcome.DONE);
            assertThat(ring.install(SECOND)).isEqualTo(Outcome.DONE);
        }
        byte[][] tooMany = Arrays.copyOf(others, others.length + 1);
        tooMany[others.length] = SECOND;
        assertThatIllegalArgumentException()
                .isThrownBy(() -> KeyRing.of(FIRST, tooMany))
                .withMessage("17 keys; at most 16");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 15, 17, 23, 25, 31, 33, 64})
    void aKeyOfAnotherLengthIsACallersMistake(int length) {
        var key = new byte[length];
        String message = "a key is 16, 24 or 32 bytes long, not " + length;
        try (var ring = KeyRing.of(FIRST)) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> KeyRing.of(key))
                    .withMessage(message);
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> KeyRing.of(FIRST, key))
                    .withMessage(message);
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> ring.install(key))
                    .withMessage(message);
            assertThatIllegalArgumentException().isThrownBy(() -> ring.use(key)).withMessage(message);
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> ring.remove(key))
                    .withMessage(message);
        }
    }

    @Test
    void aRemovedKeyIsWipedAndASnapshotOfTheRingStays() {
        var ring = KeyRing.of(FIRST, SECOND);
        List<KeyRing.Key> before = ring.keys();
        assertThat(ring.remove(SECOND)).isEqualTo(Outcome.DONE);
        assertThat(before).hasSize(2);
        assertThat(before.get(1).getEncoded()).isNull();
        assertThat(before.get(0).getEncoded()).isEqualTo(FIRST);
        ring.close();
        assertThat(before.get(0).getEncoded()).isNull();
        assertThat(ring.keys()).isEmpty();
        assertThatIllegalStateException().isThrownBy(ring::primary).withMessage("the key ring is closed");
    }

    @Test
    void keepsItsOwnCopyOfAKey() {
        byte[] given = FIRST.clone();
        try (var ring = KeyRing.of(given)) {
            Arrays.fill(given, (byte) 0);
            byte[] copy = ring.primary().getEncoded();
            assertThat(copy).isEqualTo(FIRST);
            Arrays.fill(copy, (byte) 0);
            assertThat(ring.primary().getEncoded()).isEqualTo(FIRST);
        }
    }

    @Test
    void showsFingerprintsAndNoKeys() {
        try (var ring = KeyRing.of(new byte[16], new byte[32])) {
            // the beginnings of SHA-256 over 16 and over 32 zero bytes
            assertThat(ring).hasToString("KeyRing[374708ff, 66687aad]");
            assertThat(ring.primary().fingerprint()).isEqualTo("374708ff");
            assertThatExceptionOfType(NotSerializableException.class).isThrownBy(() -> serialize(ring.primary()));
        }
    }

    private static void serialize(Object object) throws IOException {
        try (var out = new ObjectOutputStream(new ByteArrayOutputStream())) {
            out.writeObject(object);
        }
    }

    @Test
    void nothingIsLostWhileTheKeyIsChanged() {
        try (var sender = KeyRing.of(FIRST);
                var receiver = KeyRing.of(FIRST)) {
            assertThat(opens(sender, receiver)).isTrue();
            sender.install(SECOND);
            receiver.install(SECOND);
            assertThat(opens(sender, receiver)).isTrue();
            sender.use(SECOND);
            assertThat(opens(sender, receiver)).isTrue();
            assertThat(opens(receiver, sender)).isTrue();
            receiver.use(SECOND);
            sender.remove(FIRST);
            assertThat(opens(sender, receiver)).isTrue();
            assertThat(opens(receiver, sender)).isTrue();
            receiver.remove(FIRST);
            assertThat(opens(sender, receiver)).isTrue();
            sender.install(FIRST);
            sender.use(FIRST);
            assertThat(opens(sender, receiver)).isFalse();
        }
    }

    @Test
    void isChangedByOneThreadWhileAnotherUsesIt() throws ExecutionException, InterruptedException {
        try (var ring = KeyRing.of(FIRST, THIRD);
                var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<?> changes = threads.submit(() -> {
                for (int i = 0; i < 2_000; i++) {
                    ring.install(SECOND);
                    ring.use(SECOND);
                    ring.remove(FIRST);
                    ring.install(FIRST);
                    ring.use(FIRST);
                    ring.remove(SECOND);
                }
            });
            try (var all = KeyRing.of(FIRST, SECOND)) {
                do {
                    assertThat(opens(ring, all)).isTrue(); // sealed with a key that was primary, never with a wiped one
                } while (!changes.isDone());
            }
            changes.get();
            assertThat(bytes(ring)).containsExactly(FIRST, THIRD);
        }
    }

    private static boolean opens(KeyRing sender, KeyRing receiver) {
        var nonces = RandomGenerator.getDefault();
        byte[] message = MessageCodec.encode(new Message.Nack(1));
        byte[] packet = new PacketCodec("", sender, false, nonces).encode(List.of(message), false);
        var messages = new ArrayList<Message>();
        Refused refused = new PacketCodec("", receiver, false, nonces).decode(packet, (each, _) -> messages.add(each));
        assertThat(refused).isIn(null, Refused.NO_KEY_FITS);
        return refused == null && messages.equals(List.of(new Message.Nack(1)));
    }

    private static List<byte[]> bytes(KeyRing ring) {
        return ring.keys().stream().map(KeyRing.Key::getEncoded).toList();
    }

    private static byte[] key(int length, int value) {
        var key = new byte[length];
        Arrays.fill(key, (byte) value);
        return key;
    }
}
