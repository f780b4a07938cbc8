package io.dunlin.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** When backends are asked, and what follows from their answers, on virtual time. The questions themselves: {@link HealthProbeTest}. */
class HealthChecksTest {
    private static final HealthCheck CHECK =
            HealthCheck.tcp(80).interval(Duration.ofSeconds(5)).retries(3);

    private final ByHand time = new ByHand();
    private final Deque<Runnable> questions = new ArrayDeque<>();
    private final HealthChecks checks = new HealthChecks(new Object(), time, questions::add);
    private final Scripted web = new Scripted();

    /** Turns run when the test says what time it is. */
    private static final class ByHand extends ScheduledThreadPoolExecutor {
        private final Map<ScheduledFuture<?>, Turn> turns = new HashMap<>();
        private long nowMillis;

        private record Turn(Runnable task, long from, long every) {}

        ByHand() {
            super(1);
            setRemoveOnCancelPolicy(true);
        }

        @Override
        public ScheduledFuture<?> scheduleAtFixedRate(Runnable task, long first, long every, TimeUnit unit) {
            ScheduledFuture<?> never = super.schedule(task, 1, TimeUnit.DAYS);
            turns.put(never, new Turn(task, nowMillis + unit.toMillis(first), unit.toMillis(every)));
            return never;
        }

        void goTo(long millis) {
            for (; nowMillis <= millis; nowMillis++) {
                turns.forEach((future, turn) -> {
                    if (!future.isCancelled() && nowMillis >= turn.from && (nowMillis - turn.from) % turn.every == 0) {
                        turn.task.run();
                    }
                });
            }
        }
    }

    /** Answers as it is told. */
    private static final class Scripted implements HealthChecks.Asked {
        private final List<Boolean> found = new ArrayList<>();
        private boolean serves = true;
        private int asked;

        @Override
        public boolean answers(HealthCheck how) {
            asked++;
            return serves;
        }

        @Override
        public void found(boolean nowServes) {
            found.add(nowServes);
        }
    }

    @AfterEach
    void stop() {
        checks.stop();
    }

    private void goTo(long millis) {
        time.goTo(millis);
        answerAll();
    }

    private void answerAll() {
        for (Runnable question = questions.poll(); question != null; question = questions.poll()) {
            question.run();
        }
    }

    @Test
    void asksAtOnceAndTheFirstSilenceCounts() {
        web.serves = false;
        checks.revise(Map.of(web, CHECK));
        goTo(0);
        assertThat(web.found).containsExactly(false);
    }

    @Test
    void oneThatAnsweredIsLostAfterAsManySilencesAsItIsGivenAndBackWithOneAnswer() {
        checks.revise(Map.of(web, CHECK));
        goTo(0);
        assertThat(web.found).containsExactly(true);
        web.serves = false;
        goTo(5_000);
        goTo(10_000);
        assertThat(web.found).containsExactly(true);
        web.serves = true;
        goTo(15_000);
        web.serves = false;
        goTo(20_000);
        goTo(25_000);
        assertThat(web.found).containsExactly(true, true);
        goTo(29_999);
        assertThat(web.found).hasSize(2);
        goTo(30_000);
        assertThat(web.found).containsExactly(true, true, false);
        web.serves = true;
        goTo(35_000);
        assertThat(web.found).endsWith(false, true);
    }

    @Test
    void aQuestionThatIsDueWhileAnotherIsUnderWayFollowsItAndNoMoreThanOne() {
        checks.revise(Map.of(web, CHECK));
        time.goTo(15_000); // four turns, none answered yet
        assertThat(questions).hasSize(1);
        answerAll();
        assertThat(web.asked).isEqualTo(2);
        goTo(20_000);
        assertThat(web.asked).isEqualTo(3);
    }

    @Test
    void whatIsAskedOtherwiseOrNoMoreIsNotAnsweredByAnOldQuestion() {
        checks.revise(Map.of(web, CHECK));
        time.goTo(0);
        checks.revise(Map.of(web, CHECK.retries(2)));
        answerAll();
        assertThat(web.found).isEmpty();
        goTo(1); // the new check began at its own time
        assertThat(web.found).containsExactly(true);
        time.goTo(5_001);
        checks.revise(Map.of());
        answerAll();
        goTo(60_000);
        assertThat(web.found).containsExactly(true);
        assertThat(time.getQueue()).isEmpty();
    }

    @Test
    void whoIsAskedAsBeforeGoesOnAsBefore() {
        checks.revise(Map.of(web, CHECK));
        goTo(0);
        checks.revise(Map.of(web, CHECK, new Scripted(), CHECK));
        goTo(4_999);
        assertThat(web.asked).isOne();
    }

    @Test
    void nobodyIsAskedAfterTheEnd() {
        checks.revise(Map.of(web, CHECK));
        time.goTo(0);
        checks.stop();
        answerAll();
        assertThat(web.found).isEmpty();
        checks.revise(Map.of(new Scripted(), CHECK));
        assertThat(time.getQueue()).isEmpty();
    }

    @Test
    void aQuestionIsOverBeforeTheNextOne() {
        HealthCheck often = CHECK.interval(Duration.ofSeconds(1));
        assertThat(often.timeout()).isEqualTo(Duration.ofSeconds(1));
        assertThatThrownBy(() -> often.timeout(Duration.ofMillis(1001)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(
                        "health check with timeout PT1.001S and interval PT1S: a question is over before the next one");
    }
}
