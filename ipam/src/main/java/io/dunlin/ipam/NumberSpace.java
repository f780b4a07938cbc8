package io.dunlin.ipam;

/** Numbers that are handed out as addresses are. */
public enum NumberSpace {
    /** VXLAN network identifiers: granted from 4096 up, those below to who asks for them by name. */
    VNI("VNI", 4096, (1 << 24) - 1, (1 << 24) - 1),
    TCP_PORT("TCP port", 30_000, 32_767, 65_535),
    UDP_PORT("UDP port", 30_000, 32_767, 65_535),
    SCTP_PORT("SCTP port", 30_000, 32_767, 65_535);

    private final String text;
    private final int first;
    private final int last;
    private final int max;

    NumberSpace(String text, int first, int last, int max) {
        this.text = text;
        this.first = first;
        this.last = last;
        this.max = max;
    }

    /** The first that is granted to who does not ask for one by name. */
    public int first() {
        return first;
    }

    /** The last that is granted to who does not ask for one by name. */
    public int last() {
        return last;
    }

    /** The largest there is; the smallest is 1. */
    public int max() {
        return max;
    }

    @Override
    public String toString() {
        return text;
    }
}
