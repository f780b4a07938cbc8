package io.dunlin.vxlan.io.linux;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

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

    private static final ValueLayout.OfShort U16 = ValueLayout.JAVA_SHORT_UNALIGNED;

    private VirtioNetHeader() {}

    static int flags(MemorySegment memory, long at) {
        return memory.get(ValueLayout.JAVA_BYTE, at + FLAGS) & 0xff;
    }

    static int gsoType(MemorySegment memory, long at) {
        return memory.get(ValueLayout.JAVA_BYTE, at + GSO_TYPE) & 0xff;
    }

    /** Bytes of payload in each segment. */
    static int gsoSize(MemorySegment memory, long at) {
        return memory.get(U16, at + GSO_SIZE) & 0xffff;
    }

    /** From where on the checksum covers, in bytes from the packet's start. */
    static int checksumStart(MemorySegment memory, long at) {
        return memory.get(U16, at + CHECKSUM_START) & 0xffff;
    }

    /** Where the checksum is, in bytes from {@link #checksumStart}. */
    static int checksumOffset(MemorySegment memory, long at) {
        return memory.get(U16, at + CHECKSUM_OFFSET) & 0xffff;
    }

    /** Of an ordinary packet whose checksum is complete. */
    static void writePlain(MemorySegment memory, long at) {
        memory.set(ValueLayout.JAVA_LONG_UNALIGNED, at, 0);
        memory.set(U16, at + CHECKSUM_OFFSET, (short) 0);
    }

    static void writeChecksum(MemorySegment memory, long at, int start, int offset) {
        memory.set(ValueLayout.JAVA_BYTE, at + FLAGS, (byte) NEEDS_CHECKSUM);
        memory.set(U16, at + CHECKSUM_START, (short) start);
        memory.set(U16, at + CHECKSUM_OFFSET, (short) offset);
    }

    static void writeGso(MemorySegment memory, long at, int type, int headerLength, int size) {
        memory.set(ValueLayout.JAVA_BYTE, at + GSO_TYPE, (byte) type);
        memory.set(U16, at + HEADER_LENGTH, (short) headerLength);
        memory.set(U16, at + GSO_SIZE, (short) size);
    }
}
