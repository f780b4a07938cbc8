package io.dunlin.lb.dns.server;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A dnsmasq on loopback with records of its own, which ends with the test. */
final class Dnsmasq implements AutoCloseable {
    private static final int READY_MILLIS = 20_000;

    private final Process process;
    private final InetSocketAddress address;

    private Dnsmasq(Process process, InetSocketAddress address) {
        this.process = process;
        this.address = address;
    }

    /** @param records options, like {@code --host-record=a.test,192.0.2.1} */
    static Dnsmasq start(Path log, List<String> records) throws IOException, InterruptedException {
        InetAddress loopback = InetAddress.getLoopbackAddress();
        int port;
        try (var free = new DatagramSocket(0, loopback)) {
            port = free.getLocalPort();
        }
        var command = new ArrayList<>(List.of(
                "/usr/sbin/dnsmasq",
                "--keep-in-foreground",
                "--conf-file=/dev/null",
                "--no-resolv",
                "--no-hosts",
                "--pid-file",
                "--user=root",
                "--bind-interfaces",
                "--listen-address=127.0.0.1",
                "--port=" + port,
                "--local-ttl=60"));
        command.addAll(records);
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        var server = new Dnsmasq(process, new InetSocketAddress(loopback, port));
        server.awaitReady();
        return server;
    }

    /** Asks until it answers: the kernel says at once while nobody listens. */
    private void awaitReady() throws IOException {
        byte[] query = {0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 1};
        long tries = READY_MILLIS / 10;
        for (long i = 0; i < tries && process.isAlive(); i++) {
            try (var socket = new DatagramSocket()) {
                socket.connect(address);
                socket.setSoTimeout(10);
                socket.send(new DatagramPacket(query, query.length));
                socket.receive(new DatagramPacket(new byte[512], 512));
                return;
            } catch (SocketTimeoutException | SocketException e) {
                Thread.onSpinWait();
            }
        }
        close();
        throw new AssertionError("dnsmasq does not answer at " + address);
    }

    InetSocketAddress address() {
        return address;
    }

    /** As kill -9 does, and at once. */
    void kill() {
        process.destroyForcibly();
        try {
            process.waitFor();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        kill();
    }
}
