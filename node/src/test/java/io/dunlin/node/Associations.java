package io.dunlin.node;

import io.dunlin.ipsec.InboundSa;
import io.dunlin.ipsec.OutboundSa;
import io.dunlin.ipsec.SaKey;
import io.dunlin.ipsec.SecurityAssociations;
import io.dunlin.ipsec.SecurityAssociations.Inbound;
import io.dunlin.ipsec.SecurityAssociations.Outbound;
import io.dunlin.ipsec.Spi;
import io.dunlin.ipsec.aead.AeadEngine;
import io.dunlin.ipsec.aead.AeadEngines;
import io.dunlin.vxlan.wire.IpAddress;
import java.util.Arrays;
import java.util.List;

/** Security associations of tests; keys follow from SPIs. */
final class Associations {
    static final int WINDOW = 4032;

    private static final AeadEngines ENGINES = AeadEngines.find(System::nanoTime);

    private Associations() {}

    static AeadEngine jdk() {
        return ENGINES.named("jdk");
    }

    static List<AeadEngine> engines() {
        return ENGINES.tested().stream().map(AeadEngines.Tested::engine).toList();
    }

    static AeadEngine fastest() {
        return ENGINES.fastest();
    }

    static SaKey key(int spi) {
        var bytes = new byte[20];
        Arrays.fill(bytes, (byte) spi);
        return new SaKey(bytes);
    }

    static OutboundSa outbound(int spi) {
        return outbound(spi, 1L << 40);
    }

    static OutboundSa outbound(int spi, long packets) {
        return new OutboundSa(new Spi(spi), key(spi), true, packets);
    }

    static InboundSa inbound(int spi) {
        return new InboundSa(new Spi(spi), key(spi), true, true, WINDOW);
    }

    /** Of a node that has one peer. */
    static SecurityAssociations with(String peer, int sendBy, int receiveBy) {
        var vtep = IpAddress.parse(peer);
        return new SecurityAssociations(
                List.of(new Outbound(vtep, 0, outbound(sendBy))), List.of(new Inbound(vtep, inbound(receiveBy))));
    }
}
