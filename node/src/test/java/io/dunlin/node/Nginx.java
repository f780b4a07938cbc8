package io.dunlin.node;

import io.dunlin.testkit.NamespaceLab;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Debian's nginx behind a service in a test; answers its workload's name. IPv4 and IPv6. */
final class Nginx {
    static final int HTTP = BackendProgram.HTTP;

    private static final String CONFIGURATION = """
            daemon off;
            master_process off;
            error_log stderr;
            pid DIRECTORY/pid;
            events {}
            http {
                access_log off;
                client_body_temp_path DIRECTORY;
                proxy_temp_path DIRECTORY;
                fastcgi_temp_path DIRECTORY;
                uwsgi_temp_path DIRECTORY;
                scgi_temp_path DIRECTORY;
                server {
                    listen [::]:HTTP ipv6only=off;
                    location / { return 200 WORKLOAD; }
                }
            }
            """;

    private Nginx() {}

    /** Starts it in a workload's namespace. It does not say when it listens: the service's health check does. It ends with the lab. */
    static Process start(NamespaceLab lab, Path directory, String workload) {
        try {
            Path own = Files.createDirectory(directory.resolve("nginx-" + workload));
            Path file = Files.writeString(
                    own.resolve("nginx.conf"),
                    CONFIGURATION
                            .replace("DIRECTORY", own.toString())
                            .replace("HTTP", String.valueOf(HTTP))
                            .replace("WORKLOAD", workload));
            return lab.start(workload, "/usr/sbin/nginx", "-e", "stderr", "-p", own.toString(), "-c", file.toString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
