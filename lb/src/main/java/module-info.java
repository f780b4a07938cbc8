/** Services: virtual IPs that are balanced in the data path, and names that are answered from the same table. */
module io.dunlin.lb {
    requires transitive io.dunlin.vxlan;
    requires static transitive org.jspecify;
    requires org.pcollections;

    exports io.dunlin.lb;
    exports io.dunlin.lb.dns;
    exports io.dunlin.lb.dns.server;
    exports io.dunlin.lb.dns.upstream;
}
