package io.dunlin.vxlan.packet;

/**
 * Why a packet was not forwarded. A bad packet is never an exception: it is one of these and a counter.
 *
 * <p>Append only: the ordinal is the counter's index.
 */
public enum DropReason {
    // ---- the datagram from the underlay, and its VXLAN header
    DATAGRAM_TRUNCATED("datagram larger than the receive slot"),
    VXLAN_TRUNCATED("datagram shorter than a VXLAN header"),
    VXLAN_FLAGS("VXLAN header without the valid-VNI flag, or not VXLAN at all"),
    UNKNOWN_VNI("VNI of no network on this node"),
    UNKNOWN_VTEP("sender is no VTEP of that network"),

    // ---- the inner Ethernet frame
    ETHERNET_TRUNCATED("frame shorter than an Ethernet header"),
    VLAN_TAGGED("inner frame carries a VLAN tag (RFC 7348 section 6.1)"),
    ETHERTYPE("inner frame is neither IPv4, IPv6 nor ARP"),
    WRONG_MAC("inner destination MAC is not the endpoint's"),
    MULTICAST("multicast or broadcast, which is not carried"),

    // ---- ARP and neighbour discovery
    ARP_MALFORMED("ARP message that is not IPv4 over Ethernet, or truncated"),
    ARP_UNANSWERED("ARP for an address that is not here, or an ARP reply nobody asked for"),
    ND_MALFORMED("neighbour solicitation with a wrong length, hop limit, checksum or option"),
    ND_UNANSWERED("neighbour discovery for an address that is not here, or of another type"),

    // ---- the inner IP packet
    IP_TRUNCATED("packet shorter than an IP header"),
    IP_VERSION("IP version is neither 4 nor 6, or not the one the frame announced"),
    IPV4_HEADER_LENGTH("IPv4 header length below 20 bytes or beyond the packet"),
    IPV4_CHECKSUM("IPv4 header checksum is wrong"),
    IPV4_OPTION("IPv4 source route, or options that do not parse"),
    IP_LENGTH("IP length field disagrees with the bytes that came"),
    IP_FRAGMENT("fragment that overlaps the transport header, reaches past 65,535 bytes, or has an odd size"),
    IPV6_EXTENSION("IPv6 extension headers that do not parse, or a routing header of type 0"),
    TRANSPORT_TRUNCATED("TCP, UDP or ICMP header does not fit the packet"),
    MARTIAN("source or destination is loopback, unspecified, IPv4-mapped or multicast where it cannot be"),

    // ---- forwarding
    SPOOFED_SOURCE("source address does not belong to the endpoint or VTEP that sent it"),
    UNKNOWN_DESTINATION("no endpoint of the network has the destination address"),
    GATEWAY("packet for the gateway address that asks for nothing it offers"),
    TOO_BIG("packet larger than the inner MTU"),
    TTL_EXPIRED("packet without hops left"),
    HAIRPIN("packet from the underlay whose destination is not on this node"),

    // ---- the way out
    DEVICE_FULL("the endpoint's device takes no more packets for now"),
    DEVICE_DOWN("the endpoint's device is down or gone"),
    DEVICE_REFUSED("the endpoint's device refused the packet"),
    UNDERLAY_FULL("the socket's send buffer is full"),
    UNDERLAY_TOO_BIG("the underlay's path MTU is smaller than the packet"),
    UNDERLAY_UNREACHABLE("the underlay has no route to the VTEP"),
    UNDERLAY_REFUSED("the socket refused the packet"),

    // ---- offloads
    OFFLOAD("the device handed over a super-packet or a partial checksum that does not fit the packet"),

    // ---- encryption
    NO_SECURITY_ASSOCIATION("there is no security association to send by to the VTEP of an encrypted network"),
    SECURITY_ASSOCIATION_USED_UP("the security association has no sequence numbers left"),
    ESP_MALFORMED("ESP packet that is too short, or whose padding or UDP header does not fit"),
    ESP_UNKNOWN_SPI("ESP packet whose SPI is of no security association with its sender"),
    ESP_REPLAYED("ESP packet that came before, or is too old to tell"),
    ESP_NOT_AUTHENTIC("ESP packet that was not sealed with the key, or was changed on the way"),
    ESP_OTHER_PROTOCOL("ESP packet that carries something else than VXLAN"),
    NOT_ENCRYPTED("packet of an encrypted network that came in the clear"),
    NETWORK_NOT_ENCRYPTED("encrypted packet of a network that is not"),
    NAT_KEEPALIVE("keepalive of a NAT (RFC 3948 section 4), which asks for nothing"),

    // ---- services
    SERVICE_UNAVAILABLE("the service has no backend for it or does not offer the port, or a flow has its ports"),
    SERVICE_NO_FLOW("packet to a virtual IP that belongs to no flow, and begins none"),
    SERVICE_FRAGMENT("fragment to a virtual IP whose first has not come"),
    SERVICE_ICMP("ICMP error to a virtual IP that quotes no flow");

    private final String description;

    DropReason(String description) {
        this.description = description;
    }

    /** One line for people: what was wrong with the packet. */
    public String description() {
        return description;
    }
}
