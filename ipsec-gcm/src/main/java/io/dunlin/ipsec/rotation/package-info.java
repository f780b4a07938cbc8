/**
 * Keys that turn. All nodes share a ring of keys; each pair of nodes derives its security associations from it, and a new key takes the place of
 * the old one without a packet lost. Begin with {@link io.dunlin.ipsec.rotation.Rotation}; docs/adr/0018 has the arguments.
 *
 * <p>A core without clock, randomness or network of its own: those come in from outside.
 */
@NullMarked
package io.dunlin.ipsec.rotation;

import org.jspecify.annotations.NullMarked;
