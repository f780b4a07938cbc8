/** AES-GCM by whichever engine the machine has. Keys lie outside the heap, and are wiped. */
@NullMarked
package io.dunlin.ipsec.aead;

import org.jspecify.annotations.NullMarked;
