/** What tests of overlay networks need: a simulated underlay, packets built by other code than the product's, namespaces. */
@NullMarked
package io.dunlin.testkit;

import org.jspecify.annotations.NullMarked;
