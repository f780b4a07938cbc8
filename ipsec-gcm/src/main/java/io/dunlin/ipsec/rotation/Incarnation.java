package io.dunlin.ipsec.rotation;

/** One life of a node: from one start to the next. */
record Incarnation(String name, BootId boot) {}
