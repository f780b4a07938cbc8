/** Tests against the kernel this runs on. What needs root builds its own network namespace, or is skipped with the reason. */
@NullMarked
package io.dunlin.vxlan.io.linux;

import org.jspecify.annotations.NullMarked;
