package io.dunlin.ipam;

/** IPv4 or IPv6. */
public enum Family {
    IPV4("IPv4", 32),
    IPV6("IPv6", 128);

    private final String text;
    private final int bits;

    Family(String text, int bits) {
        this.text = text;
        this.bits = bits;
    }

    /** Of an address: 32 or 128. */
    public int bits() {
        return bits;
    }

    @Override
    public String toString() {
        return text;
    }
}
