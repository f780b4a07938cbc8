package io.dunlin.gossip.transport;

/** What a transport counts. Append only. */
public enum TransportCounter {
    PACKETS_RECEIVED("packets received"),
    PACKET_BYTES_RECEIVED("bytes of packets received"),
    PACKETS_SENT("packets handed to the system"),
    PACKET_BYTES_SENT("bytes of packets handed to the system"),
    PACKETS_NOT_SENT_FULL("packets dropped because the system took no more"),
    PACKETS_NOT_SENT_FAILED("packets the system refused to send"),
    STREAMS_ACCEPTED("streams that peers opened"),
    STREAM_BYTES_RECEIVED("bytes received on streams"),
    STREAM_BYTES_SENT("bytes sent on streams"),
    STREAMS_REFUSED_TOO_MANY("streams refused because as many as allowed were open"),
    STREAMS_REFUSED_NO_MEMORY("streams closed because all streams together held as much as allowed"),
    STREAMS_REFUSED_MALFORMED("streams closed because what came is no message"),
    STREAMS_REFUSED_TOO_LONG("streams closed because a message is longer than allowed"),
    STREAMS_REFUSED_LATE("streams closed because a message or its answer took too long"),
    STREAMS_BROKEN("streams that ended inside a message"),
    STREAMS_NOT_ACCEPTED("times that the system could not accept a stream"),
    CALLS("calls begun"),
    CALLS_FAILED("calls that failed"),
    FAULTS("failures of this program itself, over something that came");

    private final String description;

    TransportCounter(String description) {
        this.description = description;
    }

    /** For people. */
    public String description() {
        return description;
    }
}
