package io.dunlin.node;

import io.dunlin.vxlan.packet.Counter;
import io.dunlin.vxlan.packet.DropReason;
import java.util.Map;

/**
 * What a node has done since it started. A snapshot; counts of one moment may be a batch apart from each other.
 *
 * @param counters packets and bytes by stage, each counter present, in the order of a packet's way
 * @param drops dropped packets by reason; reasons that did not occur are absent
 * @param errors failures of devices and sockets that ended them, one line each, with how often it happened
 */
public record NodeStats(Map<Counter, Long> counters, Map<DropReason, Long> drops, Map<String, Long> errors) {}
