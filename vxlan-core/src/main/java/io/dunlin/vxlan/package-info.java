/**
 * The stages a packet passes and the table they look into: {@link io.dunlin.vxlan.IpCheck}, {@link io.dunlin.vxlan.ForwardingTable},
 * {@link io.dunlin.vxlan.VxlanEncap}, {@link io.dunlin.vxlan.VxlanDecap}, and what a node answers by itself. A stage is a final class
 * that takes packets of a batch; it knows no socket, no clock, no thread.
 */
@NullMarked
package io.dunlin.vxlan;

import org.jspecify.annotations.NullMarked;
