package io.dunlin.cli.control;

import com.fasterxml.jackson.databind.JsonNode;
import io.dunlin.cli.outcome.BadInput;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Takes the values out of a request. One that is of another kind than what is asked for, or that nobody asks for, is a {@link BadInput}: where it
 * would be passed over the node would do something else than it was told.
 */
final class RequestFields {
    private final JsonNode request;

    /** @param allowed every field that may be there */
    RequestFields(JsonNode request, String... allowed) {
        this.request = request;
        if (!request.isObject()) {
            throw new BadInput(request + " is no JSON object");
        }
        var known = List.of(allowed);
        request.fieldNames().forEachRemaining(field -> {
            if (!known.contains(field)) {
                throw new BadInput("\"" + field + "\": allowed here are " + String.join(", ", known));
            }
        });
    }

    private @Nullable JsonNode get(String field) {
        JsonNode value = request.get(field);
        return value == null || value.isNull() ? null : value;
    }

    String required(String field) {
        String value = text(field);
        if (value == null) {
            throw new BadInput("\"" + field + "\" is missing: a text");
        }
        return value;
    }

    @Nullable
    String text(String field) {
        JsonNode value = get(field);
        if (value == null) {
            return null;
        }
        if (!value.isTextual()) {
            throw new BadInput("\"" + field + "\" " + value + ": allowed is a text");
        }
        return value.textValue();
    }

    /** None where the field is not there. */
    List<String> texts(String field) {
        var texts = new ArrayList<String>();
        JsonNode value = get(field);
        if (value != null) {
            boolean isList = value.isArray() && value.valueStream().allMatch(JsonNode::isTextual);
            if (!isList) {
                throw new BadInput("\"" + field + "\" " + value + ": allowed is a list of texts");
            }
            value.forEach(each -> texts.add(each.textValue()));
        }
        return texts;
    }

    /** False where the field is not there. */
    boolean yesOrNo(String field) {
        JsonNode value = get(field);
        if (value != null && !value.isBoolean()) {
            throw new BadInput("\"" + field + "\" " + value + ": allowed are true and false");
        }
        return value != null && value.booleanValue();
    }

    @Nullable
    Integer whole(String field) {
        JsonNode value = get(field);
        if (value != null && !(value.isIntegralNumber() && value.canConvertToInt())) {
            throw new BadInput("\"" + field + "\" " + value + ": allowed is a whole number");
        }
        return value == null ? null : value.intValue();
    }

    @Nullable
    Duration millis(String field) {
        JsonNode value = get(field);
        if (value != null && !(value.isIntegralNumber() && value.canConvertToLong())) {
            throw new BadInput("\"" + field + "\" " + value + ": allowed is a whole number of milliseconds");
        }
        return value == null ? null : Duration.ofMillis(value.longValue());
    }
}
