package io.dunlin.lb;

/** Mixing of 64-bit words, every bit of which counts (the finalizer of MurmurHash3 after each). */
final class FlowHash {
    private FlowHash() {}

    static long mix(long a, long b) {
        long hash = (a ^ Long.rotateLeft(b, 29)) * 0x9E37_79B9_7F4A_7C15L;
        hash = (hash ^ hash >>> 32 ^ b) * 0xD6E8_FEB8_6659_FD93L;
        return hash ^ hash >>> 29;
    }
}
