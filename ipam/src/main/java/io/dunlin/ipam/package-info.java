/**
 * Which subnet, which address, which VNI, which port. {@link io.dunlin.ipam.Ipam} answers any number of threads;
 * {@link io.dunlin.ipam.IpamState} is what it holds, a state machine of one thread that is told the time, for whoever replays a log.
 */
@NullMarked
package io.dunlin.ipam;

import org.jspecify.annotations.NullMarked;
