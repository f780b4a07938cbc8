package io.dunlin.ipsec.rotation;

import java.util.Collection;
import java.util.Comparator;

/**
 * Who makes new keys. All that know of the same members must name the same one; while they do not, two may make a key each, which costs a
 * rotation more and nothing else.
 */
@FunctionalInterface
public interface LeaderRule {
    /** The member that has been up the longest, of several the first by name. */
    LeaderRule LONGEST_LIVED = living -> living.stream()
            .min(Comparator.comparingLong(Member::since).thenComparing(Member::name))
            .map(Member::name)
            .orElse("");

    /** The name of the leader among living members. */
    String leader(Collection<Member> living);
}
