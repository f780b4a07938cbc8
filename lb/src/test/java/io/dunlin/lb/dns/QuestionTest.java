package io.dunlin.lb.dns;

import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.vxlan.wire.Memory;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Type;

class QuestionTest {
    private static final byte[] QUERY = Asking.query("Example.com", Type.A).toWire();

    @Test
    void answerHasIdAndQuestionOfTheQuery() {
        assertThat(Question.isAnswered(QUERY, response("example.COM", Type.A, Asking.ID)))
                .isTrue();
        assertThat(Question.isAnswered(QUERY, response("example.com", Type.AAAA, Asking.ID)))
                .isFalse();
        assertThat(Question.isAnswered(QUERY, response("example.org", Type.A, Asking.ID)))
                .isFalse();
        assertThat(Question.isAnswered(QUERY, response("example.com", Type.A, Asking.ID + 1)))
                .isFalse();
        assertThat(Question.isAnswered(QUERY, QUERY)).as("a query").isFalse();
        assertThat(Question.isAnswered(QUERY, new byte[0])).isFalse();
    }

    @Test
    void answerThatIsCutIsNone() {
        byte[] response = response("example.com", Type.A, Asking.ID);
        for (int length = 0; length < response.length; length++) {
            assertThat(Question.isAnswered(QUERY, Arrays.copyOf(response, length)))
                    .isFalse();
        }
    }

    @Test
    void questionIsRestoredAsItWasAsked() throws Exception {
        byte[] answer = response("eXAMPLE.cOM", Type.A, 77);
        Question.restore(QUERY, answer);
        assertThat(new Message(answer).getQuestion().getName().toString()).isEqualTo("Example.com.");
        assertThat(new Message(answer).getHeader().getID()).isEqualTo(Asking.ID);
    }

    @Test
    void answerThatDoesNotFitIsCutToItsQuestion() throws Exception {
        byte[] answer =
                new Asking(Zones.backend()).bytes(Asking.query("rr", Type.A).toWire(), 512);
        Memory memory = Memory.of(answer);
        assertThat(Question.truncate(memory, 0, answer.length, answer.length)).isEqualTo(answer.length);
        int length = Question.truncate(memory, 0, answer.length, answer.length - 1);
        var cut = new Message(memory.toArray(0, length));
        assertThat(cut.getHeader().getFlag(Flags.TC)).isTrue();
        assertThat(cut.getQuestion().getName().toString()).isEqualTo("rr.");
    }

    private static byte[] response(String name, int type, int id) {
        Message response = Asking.query(name, type);
        response.getHeader().setFlag(Flags.QR);
        response.getHeader().setID(id);
        return response.toWire();
    }
}
