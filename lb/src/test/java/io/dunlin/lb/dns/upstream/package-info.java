@NullMarked
package io.dunlin.lb.dns.upstream;

import org.jspecify.annotations.NullMarked;
