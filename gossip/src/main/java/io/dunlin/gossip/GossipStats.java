package io.dunlin.gossip;

import io.dunlin.gossip.transport.TransportCounter;
import java.util.Map;

/**
 * What a member has done since it started. A snapshot.
 *
 * @param transport what it received, sent and refused on its sockets; each counter present
 * @param drops what was refused or dropped above them, by reason; reasons that did not occur are absent
 * @param health local health score of Lifeguard: 0 is best, {@link Profile#awarenessMax} − 1 worst
 */
public record GossipStats(Map<TransportCounter, Long> transport, Map<String, Long> drops, int health) {}
