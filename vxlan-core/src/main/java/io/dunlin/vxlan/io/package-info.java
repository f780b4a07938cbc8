/** Devices and sockets by the batch: their interfaces, and the ones that run on any operating system. */
@NullMarked
package io.dunlin.vxlan.io;

import org.jspecify.annotations.NullMarked;
