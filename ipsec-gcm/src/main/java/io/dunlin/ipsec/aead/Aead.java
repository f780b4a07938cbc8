package io.dunlin.ipsec.aead;

import io.dunlin.vxlan.wire.Memory;

/**
 * AES-GCM (NIST SP 800-38D) with one key, with nonces of 12 and tags of 16 bytes. All memory is outside the heap. Engines in native
 * code allocate nothing; the others say what they do.
 *
 * <p>Belongs to one thread at a time. Never seal twice with one nonce: whoever sees both texts can forge from then on.
 */
public interface Aead extends AutoCloseable {
    int NONCE_LENGTH = 12;
    int TAG_LENGTH = 16;

    /** Where the nonce stands in what {@link #seal} and {@link #open} are told beside the text. */
    int NONCE = 0;
    /** Where the additional data stands there. */
    int AAD = 16;

    /**
     * Encrypts a text, where it is or to another place, which spares who would have to copy it, and writes the tag behind it.
     *
     * @param memory holds {@code length} bytes of text from {@code from} on
     * @param to where the result goes, with room for {@value #TAG_LENGTH} bytes more: {@code from}, or where neither touches the other
     * @param beside the nonce, and from {@value #AAD} on {@code aadLength} bytes that are authenticated, too
     */
    void seal(Memory memory, int from, int length, int to, Memory beside, int aadLength);

    /**
     * Decrypts a text where it is, if the tag behind it is right.
     *
     * @param length of the text without its tag
     * @return whether it was. If not, what stands in the place of the text is of no use, and to be dropped
     */
    boolean open(Memory memory, int at, int length, Memory beside, int aadLength);

    /** Wipes the key. */
    @Override
    void close();
}
