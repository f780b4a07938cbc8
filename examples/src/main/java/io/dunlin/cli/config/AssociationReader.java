package io.dunlin.cli.config;

import io.dunlin.cli.outcome.BadInput;
import io.dunlin.ipsec.InboundSa;
import io.dunlin.ipsec.OutboundSa;
import io.dunlin.ipsec.SecurityAssociations;
import io.dunlin.ipsec.SecurityAssociations.Inbound;
import io.dunlin.ipsec.SecurityAssociations.Outbound;
import io.dunlin.ipsec.Spi;
import io.dunlin.vxlan.wire.IpAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.function.LongSupplier;

/** The {@code associations} of a node's file: security associations with peers whose keys a person turns, such as Linux's xfrm. */
final class AssociationReader {
    /** Numbers below the highest that may still come: more than peers that send by several threads are apart. */
    private static final int WINDOW = 4032;

    private static final long MOST_WITHOUT_EXTENSION = 0xffff_ffffL;
    private static final String SPI = "0x80000001";
    private static final String OUT = "{spi: 0x1001, keyFile: /etc/dunlin/out.key}";
    private static final String IN = "{spi: " + SPI + ", keyFile: /etc/dunlin/in.key}";

    private AssociationReader() {}

    /** @param random what IVs begin with, so that a key that is used again after a restart does not meet the same ones */
    static SecurityAssociations read(MappingReader top, LongSupplier random) {
        var outbound = new ArrayList<Outbound>();
        var inbound = new ArrayList<Inbound>();
        for (var from : top.mappings(
                "associations",
                "{peer: 192.168.39.2, out: " + OUT + ", in: " + IN + "}",
                "peer",
                "port",
                "out",
                "in")) {
            var peer = from.required("peer", "192.168.39.2", IpAddress::parse);
            int port = from.whole("port", 4500, 0);
            var out = from.mapping("out", OUT, "spi", "keyFile", "extended", "first", "packets");
            var in = from.mapping("in", IN, "spi", "keyFile", "extended", "first");
            try {
                outbound.add(new Outbound(peer, port, outbound(out, random)));
                inbound.add(new Inbound(peer, inbound(in)));
            } catch (IllegalArgumentException e) {
                throw new BadInput(from.place() + e.getMessage(), e);
            }
        }
        try {
            return new SecurityAssociations(outbound, inbound);
        } catch (IllegalArgumentException e) {
            throw new BadInput(top.place() + "associations: " + e.getMessage(), e);
        }
    }

    private static OutboundSa outbound(MappingReader from, LongSupplier random) {
        boolean extended = isExtended(from);
        long first = first(from);
        long last = extended ? Long.MAX_VALUE : MOST_WITHOUT_EXTENSION;
        long packets = from.optional("packets", "4294967295", text -> number(text, "number of packets"))
                .orElse(Math.max(last - first + 1, 1)); // a first beyond the last is refused below
        var spi = from.required("spi", "0x1001", AssociationReader::spi);
        var key = from.required("keyFile", "/etc/dunlin/out.key", file -> SaKeyFile.read(Path.of(file)));
        return new OutboundSa(spi, key, extended, first, packets, random.getAsLong());
    }

    private static InboundSa inbound(MappingReader from) {
        var spi = from.required("spi", SPI, AssociationReader::spi);
        var key = from.required("keyFile", "/etc/dunlin/in.key", file -> SaKeyFile.read(Path.of(file)));
        return new InboundSa(spi, key, isExtended(from), false, first(from), WINDOW);
    }

    private static boolean isExtended(MappingReader from) {
        return from.optional("extended", "true", NodeFile::yesOrNo).orElse(true);
    }

    private static Spi spi(String text) {
        long value;
        try {
            value = Long.decode(text);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("\"" + text + "\" is no SPI: a number, like " + SPI, e);
        }
        if (value < 0 || value > 0xffff_ffffL) {
            throw new IllegalArgumentException("SPI " + text + ": allowed are 256 to 4294967295");
        }
        return new Spi((int) value);
    }

    private static long first(MappingReader from) {
        return from.optional("first", "4294967296", text -> number(text, "sequence number"))
                .orElse(1L);
    }

    private static long number(String text, String what) {
        try {
            return Long.decode(text);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("\"" + text + "\" is no " + what + " (like 4294967295)", e);
        }
    }
}
