package io.dunlin.vxlan.packet;

/**
 * What a node counts on a packet's way, in the order of that way, and of services' flows at the end. Drops are counted apart, by {@link DropReason}.
 *
 * <p>Append only: the ordinal is the counter's index.
 */
public enum Counter {
    DEVICE_RECEIVED_PACKETS("packets read from endpoints' devices, a super-packet being one"),
    DEVICE_RECEIVED_BYTES("their bytes"),
    UNDERLAY_SENT_PACKETS("datagrams handed to the underlay"),
    UNDERLAY_SENT_BYTES("their bytes, VXLAN header included"),
    UNDERLAY_RECEIVED_PACKETS("datagrams received from the underlay"),
    UNDERLAY_RECEIVED_BYTES("their bytes, VXLAN header included"),
    DEVICE_SENT_PACKETS("packets handed to endpoints' devices, a super-packet being one"),
    DEVICE_SENT_BYTES("their bytes"),
    MSS_CLAMPED("TCP SYNs whose maximum segment size was lowered"),
    NEIGHBOUR_ANSWERED("ARP requests and neighbour solicitations answered"),
    ECHO_ANSWERED("echo requests to the gateway address answered"),
    TOO_BIG_ANSWERED("packets answered with ICMP \"fragmentation needed\" or \"packet too big\""),
    SEGMENTS_CUT("datagrams that super-packets of devices were cut into"),
    SEGMENTS_JOINED("packets of the underlay that were joined to super-packets"),
    ESP_SEALED("datagrams of encrypted networks that were sealed"),
    ESP_OPENED("datagrams that were opened, and authentic"),
    ESP_HELD_BACK("datagrams of encrypted networks that had to wait for a security association"),
    NAMES_ANSWERED("DNS queries over UDP to the gateway address that the network's own names answered"),
    NAMES_OVER_TCP("packets of DNS over TCP to the gateway address"),
    NAMES_ASKED_UPSTREAM("DNS queries for names that the network does not know, asked of others"),
    NAMES_FAILED_UPSTREAM("of these, those that nobody answered, or that were too many at once"),
    FLOWS_EVICTED("connections through services that were forgotten, as there was no room"),
    FLOWS_EVICTED_OPENING("of those that were opening, the same"),
    FLOW_MEMORY_REFUSED("how often the JVM had no memory for more flows of services");

    private final String description;

    Counter(String description) {
        this.description = description;
    }

    /** One line for people. */
    public String description() {
        return description;
    }
}
