package io.dunlin.ipsec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashSet;
import java.util.HexFormat;
import java.util.Set;
import org.bouncycastle.crypto.digests.SHA256Digest;
import org.bouncycastle.crypto.generators.HKDFBytesGenerator;
import org.bouncycastle.crypto.params.HKDFParameters;
import org.junit.jupiter.api.Test;

class KeyDerivationTest {
    private static final byte[] RING_KEY = HexFormat.of().parseHex("000102030405060708090a0b0c0d0e0f");
    private static final byte[] BOOT = HexFormat.of().parseHex("f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff");

    private static final byte[] RECEIVER_BOOT = HexFormat.of().parseHex("e0e1e2e3e4e5e6e7e8e9eaebecedeeef");

    private static final byte[] INFO = HexFormat.of()
            .parseHex(
                    "64756e6c696e206573702031" // "dunlin esp 1"
                            + "0000000000000007" + "00000002" + "6e31" + "00000002" + "6e32"
                            + "f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff"
                            + "e0e1e2e3e4e5e6e7e8e9eaebecedeeef");

    private static String derived(byte[] ringKey, long epoch, String sender, String receiver, byte[] bootId) {
        return derived(ringKey, epoch, sender, receiver, bootId, RECEIVER_BOOT);
    }

    private static String derived(
            byte[] ringKey, long epoch, String sender, String receiver, byte[] senderBoot, byte[] receiverBoot) {
        try (SaKey key = KeyDerivation.derive(ringKey, epoch, sender, receiver, senderBoot, receiverBoot)) {
            return key.reveal();
        }
    }

    @Test
    void isHkdfAsBouncyCastleHasIt() {
        var hkdf = new HKDFBytesGenerator(new SHA256Digest());
        hkdf.init(new HKDFParameters(RING_KEY, null, INFO));
        var expected = new byte[20];
        hkdf.generateBytes(expected, 0, expected.length);
        assertThat(derived(RING_KEY, 7, "n1", "n2", BOOT))
                .isEqualTo("0x" + HexFormat.of().formatHex(expected));
    }

    @Test
    void isHkdfForOtherPurposesToo() {
        var hkdf = new HKDFBytesGenerator(new SHA256Digest());
        byte[] info = HexFormat.of()
                .parseHex(
                        "64756e6c696e207368617265642031" // "dunlin shared 1"
                                + "0000000000000007" + "676f73736970"); // "gossip"
        hkdf.init(new HKDFParameters(RING_KEY, null, info));
        var expected = new byte[16];
        hkdf.generateBytes(expected, 0, expected.length);
        assertThat(KeyDerivation.derive(RING_KEY, 7, "gossip")).isEqualTo(expected);
        assertThat(KeyDerivation.derive(RING_KEY, 8, "gossip")).isNotEqualTo(expected);
        assertThat(KeyDerivation.derive(RING_KEY, 7, "gossiq")).isNotEqualTo(expected);
        assertThat(KeyDerivation.derive(new byte[32], 7, "gossip")).hasSize(32);
        assertThatThrownBy(() -> KeyDerivation.derive(new byte[24], 1, "gossip"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("a ring key of 24 bytes; allowed are 16 and 32");
    }

    @Test
    void givesEachDirectionPairEpochAndStartAKeyOfItsOwn() {
        byte[] otherBoot = BOOT.clone();
        otherBoot[15] ^= 1;
        byte[] otherRing = RING_KEY.clone();
        otherRing[0] ^= 1;
        Set<String> keys = new HashSet<>();
        assertThat(keys.add(derived(RING_KEY, 1, "a", "b", BOOT))).isTrue();
        assertThat(keys.add(derived(RING_KEY, 1, "b", "a", BOOT))).isTrue();
        assertThat(keys.add(derived(RING_KEY, 1, "a", "c", BOOT))).isTrue();
        assertThat(keys.add(derived(RING_KEY, 1, "ab", "", BOOT))).isTrue();
        assertThat(keys.add(derived(RING_KEY, 2, "a", "b", BOOT))).isTrue();
        assertThat(keys.add(derived(RING_KEY, 1, "a", "b", otherBoot))).isTrue();
        assertThat(keys.add(derived(RING_KEY, 1, "a", "b", BOOT, otherBoot))).isTrue();
        assertThat(keys.add(derived(otherRing, 1, "a", "b", BOOT))).isTrue();
        assertThat(keys.add(derived(RING_KEY, 1, "a", "b", BOOT)))
                .as("the same again")
                .isFalse();
        assertThat(derived(new byte[32], 1, "a", "b", BOOT)).hasSize(2 + 2 * 36);
    }

    @Test
    void refusesWhatIsNoKeyOrNoBootId() {
        assertThatThrownBy(() -> KeyDerivation.derive(new byte[24], 1, "a", "b", BOOT, RECEIVER_BOOT))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("a ring key of 24 bytes; allowed are 16 and 32");
        assertThatThrownBy(() -> KeyDerivation.derive(RING_KEY, 1, "a", "b", BOOT, new byte[8]))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("a boot id of 8 bytes; it has 16");
    }
}
