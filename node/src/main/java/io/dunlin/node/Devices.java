package io.dunlin.node;

import io.dunlin.vxlan.io.PacketDevice;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** The endpoints' devices of a node: opens them, and has the workers serve them. */
final class Devices {
    private final Platform platform;
    private final List<DataPath> dataPaths;
    private final boolean offloads;

    Devices(Platform platform, List<DataPath> dataPaths, boolean offloads) {
        this.platform = platform;
        this.dataPaths = dataPaths;
        this.offloads = offloads;
    }

    PacketDevice open(NetworkSpec network, EndpointSpec endpoint, int mtu) throws IOException {
        return platform.openDevice(network, endpoint, mtu, dataPaths.size(), offloads);
    }

    /** Takes packets from the device from now on: from each of its queues by the worker of that number, or from its only one by any. */
    void serve(PacketDevice device, String endpoint, int vni) throws IOException {
        var served = new ArrayList<DataPath>();
        try {
            for (DataPath path : pathsOf(device)) {
                path.serve(device, endpoint, vni);
                served.add(path);
            }
        } catch (IOException | RuntimeException e) {
            for (DataPath path : served) {
                path.release(device);
            }
            throw e;
        }
    }

    /** Lets go of a device whose routes are gone, and closes it. */
    void release(PacketDevice device) throws IOException {
        try {
            for (DataPath path : dataPaths) {
                path.release(device); // after that no batch of the path is under way that saw the routes
            }
        } finally {
            device.close();
        }
    }

    /** Who receives from a device: a device in memory has one queue, whose worker its name chooses. */
    private List<DataPath> pathsOf(PacketDevice device) {
        if (device.queues() > 1) {
            return dataPaths;
        }
        return List.of(dataPaths.get(Math.floorMod(device.name().hashCode(), dataPaths.size())));
    }
}
