@NullMarked
package io.dunlin.ipsec.rotation;

import org.jspecify.annotations.NullMarked;
