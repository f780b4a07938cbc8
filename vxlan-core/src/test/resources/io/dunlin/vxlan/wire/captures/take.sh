#!/bin/bash
# Takes kernel-vxlan.pcap anew: two network namespaces joined by a veth pair, in each Linux's own VXLAN devices, one over IPv4 and
# one over IPv6, and the packets of ordinary programs through them. Needs root and, from Debian, iproute2, ethtool, tcpdump,
# iputils-ping and python3.
#
#     dlg-<pid>-a  10.9.0.1, fd09::1  ---- veth ----  10.9.0.2, fd09::2  dlg-<pid>-b
#       v4 (VNI 42, over IPv4)        10.42.0.1, fd42::1 <-> 10.42.0.2, fd42::2
#       v6 (VNI 11259375, over IPv6)  10.43.0.1, fd43::1 <-> 10.43.0.2, fd43::2
set -eu
here=$(cd "$(dirname "$0")" && pwd)
a=dlg-$$-a
b=dlg-$$-b
trap 'kill $(jobs -p) 2>/dev/null || true; ip netns del $a; ip netns del $b' EXIT
ip netns add $a
ip netns add $b
ip -n $a link add under type veth peer name under netns $b

setup() { # namespace, own last byte, the other's
    ip -n "$1" link set lo up
    ip -n "$1" addr add "10.9.0.$2/24" dev under
    ip -n "$1" addr add "fd09::$2/64" dev under nodad
    ip netns exec "$1" ethtool -K under tx off gso off tso off gro off > /dev/null
    ip -n "$1" link set under address "02:00:00:09:00:0$2" up
    ip -n "$1" link add v4 address "02:42:0a:2a:00:0$2" mtu 1430 type vxlan id 42 dstport 4789 local "10.9.0.$2" remote "10.9.0.$3" udpcsum
    ip -n "$1" link add v6 address "02:42:0a:2b:00:0$2" mtu 1430 type vxlan id 11259375 dstport 4789 local "fd09::$2" remote "fd09::$3"
    for n in 42 43; do
        dev=v$((n == 42 ? 4 : 6))
        ip netns exec "$1" ethtool -K $dev tx off gso off tso off gro off > /dev/null
        ip -n "$1" addr add "10.$n.0.$2/24" dev $dev
        ip -n "$1" addr add "fd$n::$2/64" dev $dev nodad
    done
}
setup $a 1 2
setup $b 2 1
ip netns exec $a tcpdump -q -U -s 0 -i under -w "$here/kernel-vxlan.pcap" udp port 4789 or ip6 proto 44 2> /dev/null &
sleep 1
for ns in $a $b; do
    ip -n $ns link set v4 up
    ip -n $ns link set v6 up
done
sleep 2 # multicast listener reports, with a hop-by-hop header

ip netns exec $b python3 - <<'PY' &
import selectors, socket
s = selectors.DefaultSelector()
for family, any in ((socket.AF_INET, "0.0.0.0"), (socket.AF_INET6, "::")):
    t = socket.socket(family, socket.SOCK_STREAM)
    t.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    u = socket.socket(family, socket.SOCK_DGRAM)
    if family == socket.AF_INET6:
        for x in (t, u):
            x.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    t.bind((any, 8080)); t.listen(); u.bind((any, 5353))
    s.register(t, selectors.EVENT_READ); s.register(u, selectors.EVENT_READ)
while True:
    for key, _ in s.select():
        if key.fileobj.type == socket.SOCK_STREAM:
            c, _ = key.fileobj.accept()
            c.sendall(c.recv(4096)[::-1]); c.close()
        else:
            data, peer = key.fileobj.recvfrom(4096)
            key.fileobj.sendto(data[::-1], peer)
PY
sleep 1
for n in 42 43; do
    for to in 10.$n.0.2 fd$n::2; do
        ip netns exec $a ping -q -c 1 $to
        ip netns exec $a ping -q -c 1 -s 3000 $to # fragments
        ip netns exec $a python3 - $to <<'PY'
import socket, sys
to = sys.argv[1]
family = socket.AF_INET6 if ":" in to else socket.AF_INET
t = socket.create_connection((to, 8080)); t.sendall(b"odd"); t.recv(4096); t.close()
u = socket.socket(family, socket.SOCK_DGRAM); u.settimeout(2)
u.sendto(b"hello", (to, 5353)); u.recv(4096)
u.connect((to, 9)); u.send(b"nobody is here")   # a closed port: ICMP "port unreachable"
try:
    u.recv(4096)
except ConnectionRefusedError:
    pass
PY
    done
    ip netns exec $a ping -q -c 1 -R 10.$n.0.2 || true # the option "record route"
done
sleep 1
