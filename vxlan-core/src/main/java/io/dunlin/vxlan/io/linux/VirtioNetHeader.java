package io.dunlin.vxlan.io.linux;

import io.dunlin.vxlan.wire.Memory;

/**
 * What a TUN device with IFF_VNET_HDR puts before each packet, both ways: {@code struct virtio_net_hdr} (linux/virtio_net.h; Virtio 1.3
 * section 5.1.6), in the machine's byte order.
 *
 * <pre>
 *  0 flags (1)   1 gso_type (1)   2 hdr_len (2)   4 gso_size (2)   6 csum_start (2)   8 csum_offset (2)
 * </pre>
 */
final class VirtioNetHeader {
    static final int LENGTH = 10;

    /** Of {@link #flags}: the checksum at {@link #checksumStart} + {@link #checksumOffset} is yet to be completed. */
    static final int NEEDS_CHECKSUM = 1;

    // Values of gsoType
    static final int GSO_NONE = 0;
    static final int GSO_TCPV4 = 1;
    static final int GSO_TCPV6 = 4;
    static final int GSO_UDP = 5;
    /** Flag among them: TCP's first segment carries CWR. */
    static final int GSO_ECN = 0x80;

    private static final int FLAGS = 0;
    private static final int GSO_TYPE = 1;
    private static final int HEADER_LENGTH = 2;
    private static final int GSO_SIZE = 4;
    private static final int CHECKSUM_START = 6;
    private static final int CHECKSUM_OFFSET = 8;

    private VirtioNetHeader() {}

    static int flags(Memory memory, int at) {
        return memory.u8(at + FLAGS);
    }

    static int gsoType(Memory memory, int at) {
        return memory.u8(at + GSO_TYPE);
    }

    /** Bytes of payload in each segment. */
    static int gsoSize(Memory memory, int at) {
        return memory.hostU16(at + GSO_SIZE);
    }

    /** From where on the checksum covers, in bytes from the packet's start. */
    static int checksumStart(Memory memory, int at) {
        return memory.hostU16(at + CHECKSUM_START);
    }

    /** Where the checksum is, in bytes from {@link #checksumStart}. */
    static int checksumOffset(Memory memory, int at) {
        return memory.hostU16(at + CHECKSUM_OFFSET);
    }

    /** Of an ordinary packet whose checksum is complete. */
    static void writePlain(Memory memory, int at) {
        memory.hostI64(at, 0);
        memory.hostU16(at + CHECKSUM_OFFSET, 0);
    }

    static void writeChecksum(Memory memory, int at, int start, int offset) {
        memory.u8(at + FLAGS, NEEDS_CHECKSUM);
        memory.hostU16(at + CHECKSUM_START, start);
        memory.hostU16(at + CHECKSUM_OFFSET, offset);
    }

    static void writeGso(Memory memory, int at, int type, int headerLength, int size) {
        memory.u8(at + GSO_TYPE, type);
        memory.hostU16(at + HEADER_LENGTH, headerLength);
        memory.hostU16(at + GSO_SIZE, size);
    }
}
