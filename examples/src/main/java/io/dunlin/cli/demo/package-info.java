/** Three nodes and a kernel's VXLAN device on one machine, and the programs that prove that packets get through. */
@NullMarked
package io.dunlin.cli.demo;

import org.jspecify.annotations.NullMarked;
