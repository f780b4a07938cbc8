package io.dunlin.ipsec.wire;

import io.dunlin.vxlan.wire.Memory;

/**
 * ESP header (RFC 4303 section 2) with the IV that AES-GCM has there (RFC 4106 section 3).
 *
 * <pre>{@code
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |               Security Parameters Index (SPI)                 |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |            Sequence Number, the lower half of it              |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                                                               |
 * |                    Initialization Vector                      |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * }</pre>
 */
public final class EspHeader {
    public static final int SPI = 0;
    public static final int SEQUENCE = 4;
    public static final int IV = 8;
    public static final int LENGTH = 16;

    private EspHeader() {}

    /** Whether {@code available} bytes hold a header: the only proof of bounds for the accessors. */
    public static boolean checkLength(int available) {
        return available >= LENGTH;
    }

    public static int spi(Memory memory, int at) {
        return memory.i32(at + SPI);
    }

    /** The lower 32 bits of the sequence number. */
    public static int sequence(Memory memory, int at) {
        return memory.i32(at + SEQUENCE);
    }

    public static long iv(Memory memory, int at) {
        return memory.i64(at + IV);
    }

    /** Writes all 16 bytes. */
    public static void write(Memory memory, int at, int spi, int sequence, long iv) {
        memory.i32(at + SPI, spi);
        memory.i32(at + SEQUENCE, sequence);
        memory.i64(at + IV, iv);
    }
}
