package io.dunlin.lb;

import io.dunlin.vxlan.wire.IpAddress;

/** The client's end of a flow: what packets of both directions show, and so what a flow is looked up by first. Reused from packet to packet. */
final class FlowKey {
    int vni;
    int protocol;
    long clientHigh;
    long clientLow;
    int clientPort;

    FlowKey set(int vni, int protocol, long clientHigh, long clientLow, int clientPort) {
        this.vni = vni;
        this.protocol = protocol;
        this.clientHigh = clientHigh;
        this.clientLow = clientLow;
        this.clientPort = clientPort;
        return this;
    }

    boolean isIpv4() {
        return IpAddress.isIpv4(clientHigh, clientLow);
    }

    /** What both directions agree on. */
    long hash(long seed) {
        long ends = (long) vni << 32 | protocol << 16 | clientPort;
        return FlowHash.mix(FlowHash.mix(clientLow, clientHigh) ^ seed, ends);
    }
}
