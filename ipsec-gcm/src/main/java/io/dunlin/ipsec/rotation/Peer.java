package io.dunlin.ipsec.rotation;

import io.dunlin.ipsec.OutboundSa;
import io.dunlin.ipsec.Spi;
import io.dunlin.ipsec.rotation.RotationMessage.Offer;
import io.dunlin.ipsec.rotation.RotationMessage.Status;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Another node: what it said, and what it was told. */
final class Peer {
    private final String name;

    private boolean isLiving;

    // ---- what it said

    @Nullable
    private Incarnation incarnation;

    /** Another start that spoke in its name: a new one, or an old one whose words come late. */
    @Nullable
    private BootId claimant;

    private long claimantNumber;
    private long provenFrom;
    private long theirNumber;

    @Nullable
    private KeyId newest;

    @Nullable
    private KeyId sendsBy;

    private List<Offer> offers = List.of();
    private boolean wantsRotation;

    // ---- what it was told

    @Nullable
    private Word word;

    private long number;
    private long acknowledged;
    private long confirmedFrom;
    private long saidNanos;
    private boolean isUrgent;

    @Nullable
    private KeyId chosen;

    // ---- what packets go and come by

    @Nullable
    private Incarnation tabled;

    @Nullable
    private OutboundSa sendingBy;

    /** What is said to a peer until it changes. */
    record Word(
            @Nullable BootId to,
            boolean wantsRotation,
            @Nullable KeyId newest,
            @Nullable KeyId sendsBy,
            List<Offer> offers) {}

    /** @param number what is told to it counts on from there */
    Peer(String name, long number) {
        this.name = name;
        this.number = number;
    }

    long number() {
        return number;
    }

    String name() {
        return name;
    }

    /** Null until it said something. */
    @Nullable
    Incarnation incarnation() {
        return incarnation;
    }

    /** It is a member that is alive, and speaks of keys. Others are not waited for. */
    boolean counts() {
        return isLiving && incarnation != null;
    }

    boolean isLiving() {
        return isLiving;
    }

    @Nullable
    KeyId newest() {
        return newest;
    }

    boolean wantsRotation() {
        return wantsRotation;
    }

    void setLiving(boolean living) {
        if (living && !isLiving) {
            needConfirmation();
        }
        isLiving = living;
    }

    /** Nothing is sent to it until it says, having heard of it, that what it said still holds: one of us was away. */
    void needConfirmation() {
        confirmedFrom = ++number;
        isUrgent = true;
    }

    boolean isConfirmed() {
        return acknowledged >= confirmedFrom;
    }

    // ------------------------------------------------------------------ what it says

    /** False if it said more since, or may be another start than the one that lives: then that is the {@link #claimant}. */
    boolean take(Status status, BootId ownBoot) {
        if (incarnation == null || isProven(status, ownBoot)) {
            meet(status.from());
        } else if (!incarnation.boot().equals(status.from())) {
            claim(status.from());
            claimantNumber = status.number();
            return false;
        } else if (status.number() < theirNumber) {
            return false;
        }
        theirNumber = status.number();
        newest = status.newest();
        wantsRotation = status.wantsRotation();
        if (ownBoot.equals(status.to())) {
            // no more than was said: a number of its own invention must not count as seen for ever
            acknowledged = Math.max(acknowledged, Math.min(status.seen(), number));
            offers = status.offers();
            sendsBy = status.sendsBy();
        }
        return true;
    }

    private void meet(BootId boot) {
        incarnation = new Incarnation(name, boot);
        claimant = null;
        forgetPair();
    }

    private void claim(BootId boot) {
        if (!boot.equals(claimant)) {
            claimant = boot;
            provenFrom = ++number;
        }
    }

    /** Only a start that lives can have heard what it was told since it claimed to. */
    private boolean isProven(Status status, BootId ownBoot) {
        return status.from().equals(claimant)
                && ownBoot.equals(status.to())
                && status.seen() >= provenFrom
                && status.seen() <= number;
    }

    /** Null if the start that is known is the only one that speaks. */
    @Nullable
    BootId claimant() {
        return claimant;
    }

    /** What a claimant has to answer to. */
    Status challenge(BootId ownBoot, BootId claims) {
        return new Status(ownBoot, claims, number, claimantNumber, true, false, null, null, List.of());
    }

    /** One of both lives a new life: what they agreed on is void. */
    void forgetPair() {
        offers = List.of();
        sendsBy = null;
        chosen = null;
        word = null;
        needConfirmation();
    }

    @Nullable
    Spi offered(KeyId key) {
        for (Offer offer : offers) {
            if (offer.key().equals(key)) {
                return offer.spi();
            }
        }
        return null;
    }

    /** Whether it may yet send by a key that was offered to it. */
    boolean maySendBy(KeyId key) {
        return sendsBy == null || !sendsBy.isAfter(key);
    }

    boolean sendsBy(KeyId key) {
        return key.equals(sendsBy);
    }

    // ------------------------------------------------------------------ what it is told

    /**
     * The key to send to it by: the current one if it offers that, else the newest that it offers; never one before the last, as it may have
     * ceased to receive by those. Null if there is none.
     */
    @Nullable
    KeyId choose(KeyRing ring) {
        KeyId best = null;
        for (RingKey key : ring.keys()) {
            boolean isPossible = offered(key.id()) != null && (chosen == null || !chosen.isAfter(key.id()));
            boolean isBetter = best == null || !best.equals(ring.current());
            if (isPossible && isBetter) {
                best = key.id();
            }
        }
        if (best != null) {
            chosen = best;
        }
        return best;
    }

    /** Whether it has heard more of this start than was said: then that was said in a future that this machine was set back from. */
    boolean remembersMore(Status status, BootId ownBoot) {
        return incarnation != null
                && incarnation.boot().equals(status.from())
                && ownBoot.equals(status.to())
                && status.seen() > number;
    }

    /** To be told where this node stands once more, and to answer. */
    void ask() {
        number++;
        isUrgent = true;
    }

    /** It asked for an answer. */
    void needAnswer() {
        isUrgent = true;
    }

    /** True if the table has something else of it: packets come from another of its starts, or go by another association. */
    boolean setTabled(@Nullable OutboundSa by) {
        boolean isNew = !Objects.equals(incarnation, tabled) || by != sendingBy;
        tabled = incarnation;
        sendingBy = by;
        return isNew;
    }

    /** True if it is something new. */
    boolean setWord(Word next) {
        if (next.equals(word)) {
            return false;
        }
        word = next;
        number++;
        isUrgent = true;
        return true;
    }

    /** Whether something is to be said, for the first time or again. */
    boolean isDue(long nowNanos, long retryNanos) {
        return isUrgent || acknowledged < number && nowNanos - saidNanos >= retryNanos;
    }

    Status say(BootId ownBoot, Word said, long nowNanos) {
        saidNanos = nowNanos;
        isUrgent = false;
        return new Status(
                ownBoot,
                said.to(),
                number,
                theirNumber,
                acknowledged < number,
                said.wantsRotation(),
                said.newest(),
                said.sendsBy(),
                said.offers());
    }
}
