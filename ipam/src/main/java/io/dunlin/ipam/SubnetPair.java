package io.dunlin.ipam;

/** The two subnets of a dual-stack network. */
public record SubnetPair(Subnet ipv4, Subnet ipv6) {}
