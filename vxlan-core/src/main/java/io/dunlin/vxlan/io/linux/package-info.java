/**
 * TUN devices, UDP sockets by the batch, and the poller that waits for them, on Linux's own system calls (x86-64 and aarch64). All
 * calls into native code that this module makes are in this package, through the FFM API; {@link Linux#unavailableReason} says
 * beforehand whether they can be made.
 *
 * <p>Inside the package a call returns its result, or the negative of the {@code errno} it failed with.
 */
@NullMarked
package io.dunlin.vxlan.io.linux;

import org.jspecify.annotations.NullMarked;
