/**
 * Wire formats, bit by bit. Two levels: {@code XxxHeader} holds static accessors over (memory, offset) without judgement, whose bounds
 * are proven by the caller's length check alone; where legal values are fewer than bit patterns stands a record for the legal value.
 * Nothing here depends on anything else of the project.
 */
@NullMarked
package io.dunlin.vxlan.wire;

import org.jspecify.annotations.NullMarked;
