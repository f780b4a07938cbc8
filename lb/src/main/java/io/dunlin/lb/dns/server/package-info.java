/** Names of a network at an address of the host, over sockets: for who is not behind an endpoint, and for tests beside other programs. */
@NullMarked
package io.dunlin.lb.dns.server;

import org.jspecify.annotations.NullMarked;
