package io.dunlin.cli.gossip;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.dunlin.gossip.wire.Bytes;
import java.io.PrintWriter;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Events as JSON, one object a line. They are printed on a thread of their own: who reads them slowly, or not at all, must not hold the
 * member up, whom the others would then take for dead. What does not find room meanwhile is lost, and how much is told in a line
 * {@code {"ev":"lost","n":…}}.
 */
final class EventLines implements AutoCloseable {
    private static final int MOST_WAITING = 10_000;
    private static final Duration MOST_PATIENCE = Duration.ofSeconds(2);

    private final JsonMapper mapper = JsonMapper.builder()
            .enable(JsonWriteFeature.ESCAPE_NON_ASCII) // whatever charset the reader takes it for
            .build();
    /** Empty: the end. */
    private final BlockingQueue<Optional<Map<String, Object>>> waiting = new ArrayBlockingQueue<>(MOST_WAITING);

    private final AtomicLong lost = new AtomicLong();
    private final PrintWriter out;
    private final Thread printer;

    EventLines(PrintWriter out) {
        this.out = out;
        this.printer = Thread.ofPlatform().daemon().name("gossip-events").start(this::print);
    }

    /** An event under way; {@link #say} ends it. */
    final class Event {
        private final Map<String, Object> fields = new LinkedHashMap<>();

        private Event(String kind) {
            fields.put("ev", kind);
            fields.put("t", System.currentTimeMillis());
        }

        Event with(String field, Object value) {
            fields.put(field, value);
            return this;
        }

        /** Bytes in hexadecimal, and as text beside it where they are UTF-8. */
        Event with(String field, Bytes value) {
            fields.put(field + "Hex", value.toString());
            try {
                fields.put(
                        field,
                        StandardCharsets.UTF_8
                                .newDecoder()
                                .decode(ByteBuffer.wrap(value.array()))
                                .toString());
            } catch (CharacterCodingException e) {
                // then there is no text
            }
            return this;
        }

        void say() {
            if (!waiting.offer(Optional.of(fields))) {
                lost.incrementAndGet();
            }
        }
    }

    /** From any thread; never waits. */
    Event event(String kind) {
        return new Event(kind);
    }

    /** Events that found no room and have not been told of. */
    long lost() {
        return lost.get();
    }

    private void print() {
        try {
            for (var next = waiting.take(); next.isPresent(); next = waiting.take()) {
                out.println(mapper.writeValueAsString(next.get()));
                long missing = lost.getAndSet(0);
                if (missing > 0) {
                    out.println(mapper.writeValueAsString(new Event("lost").with("n", missing).fields));
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // by close
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("numbers and text are always JSON", e);
        }
    }

    /** Prints what waits; gives up after a while if nobody reads. */
    @Override
    public void close() {
        if (!waiting.offer(Optional.empty())) {
            printer.interrupt();
        }
        try {
            printer.join(MOST_PATIENCE);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
