package io.dunlin.ipsec;

import io.dunlin.vxlan.wire.IpAddress;
import java.util.ArrayList;
import java.util.List;

/**
 * Security associations, <em>keys included</em>, as Wireshark has them in its table of ESP (the file {@code esp_sa} of a profile, {@code -o
 * 'uat:esp_sa:…'}), to read a capture along. For a person who asked for it, nowhere else.
 *
 * <p>Wireshark 4.0 knows no extended sequence numbers: it decrypts, and holds each ICV for wrong if it is to check it.
 */
public final class EspTable {
    private static final String ALGORITHM = "AES-GCM with 16 octet ICV [RFC4106]";

    private EspTable() {}

    /** One line for each association of a node, without line ends. */
    public static List<String> lines(IpAddress node, SecurityAssociations associations) {
        var lines = new ArrayList<String>();
        for (var each : associations.outbound()) {
            lines.add(line(node, each.vtep(), each.sa().spi(), each.sa().key()));
        }
        for (var each : associations.inbound()) {
            lines.add(line(each.vtep(), node, each.sa().spi(), each.sa().key()));
        }
        return List.copyOf(lines);
    }

    private static String line(IpAddress from, IpAddress to, Spi spi, SaKey key) {
        return "\"" + (from.isIpv4() ? "IPv4" : "IPv6") + "\",\"" + from + "\",\"" + to + "\",\"" + spi + "\",\""
                + ALGORITHM + "\",\"" + key.reveal() + "\",\"NULL\",\"\"";
    }
}
