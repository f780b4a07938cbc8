package io.dunlin.cli.control;

import com.fasterxml.jackson.databind.JsonNode;
import io.dunlin.cli.outcome.BadInput;
import io.dunlin.node.OverlayNetwork;
import io.dunlin.node.OverlayNode;
import io.dunlin.node.OverlayService;
import java.io.IOException;
import java.time.Duration;
import java.util.List;

/** What a running node answers about its services. What it refuses is a {@link BadInput}. */
final class ServiceAnswers {
    private final OverlayNode node;

    ServiceAnswers(OverlayNode node) {
        this.node = node;
    }

    ServicesReply ls() {
        return new ServicesReply(node.networks().stream()
                .flatMap(network -> network.services().all().stream()
                        .map(status -> ServicesReply.Service.of(network.spec().name(), status)))
                .toList());
    }

    /** Makes a service, or joins in telling of it: as it is then. */
    ServicesReply create(JsonNode request) throws IOException {
        OverlayNetwork network = network(new RequestFields(request, "ask", "network", "service"));
        if (!request.hasNonNull("service")) {
            throw new BadInput("\"service\" is missing: {\"name\":SERVICE}");
        }
        try {
            OverlayService made = network.service(ServiceRequest.of(request.path("service")));
            return one(network, made.name());
        } catch (IllegalArgumentException | IllegalStateException e) {
            throw new BadInput(String.valueOf(e.getMessage()), e);
        }
    }

    ServicesReply inspect(JsonNode request) {
        var fields = new RequestFields(request, "ask", "network", "service");
        return one(network(fields), fields.required("service"));
    }

    /** Tells of a service no more: as it was. */
    ServicesReply rm(JsonNode request) {
        var fields = new RequestFields(request, "ask", "network", "service");
        OverlayNetwork network = network(fields);
        String name = fields.required("service");
        ServicesReply before = one(network, name);
        OverlayService own = network.services()
                .own(name)
                .orElseThrow(() -> new BadInput("service \"" + name + "\" is told by "
                        + before.services().getFirst().nodes() + ", not by node " + node.name()
                        + ": remove it there"));
        own.close();
        return before;
    }

    /** No new flows for a backend, or again: the service as it is then. */
    ServicesReply drain(JsonNode request) {
        var fields = new RequestFields(request, "ask", "network", "service", "backend", "millis", "resume");
        String name = fields.required("service");
        String backend = fields.required("backend");
        Duration within = fields.millis("millis");
        boolean isToResume = fields.yesOrNo("resume");
        if (isToResume == (within != null)) { // no time would mean none
            throw new BadInput("either \"millis\", after which what is left is reset, or \"resume\":true");
        }
        OverlayNetwork network = network(fields);
        ServicesReply.Service service = one(network, name).services().getFirst();
        if (service.backends().stream().noneMatch(each -> each.name().equals(backend))) {
            throw new BadInput("service \"" + name + "\" has no backend \"" + backend + "\": it has "
                    + service.backends().stream()
                            .map(ServicesReply.Backend::name)
                            .toList());
        }
        try {
            if (within == null) {
                network.services().resume(backend);
            } else {
                network.services().drain(backend, within);
            }
        } catch (IllegalArgumentException | IllegalStateException e) {
            throw new BadInput(String.valueOf(e.getMessage()), e);
        }
        return one(network, name);
    }

    private static ServicesReply one(OverlayNetwork network, String name) {
        return network.services()
                .status(name)
                .map(status -> new ServicesReply(
                        List.of(ServicesReply.Service.of(network.spec().name(), status))))
                .orElseThrow(() -> new BadInput("network \"" + network.spec().name() + "\" has no service \"" + name
                        + "\": overlay-node service ls shows those there are"));
    }

    /** The one that is named, or the only one. */
    private OverlayNetwork network(RequestFields request) {
        List<OverlayNetwork> all = node.networks();
        List<String> names = all.stream().map(network -> network.spec().name()).toList();
        String name = request.text("network");
        if (name == null) {
            if (all.size() == 1) {
                return all.getFirst();
            }
            throw new BadInput(
                    all.isEmpty()
                            ? "node " + node.name() + " is part of no network"
                            : "node " + node.name() + " is part of several networks, choose one with --network: "
                                    + String.join(", ", names));
        }
        int place = names.indexOf(name);
        if (place < 0) {
            throw new BadInput("node " + node.name() + " is not part of network \"" + name + "\": it is of " + names);
        }
        return all.get(place);
    }
}
