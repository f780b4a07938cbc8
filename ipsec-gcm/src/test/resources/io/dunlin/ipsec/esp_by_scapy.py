"""ESP with AES-GCM as scapy does it: esp_by_scapy.py open|seal SPI KEY-AND-SALT UPPER-HALF|-

Reads packets from standard input, a line of hexadecimal digits each: ESP packets to open, or UDP packets to seal, with sequence numbers from 1
on. Prints what came out, likewise. The upper half is that of extended sequence numbers; without them, "-".
"""
import sys

from scapy.layers.inet import IP, UDP
from scapy.layers.ipsec import ESP, SecurityAssociation

what, spi, key, upper = sys.argv[1:]
extended = {"esn_en": upper != "-", "esn": 0 if upper == "-" else int(upper)}
sa = SecurityAssociation(ESP, spi=int(spi, 16), crypt_algo="AES-GCM", crypt_key=bytes.fromhex(key), **extended)
ends = {"src": "192.0.2.1", "dst": "192.0.2.2"}
for line in sys.stdin:
    packet = bytes.fromhex(line)
    if what == "open":
        out = sa.decrypt(IP(proto=50, **ends) / ESP(packet), **extended)
        print(bytes(out[UDP]).hex())
    else:
        out = sa.encrypt(IP(**ends) / UDP(packet))
        print(bytes(out[ESP]).hex())
