package io.dunlin.gossip;

import java.time.Duration;

/**
 * How often a member asks and how long it waits. {@link #lan}, {@link #wan} and {@link #local} are memberlist's own presets, so that mixed
 * clusters agree on time; change single values with a reason.
 *
 * @param probeInterval one member is probed each interval, all of n within n intervals. A crash is first noticed after 1.58 intervals
 *     (e / (e − 1)) in the mean, however large the cluster. Must be longer than {@code probeTimeout}
 * @param probeTimeout how long a direct answer may take before others are asked to try; above the 99th percentile of the round trip
 * @param indirectChecks how many others are asked then: each helps against loss between two members alone
 * @param suspicionMult a suspect is declared dead after {@code suspicionMult · max(1, log10 n) · probeInterval} when others confirm the
 *     suspicion: longer forgives slower members, and detects later
 * @param suspicionMaxTimeoutMult without any confirmation it takes so many times longer: who alone sees a member down may itself be the one
 *     that is cut off
 * @param awarenessMax highest local health score + 1: one that misses answers slows its own probes down by up to this factor
 * @param gossipInterval news is sent to {@code gossipNodes} random members each interval
 * @param gossipNodes see {@code gossipInterval}
 * @param gossipToTheDead for how long a dead member is still gossiped to, so that it can learn that and say otherwise
 * @param pushPullInterval all state is exchanged with one random member each interval, times {@code ceil(log2 n − 5) + 1} above 32 members
 * @param streamTimeout for a call on a stream, all of it
 * @param retransmitMult news is sent {@code retransmitMult · ceil(log10(n + 1))} times by each member
 */
public record Profile(
        Duration probeInterval,
        Duration probeTimeout,
        int indirectChecks,
        int suspicionMult,
        int suspicionMaxTimeoutMult,
        int awarenessMax,
        Duration gossipInterval,
        int gossipNodes,
        Duration gossipToTheDead,
        Duration pushPullInterval,
        Duration streamTimeout,
        int retransmitMult) {

    /** Members in one data centre: round trips of milliseconds, loss is rare. */
    public static Profile lan() {
        return new Profile(
                Duration.ofSeconds(1),
                Duration.ofMillis(500),
                3,
                4,
                6,
                8,
                Duration.ofMillis(200),
                3,
                Duration.ofSeconds(30),
                Duration.ofSeconds(30),
                Duration.ofSeconds(10),
                4);
    }

    /** Members around the world: a round trip takes up to a second, and a false alarm costs more than a late one. */
    public static Profile wan() {
        return new Profile(
                Duration.ofSeconds(5),
                Duration.ofSeconds(3),
                3,
                6,
                6,
                8,
                Duration.ofMillis(500),
                4,
                Duration.ofSeconds(60),
                Duration.ofSeconds(60),
                Duration.ofSeconds(30),
                4);
    }

    /** Members on one machine: the loopback loses nothing, and answers at once. */
    public static Profile local() {
        return new Profile(
                Duration.ofSeconds(1),
                Duration.ofMillis(200),
                1,
                3,
                6,
                8,
                Duration.ofMillis(100),
                3,
                Duration.ofSeconds(15),
                Duration.ofSeconds(15),
                Duration.ofSeconds(1),
                2);
    }
}
