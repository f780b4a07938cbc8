package io.dunlin.ipsec.wire;

import io.dunlin.vxlan.wire.Memory;

/**
 * What follows the payload of ESP and is encrypted with it (RFC 4303 sections 2.4 to 2.6): padding of 1, 2, 3, …, its length, and the payload's
 * protocol. Padding fills the text up to a multiple of {@value #ALIGNMENT} bytes, as AES-GCM needs no more.
 */
public final class EspTrailer {
    public static final int ALIGNMENT = 4;
    /** Without padding. */
    public static final int MIN_LENGTH = 2;
    /** With all the padding there may be. */
    public static final int MAX_LENGTH = MIN_LENGTH + ALIGNMENT - 1;

    private EspTrailer() {}

    /** Bytes that follow a payload of {@code payload} bytes: 2 to 5. */
    public static int lengthAfter(int payload) {
        return MIN_LENGTH + (-(payload + MIN_LENGTH) & ALIGNMENT - 1);
    }

    /**
     * Writes the trailer of a payload.
     *
     * @param at where the payload ends
     * @param length as {@link #lengthAfter} said
     */
    public static void write(Memory memory, int at, int length, int nextHeader) {
        int padding = length - MIN_LENGTH;
        for (int i = 0; i < padding; i++) {
            memory.u8(at + i, i + 1);
        }
        memory.u8(at + padding, padding);
        memory.u8(at + padding + 1, nextHeader);
    }

    /** The payload's protocol, where the text of {@code length} bytes at {@code at} has at least {@value #MIN_LENGTH}. */
    public static int nextHeader(Memory memory, int at, int length) {
        return memory.u8(at + length - 1);
    }

    /**
     * Bytes of the payload in a text of {@code length} bytes at {@code at}, of which there are at least {@value #MIN_LENGTH}.
     *
     * @return -1 if the padding is longer than the text, or is not what it has to be
     */
    public static int payloadLength(Memory memory, int at, int length) {
        int padding = memory.u8(at + length - MIN_LENGTH);
        int payload = length - MIN_LENGTH - padding;
        if (payload < 0) {
            return -1;
        }
        for (int i = 0; i < padding; i++) {
            if (memory.u8(at + payload + i) != i + 1) {
                return -1;
            }
        }
        return payload;
    }
}
