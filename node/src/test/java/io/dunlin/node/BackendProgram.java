package io.dunlin.node;

import io.dunlin.testkit.NamespaceLab;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What stands behind a service in a test: Python's own HTTP server (keep-alive, port 8080) and a UDP server (port 5353); each answers its name. IPv4 and IPv6. */
final class BackendProgram {
    static final int HTTP = 8080;

    private static final String SERVER = """
            import http.server, socket, socketserver, sys, threading
            name = sys.argv[1].encode()

            class Handler(http.server.BaseHTTPRequestHandler):
                protocol_version = "HTTP/1.1"
                disable_nagle_algorithm = True
                def do_GET(self):
                    self.send_response(200)
                    self.send_header("Content-Length", str(len(name)))
                    if self.close_connection:
                        self.send_header("Connection", "close")
                    self.end_headers()
                    self.wfile.write(name)
                def do_POST(self):
                    left = int(self.headers["Content-Length"])
                    while left > 0:
                        left -= len(self.rfile.read(min(left, 65536)))
                    self.do_GET()
                def log_message(self, *_):
                    pass

            class Server(http.server.ThreadingHTTPServer):
                address_family = socket.AF_INET6
                daemon_threads = True
                request_queue_size = 1024

            class Datagrams(socketserver.ThreadingUDPServer):
                address_family = socket.AF_INET6

            class Echo(socketserver.BaseRequestHandler):
                def handle(self):
                    self.request[1].sendto(name, self.client_address)

            web = Server(("::", 8080), Handler)
            udp = Datagrams(("::", 5353), Echo)
            threading.Thread(target=udp.serve_forever, daemon=True).start()
            print("ready", flush=True)
            web.serve_forever()
            """;

    private BackendProgram() {}

    /** Starts one in a workload's namespace, and returns when it listens. It ends with the lab. */
    static Process start(NamespaceLab lab, Path directory, String workload) {
        return start(lab, directory, workload, workload);
    }

    /** The same for one that answers another name. */
    static Process start(NamespaceLab lab, Path directory, String name, String workload) {
        try {
            Path script = directory.resolve("server.py");
            Files.writeString(script, SERVER);
            Process process = lab.start(workload, "/usr/bin/python3", script.toString(), name);
            String line = process.inputReader().readLine();
            if (!"ready".equals(line)) {
                throw new AssertionError("server of " + workload + ": " + line);
            }
            return process;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
