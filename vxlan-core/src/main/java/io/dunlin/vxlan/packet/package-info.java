/** Packets in batches, and what becomes of them: the currency between devices, stages and sockets. */
@NullMarked
package io.dunlin.vxlan.packet;

import org.jspecify.annotations.NullMarked;
