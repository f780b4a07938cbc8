package io.dunlin.ipsec.rotation;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Arrays;

/** Any bytes as a key ring's file, once as they are and once with the hash that they should have: refused, or read and written the same again. */
class KeyRingFormatFuzzTest {
    private static final int HASH = 32;

    @FuzzTest
    void readsAnyBytes(byte[] data) throws GeneralSecurityException {
        read(data);
        if (data.length >= HASH) {
            byte[] hashed = data.clone();
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(Arrays.copyOf(data, data.length - HASH));
            System.arraycopy(hash, 0, hashed, data.length - HASH, HASH);
            read(hashed);
        }
    }

    private static void read(byte[] data) {
        try (KeyRing ring = KeyRingFormat.decode(data)) {
            KeyId current = ring.current();
            assertThat(current == null || ring.key(current) != null).isTrue();
            assertThat(current == null).isEqualTo(ring.isEmpty());
            assertThat(KeyRingFormat.encode(ring)).isEqualTo(data);
        } catch (KeyRingException e) {
            assertThat(e.getMessage()).isNotBlank();
        }
    }
}
