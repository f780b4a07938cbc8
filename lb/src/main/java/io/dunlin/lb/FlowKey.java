package io.dunlin.lb;

import io.dunlin.vxlan.wire.IpAddress;

/** The client's end of a flow: what packets of both directions show, and so what a flow is looked up by first. Reused from packet to packet. */
final class FlowKey {
    int vni;
    int protocol;
    long clientHigh;
    long clientLow;
    int clientPort;
    /** What both directions agree on. */
    long hash;

    private final long seed;

    FlowKey(long seed) {
        this.seed = seed;
    }

    FlowKey set(int vni, int protocol, long clientHigh, long clientLow, int clientPort) {
        this.vni = vni;
        this.protocol = protocol;
        this.clientHigh = clientHigh;
        this.clientLow = clientLow;
        this.clientPort = clientPort;
        long ends = (long) vni << 32 | protocol << 16 | clientPort;
        this.hash = FlowHash.mix(FlowHash.mix(clientLow, clientHigh) ^ seed, ends);
        return this;
    }

    boolean isIpv4() {
        return IpAddress.isIpv4(clientHigh, clientLow);
    }
}
