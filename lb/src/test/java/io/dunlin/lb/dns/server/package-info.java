@NullMarked
package io.dunlin.lb.dns.server;

import org.jspecify.annotations.NullMarked;
