@NullMarked
package io.dunlin.architecture;

import org.jspecify.annotations.NullMarked;
