package io.dunlin.lb.dns;

import io.dunlin.vxlan.wire.IpAddress;
import java.util.Arrays;

/**
 * The address that a name under in-addr.arpa (RFC 1035 section 3.5) or ip6.arpa (RFC 3596 section 2.5) stands for. It belongs to one
 * thread, is read into over and over, and allocates nothing.
 */
final class ReverseName {
    private static final byte[] IPV4_SUFFIX = DnsName.encode("in-addr.arpa");
    private static final byte[] IPV6_SUFFIX = DnsName.encode("ip6.arpa");
    /** Each of 32 digits with its length. */
    private static final int IPV6_DIGITS = 64;

    private static final int NO_NUMBER = -1;

    private long high;
    private long low;

    /**
     * Reads a name in lower case.
     *
     * @return whether it stands for a whole address
     */
    boolean read(byte[] name, int length) {
        return readIpv6(name, length) || readIpv4(name, length);
    }

    private boolean readIpv6(byte[] name, int length) {
        if (length != IPV6_DIGITS + IPV6_SUFFIX.length || !endsWith(name, IPV6_DIGITS, length, IPV6_SUFFIX)) {
            return false;
        }
        long upper = 0;
        long lower = 0;
        for (int i = IPV6_DIGITS - 2; i >= 0; i -= 2) { // the last digit comes first
            int digit = name[i] == 1 ? Character.digit(name[i + 1], 16) : NO_NUMBER;
            if (digit < 0) {
                return false;
            }
            upper = upper << 4 | lower >>> 60;
            lower = lower << 4 | digit;
        }
        high = upper;
        low = lower;
        return !IpAddress.isIpv4(upper, lower); // which is no address of its own here
    }

    private boolean readIpv4(byte[] name, int length) {
        int at = 0;
        int address = 0;
        for (int i = 0; i < 4; i++) {
            int digits = name[at];
            int number = digits <= 3 && at + digits < length ? number(name, at + 1, digits) : NO_NUMBER;
            if (number < 0) {
                return false;
            }
            address |= number << 8 * i; // the last number comes first
            at += 1 + digits;
        }
        high = 0;
        low = IpAddress.IPV4_PREFIX | Integer.toUnsignedLong(address);
        return endsWith(name, at, length, IPV4_SUFFIX);
    }

    /** 0 to 255 without leading zeros. */
    private static int number(byte[] name, int at, int digits) {
        if (digits == 0 || digits > 1 && name[at] == '0') {
            return NO_NUMBER;
        }
        int number = 0;
        for (int i = at; i < at + digits; i++) {
            if (name[i] < '0' || name[i] > '9') {
                return NO_NUMBER;
            }
            number = 10 * number + name[i] - '0';
        }
        return number <= 255 ? number : NO_NUMBER;
    }

    private static boolean endsWith(byte[] name, int from, int length, byte[] suffix) {
        return Arrays.equals(name, from, length, suffix, 0, suffix.length);
    }

    /** As {@link IpAddress#high}. */
    long high() {
        return high;
    }

    /** As {@link IpAddress#low}. */
    long low() {
        return low;
    }
}
