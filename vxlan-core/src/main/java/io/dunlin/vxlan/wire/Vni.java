package io.dunlin.vxlan.wire;

/**
 * A VXLAN network identifier (RFC 7348 section 5): which overlay network a frame belongs to.
 *
 * @param value 1 to 16,777,215; 0 is left out, as many implementations give it a meaning of its own
 */
public record Vni(int value) {
    public static final int MAX = (1 << 24) - 1;

    public Vni {
        if (value < 1 || value > MAX) {
            throw new IllegalArgumentException("VNI " + value + " is out of range: allowed are 1 to " + MAX);
        }
    }

    @Override
    public String toString() {
        return Integer.toString(value);
    }
}
