package io.dunlin.testkit;

/** The Internet checksum as RFC 1071 section 4.1 has it: word by word, no tricks. The judge of the product's faster one. */
public final class Checksum {
    private Checksum() {}

    /** The checksum field's value for the concatenation of the parts; each part but the last has an even length. */
    public static int of(byte[]... parts) {
        long sum = 0;
        for (byte[] part : parts) {
            for (int i = 0; i < part.length; i += 2) {
                int high = part[i] & 0xff;
                int low = i + 1 < part.length ? part[i + 1] & 0xff : 0;
                sum += high << 8 | low;
            }
        }
        while (sum >>> 16 != 0) {
            sum = (sum & 0xffff) + (sum >>> 16);
        }
        return (int) ~sum & 0xffff;
    }

    /** Whether parts that contain their checksum are as they were sent. */
    public static boolean isRight(byte[]... parts) {
        return of(parts) == 0;
    }
}
