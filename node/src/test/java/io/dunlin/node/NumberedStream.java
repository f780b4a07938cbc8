package io.dunlin.node;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.dunlin.testkit.NamespaceLab;
import io.dunlin.vxlan.io.linux.NetworkNamespace;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/**
 * UDP packets of 64 bytes from one workload to another, each with its number: when it was sent, and how often it came. Sockets of this JVM in the
 * workloads' namespaces, so that one clock tells of both ends.
 */
final class NumberedStream {
    /** In the clear in each packet: what must not be seen on the underlay. */
    static final String PATTERN = "dunlin-numbered-in-the-clear";

    private static final int PAYLOAD = 64 - 28;
    private static final int MAX_NUMBERS = 1 << 20;
    private static final int QUIET_MILLIS = 2000;
    private static final int RECEIVE_BUFFER = 4 << 20;

    private final String name;
    private final DatagramSocket from;
    private final DatagramSocket to;
    private final InetSocketAddress goal;
    private final long gapNanos;
    private final Thread sender;
    private final Thread receiver;

    /** When number i was sent; 0: it was not, as the kernel refused it. Written by the sender, which ends before anyone reads. */
    private final long[] sentNanos = new long[MAX_NUMBERS];

    private final byte[] came = new byte[MAX_NUMBERS];
    private volatile int numbers;
    private volatile boolean isEnded;

    private int arrived; // under this
    private int latest; // under this

    private NumberedStream(
            String name, DatagramSocket from, DatagramSocket to, InetSocketAddress goal, int packetsPerSecond) {
        this.name = name;
        this.from = from;
        this.to = to;
        this.goal = goal;
        this.gapNanos = 1_000_000_000L / packetsPerSecond;
        this.sender = Thread.ofPlatform().name("send-" + name).unstarted(this::send);
        this.receiver = Thread.ofPlatform().name("receive-" + name).unstarted(this::receive);
    }

    /** Begins to send. */
    static NumberedStream start(
            NamespaceLab lab, String sender, String receiver, String address, int port, int packetsPerSecond)
            throws IOException {
        var from = NetworkNamespace.of(lab.path(sender)).call(() -> new DatagramSocket());
        var to = NetworkNamespace.of(lab.path(receiver)).call(() -> new DatagramSocket(port));
        to.setReceiveBufferSize(RECEIVE_BUFFER);
        to.setSoTimeout(QUIET_MILLIS);
        var stream = new NumberedStream(
                sender + "-" + receiver, from, to, new InetSocketAddress(address, port), packetsPerSecond);
        stream.receiver.start();
        stream.sender.start();
        return stream;
    }

    private void send() {
        var packet = ByteBuffer.allocate(PAYLOAD);
        packet.putLong(0).put(PATTERN.getBytes(US_ASCII));
        long next = System.nanoTime();
        for (int number = 0; !isEnded && number < MAX_NUMBERS; number++) {
            packet.putLong(0, number);
            sentNanos[number] = System.nanoTime();
            try {
                from.send(new DatagramPacket(packet.array(), PAYLOAD, goal));
            } catch (IOException e) {
                sentNanos[number] = 0; // no route: the workload's device is gone with its node
            }
            numbers = number + 1;
            next = Math.max(next + gapNanos, System.nanoTime()); // who was late does not send a burst
            LockSupport.parkNanos(next - System.nanoTime());
        }
    }

    private void receive() {
        var packet = new DatagramPacket(new byte[2048], 2048);
        while (true) {
            try {
                to.receive(packet);
                int number = (int) ByteBuffer.wrap(packet.getData()).getLong();
                synchronized (this) {
                    came[number]++;
                    arrived++;
                    latest = Math.max(latest, number);
                    notifyAll();
                }
            } catch (SocketTimeoutException e) {
                if (isEnded) {
                    return;
                }
            } catch (IOException e) {
                return; // closed
            }
        }
    }

    /** Waits for a packet that is sent from now on to arrive. */
    void awaitNext() throws InterruptedException {
        int from = numbers;
        long end = System.nanoTime() + 60_000_000_000L;
        synchronized (this) {
            while (latest <= from) {
                if (System.nanoTime() > end) {
                    throw new AssertionError(name + ": nothing came for a minute");
                }
                wait(1000);
            }
        }
    }

    /** Sends no more, and waits until nothing comes any more. */
    void end() throws InterruptedException {
        isEnded = true;
        sender.join();
        receiver.join();
    }

    void close() {
        isEnded = true;
        from.close();
        to.close();
    }

    String name() {
        return name;
    }

    int sent() {
        int sent = 0;
        for (int i = 0; i < numbers; i++) {
            sent += sentNanos[i] != 0 ? 1 : 0;
        }
        return sent;
    }

    synchronized int arrived() {
        return arrived;
    }

    /** Numbers that came more than once. */
    synchronized List<Integer> doubled() {
        var doubled = new ArrayList<Integer>();
        for (int i = 0; i < MAX_NUMBERS; i++) {
            if (came[i] > 1) {
                doubled.add(i);
            }
        }
        return doubled;
    }

    /** When those were sent that never came. */
    synchronized long[] lostNanos() {
        var lost = new long[numbers];
        int count = 0;
        for (int i = 0; i < numbers; i++) {
            if (came[i] == 0 && sentNanos[i] != 0) {
                lost[count++] = sentNanos[i];
            }
        }
        return Arrays.copyOf(lost, count);
    }
}
