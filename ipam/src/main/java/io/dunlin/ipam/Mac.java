package io.dunlin.ipam;

/**
 * A MAC address, derived from an address: locally administered, unicast. Two IPv6 addresses that end in the same four bytes share one.
 *
 * @param bits 48
 */
public record Mac(long bits) {
    static final long LOCAL_PREFIX = 0x0242_0000_0000L;

    private static final int BYTES = 6;

    @Override
    public String toString() {
        var text = new StringBuilder();
        for (int i = BYTES - 1; i >= 0; i--) {
            text.append(String.format("%02x", bits >>> (8 * i) & 0xff)).append(i > 0 ? ":" : "");
        }
        return text.toString();
    }
}
