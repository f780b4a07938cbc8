@NullMarked
package io.dunlin.lb.dns;

import org.jspecify.annotations.NullMarked;
