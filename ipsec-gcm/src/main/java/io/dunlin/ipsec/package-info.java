/** ESP with AES-GCM: security associations, replay windows, and the keys they are derived from. */
@NullMarked
package io.dunlin.ipsec;

import org.jspecify.annotations.NullMarked;
