@NullMarked
package io.dunlin.node;

import org.jspecify.annotations.NullMarked;
