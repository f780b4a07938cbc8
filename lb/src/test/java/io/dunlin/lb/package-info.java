@NullMarked
package io.dunlin.lb;

import org.jspecify.annotations.NullMarked;
