/** ESP (RFC 4303) with AES-GCM (RFC 4106), in UDP (RFC 3948): what protects an overlay's packets on the underlay. */
module io.dunlin.ipsec {
    requires transitive io.dunlin.vxlan;
    requires static transitive org.jspecify;
    requires static org.bouncycastle.provider;

    exports io.dunlin.ipsec;
    exports io.dunlin.ipsec.aead;
    exports io.dunlin.ipsec.rotation;
    exports io.dunlin.ipsec.wire;
}
