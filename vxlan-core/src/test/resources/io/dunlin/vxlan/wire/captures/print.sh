#!/bin/bash
# Prints what tshark reads in a capture, one packet a line, as the tests compare it with our accessors:
#     ./print.sh kernel-vxlan.pcap > kernel-vxlan.tsv
# A field that occurs several times in a packet (outer, inner, quoted by an ICMP error) has its values joined with commas.
set -eu
fields="
eth.dst eth.src eth.type
arp.opcode arp.src.hw_mac arp.src.proto_ipv4 arp.dst.proto_ipv4
ip.version ip.hdr_len ip.len ip.flags.df ip.flags.mf ip.frag_offset ip.ttl ip.proto ip.checksum.status ip.src ip.dst ip.opt.type
ipv6.plen ipv6.nxt ipv6.hlim ipv6.src ipv6.dst
ipv6.hopopts.nxt ipv6.hopopts.len_oct ipv6.fraghdr.nxt ipv6.fraghdr.offset ipv6.fraghdr.more
udp.srcport udp.dstport udp.length udp.checksum.status
vxlan.flags vxlan.vni
tcp.srcport tcp.dstport tcp.hdr_len tcp.flags tcp.options tcp.options.mss_val tcp.checksum.status
icmp.type icmp.code icmp.checksum.status
icmpv6.type icmpv6.code icmpv6.checksum.status
icmpv6.nd.ns.target_address icmpv6.nd.na.target_address icmpv6.nd.na.flag.s icmpv6.nd.na.flag.o icmpv6.opt.linkaddr"
tshark -n -r "$1" -T fields -E header=y -E occurrence=a -E aggregator=, \
    -o ip.defragment:FALSE -o ipv6.defragment:FALSE -o tcp.desegment_tcp_streams:FALSE \
    -o ip.check_checksum:TRUE -o udp.check_checksum:TRUE -o tcp.check_checksum:TRUE -o tcp.relative_sequence_numbers:FALSE \
    -d udp.port==4789,vxlan $(printf -- '-e %s ' $fields)
