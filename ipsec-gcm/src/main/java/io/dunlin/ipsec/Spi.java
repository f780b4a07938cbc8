package io.dunlin.ipsec;

/**
 * A security parameters index (RFC 4303 section 2.1): names a security association to its receiver.
 *
 * @param value 256 and up as unsigned; what is below is reserved. Those that nodes choose have the upper bit set ({@link #isOwn}): the first
 *     byte then tells ESP from a VXLAN header on one port
 */
public record Spi(int value) {
    private static final int FIRST = 256;

    public Spi {
        if (Integer.compareUnsigned(value, FIRST) < 0) {
            throw new IllegalArgumentException(
                    "SPI " + Integer.toUnsignedString(value) + " is reserved: allowed are 256 to 4294967295");
        }
    }

    /** Whether it is of the half that nodes choose from. */
    public boolean isOwn() {
        return value < 0;
    }

    @Override
    public String toString() {
        return "0x%08x".formatted(value);
    }
}
