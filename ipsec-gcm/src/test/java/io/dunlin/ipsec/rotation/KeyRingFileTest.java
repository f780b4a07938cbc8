package io.dunlin.ipsec.rotation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KeyRingFileTest {
    private static final int STEPS = 4;

    @TempDir
    Path directory;

    private final SplittableRandom random = new SplittableRandom(5);

    private KeyRing ring(int keys) {
        KeyRing ring = KeyRing.EMPTY;
        for (int i = 1; i <= keys; i++) {
            ring = ring.with(RingKey.random(new KeyId(i, random.nextLong()), i % 2 == 0 ? 16 : 32, random), 1000L * i);
        }
        return ring;
    }

    private static byte[] bytes(Optional<KeyRing> ring) {
        return ring.map(KeyRingFormat::encode).orElseGet(() -> new byte[0]);
    }

    @Test
    void readsWhatItWroteLast() throws IOException {
        var file = new KeyRingFile(directory.resolve("ring"));
        assertThat(file.read()).isEmpty();
        for (int keys = 0; keys <= KeyRing.MAX_KEYS; keys++) {
            KeyRing ring = ring(keys);
            file.write(ring);
            assertThat(bytes(file.read())).isEqualTo(KeyRingFormat.encode(ring));
        }
        assertThat(Files.getPosixFilePermissions(directory.resolve("ring")))
                .isEqualTo(PosixFilePermissions.fromString("rw-------"));
        try (var files = Files.list(directory)) {
            assertThat(files.map(each -> each.getFileName().toString())).containsExactly("ring");
        }
    }

    @Test
    void hasTheOldRingOrTheNewOneWheneverThePowerFails() throws IOException {
        Path path = directory.resolve("ring");
        int old = 0;
        int renewed = 0;
        for (int round = 0; round < 2_000; round++) {
            var disk = new FailingDisk();
            var file = new KeyRingFile(path, disk);
            KeyRing before = ring(1);
            KeyRing after = ring(2);
            file.write(before);
            int steps = round % (STEPS + 1);
            disk.failAfter(steps);
            boolean isWritten = steps == STEPS;
            if (isWritten) {
                file.write(after);
            } else {
                assertThatThrownBy(() -> file.write(after)).hasMessage("no power");
            }
            disk.recover(random);
            byte[] read = bytes(file.read());
            boolean isNew = Arrays.equals(read, KeyRingFormat.encode(after));
            assertThat(isNew || !isWritten && Arrays.equals(read, KeyRingFormat.encode(before)))
                    .as("after %d steps", steps)
                    .isTrue();
            old += isNew ? 0 : 1;
            renewed += isNew && !isWritten ? 1 : 0;
            KeyRing third = ring(3);
            file.write(third); // over whatever was left
            assertThat(bytes(file.read())).isEqualTo(KeyRingFormat.encode(third));
        }
        assertThat(old).isPositive();
        assertThat(renewed).as("moved, and the directory not yet synced").isPositive();
    }

    @Test
    void refusesAFileThatOthersCanRead() throws IOException {
        Path path = directory.resolve("ring");
        var file = new KeyRingFile(path);
        file.write(ring(1));
        Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rw-r-----"));
        assertThatThrownBy(file::read)
                .isInstanceOf(KeyRingException.class)
                .hasMessage(
                        "key ring " + path
                                + ": mode rw-r-----, where rw------- is needed: others may have read the keys. Remove it, and the cluster makes new ones");
    }

    @Test
    void refusesWhatIsNoPlainFile() throws IOException {
        Path path = directory.resolve("ring");
        new KeyRingFile(directory.resolve("elsewhere")).write(ring(1));
        Files.createSymbolicLink(path, directory.resolve("elsewhere"));
        assertThatThrownBy(() -> new KeyRingFile(path).read())
                .isInstanceOf(KeyRingException.class)
                .hasMessage("key ring " + path + ": no plain file");
    }

    @Test
    void refusesEachTornDamagedOrForeignFile() throws IOException {
        byte[] whole = KeyRingFormat.encode(ring(3));
        for (int length = 0; length < whole.length; length++) {
            byte[] torn = Arrays.copyOf(whole, length);
            assertThatThrownBy(() -> KeyRingFormat.decode(torn)).isInstanceOf(KeyRingException.class);
        }
        for (int i = 0; i < whole.length; i++) {
            byte[] damaged = whole.clone();
            damaged[i] ^= 4;
            assertThatThrownBy(() -> KeyRingFormat.decode(damaged)).isInstanceOf(KeyRingException.class);
        }
        assertThatThrownBy(() -> KeyRingFormat.decode(new byte[3])).hasMessage("3 bytes; a key ring has 51 to 443");
        assertThatThrownBy(() -> KeyRingFormat.decode(new byte[100]))
                .hasMessage("no key ring: it begins with something else");
        byte[] later = whole.clone();
        later[8] = 2;
        assertThatThrownBy(() -> KeyRingFormat.decode(later)).hasMessage("version 2 is not known, 1 is");
        byte[] torn = whole.clone();
        torn[60] ^= 1;
        assertThatThrownBy(() -> KeyRingFormat.decode(torn)).hasMessage("torn or damaged: its hash is wrong");
        Path path = directory.resolve("ring");
        new KeyRingFile(path).write(ring(1));
        Files.write(path, new byte[KeyRingFormat.MAX_LENGTH + 1]);
        assertThatThrownBy(() -> new KeyRingFile(path).read())
                .hasMessage("key ring " + path + ": longer than the 443 bytes that a key ring may have");
    }
}
