package io.dunlin.gossip.wire;

import java.util.List;

/** What a member encrypts and opens by. Thread-safe. */
public sealed interface Keys permits KeyRing, TurningKeys {
    /** By this whoever is nobody in particular is spoken to. */
    KeyRing.Key primary();

    /** What any of these encrypted is opened; in the order in which they are tried. */
    List<KeyRing.Key> keys();
}
