/** Wire formats of ESP (RFC 4303, 4106). */
@NullMarked
package io.dunlin.ipsec.wire;

import org.jspecify.annotations.NullMarked;
