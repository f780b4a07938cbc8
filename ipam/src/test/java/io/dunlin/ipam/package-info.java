@NullMarked
package io.dunlin.ipam;

import org.jspecify.annotations.NullMarked;
