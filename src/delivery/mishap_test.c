/*
 * Delivery while things go wrong: rows put aside, fences, deaths, the broker away, a store that
 * fails, a process that is killed.
 */
#include "support/bodies.h"

#include <signal.h>
#include <sys/wait.h>

/* ---- what cannot be handled, and room ---- */

static minos_rc aside_and_room(void *argument)
{
    service *self = argument;
    mn_incoming broken = {.topic = MINOS_VIEW("both"),
                          .data = MINOS_VIEW("\x01\x02"),
                          .undecodable = MINOS_VIEW("no Avro")};
    char word[8];
    int stored = 0;

    open_service(self);
    assert_ok(mn_delivery_receive(self->delivery, &broken));
    assert_ok(receive(self, "both", "a", ""));
    assert_ok(receive(self, "nobody", "a", ""));
    assert_ok(mn_sim_advance(MINOS_S));
    assert_int_equal(self->ran_count, 2);
    assert_int_equal(mn_delivery_stats_of(self->delivery).unhandled, 1);
    assert_sql(self, "SELECT count(*) FROM minos_work WHERE state = 4", 2);
    assert_string_equal(tell(self, "SELECT last_error FROM minos_work").text, "no Avro");
    check_tables(self, 2);
    tell(self, "UPDATE minos_work SET handler = 'old', state = 0 WHERE id = 1"); /* unknown */
    assert_ok(mn_sim_advance(30 * MINOS_S));
    assert_int_equal(self->ran_count, 2);
    assert_ok(mn_delivery_requeue(self->delivery, 1, "both1"));
    assert_ok(mn_sim_advance(MINOS_S));
    assert_int_equal(self->ran_count, 3);

    assert_ok(mn_delivery_pause(self->delivery, "small"));
    for (int i = 0; i < 12; i++) {
        snprintf(word, sizeof word, "%d", i);
        stored += receive(self, "small", word, "") == MINOS_OK;
    }
    assert_int_equal(stored, 10);
    assert_string_equal(self->topic_closed, "small");
    assert_fails(receive(self, "small", "more", ""), MINOS_EFULL, "no room");
    assert_ok(receive(self, "event", "a", "")); /* others go on */
    assert_ok(mn_delivery_resume(self->delivery, "small"));
    assert_ok(mn_sim_advance(MINOS_S));
    assert_string_equal(self->topic_closed, "");
    assert_ok(receive(self, "small", "more", ""));
    assert_ok(mn_sim_advance(MINOS_S));
    check_tables(self, 1);
    close_service(self);
    return MINOS_OK;
}

/* ---- fences and deaths ---- */

static minos_rc fences(void *argument)
{
    service *self = argument;

    open_service(self);
    assert_ok(receive(self, "event", "w", ""));
    assert_ok(mn_sim_settle());
    tell(self, "UPDATE minos_work SET attempt = attempt + 1, owner = 1"); /* another has it now */
    minos_semaphore_release(self->gate);
    assert_ok(mn_sim_advance(500 * MINOS_MS));
    assert_int_equal(mn_delivery_stats_of(self->delivery).zombies, 1);
    assert_int_equal(mn_delivery_stats_of(self->delivery).finished, 0);
    assert_sql(self, "SELECT count(*) FROM minos_work WHERE state = 3 AND owner = 1", 1);
    assert_int_equal(self->sent_count, 0);
    close_service(self);
    return MINOS_OK;
}

typedef struct death_row {
    const char *name;
    int64_t work_id; /* named: 1 is ours */
    bool by_fault;
    int deaths;    /* of owners, one after the other */
    int64_t state; /* of row 1 in the end */
    int64_t state_beside;
} death_row;

static const death_row death_rows[] = {
    {"killed from outside", 0, false, 9, MN_WORK_READY, MN_WORK_READY},
    {"by its fault once", 1, true, 1, MN_WORK_READY, MN_WORK_READY},
    {"by its fault twice", 1, true, 2, MN_WORK_QUARANTINED, MN_WORK_READY},
    {"by a fault of nobody, four times", 0, true, 4, MN_WORK_READY, MN_WORK_READY},
    {"by a fault of nobody, five times", 0, true, 5, MN_WORK_QUARANTINED, MN_WORK_QUARANTINED},
};

static minos_rc deaths(void *argument)
{
    service *self = argument;

    for (size_t i = 0; i < mn_count_of(death_rows); i++) {
        const death_row *row = &death_rows[i];
        print_message("    %s\n", row->name);
        fixture_drop(&self->files);
        fixture_make(&self->files);
        self->ran_count = 0;
        open_service(self);
        assert_ok(mn_delivery_pause(self->delivery, "event"));
        assert_ok(receive(self, "event", "a", ""));
        assert_ok(receive(self, "event", "b", ""));
        self->death =
            (mn_death){.by_fault = row->by_fault, .work_id = row->work_id, .report = "signal 11"};
        for (int death = 0; death < row->deaths; death++) {
            tell(self, "INSERT OR REPLACE INTO minos_owner(owner, slot) VALUES(5, 99)");
            tell(self, "UPDATE minos_work SET state = 3, owner = 5, attempt = attempt + 1"
                       " WHERE state = 0");
            assert_ok(mn_sim_advance(3 * MINOS_S));
        }
        assert_sql(self, "SELECT state FROM minos_work WHERE id = 1", row->state);
        assert_sql(self, "SELECT state FROM minos_work WHERE id = 2", row->state_beside);
        assert_sql(self, "SELECT attempt FROM minos_work WHERE id = 1", row->deaths);
        self->death.by_fault = false;
        assert_ok(mn_delivery_resume(self->delivery, "event"));
        assert_ok(mn_sim_advance(3 * MINOS_S));
        check_tables(self, (row->state == MN_WORK_QUARANTINED) +
                               (row->state_beside == MN_WORK_QUARANTINED));
        close_service(self);
    }
    return MINOS_OK;
}

/* ---- two owners on one store ---- */

static minos_rc two_owners(void *argument)
{
    service *self = argument;
    mn_delivery *first, *second;
    char word[8];

    open_service(self);
    first = self->delivery;
    assert_ok(mn_delivery_start(&self->options, &second));
    for (int i = 0; i < 40; i++) {
        snprintf(word, sizeof word, "%02d", i);
        self->delivery = i % 2 == 0 ? first : second;
        assert_ok(receive_keyed(self, "event", word, "k", 0));
        self->delivery = i % 2 != 0 ? first : second;
        assert_ok(receive_keyed(self, "event", word, "k", 0)); /* a duplicate for the other */
    }
    assert_ok(mn_sim_advance(MINOS_MIN));
    assert_int_equal(self->ran_count, 40);
    for (int i = 0; i < 40; i++)
        assert_int_equal(atoi(self->log[i].data), i);
    mn_delivery_stop(second, minos_deadline_in(0));
    self->delivery = first;
    check_tables(self, 0);
    assert_sql(self, "SELECT count(*) FROM minos_owner", 1);
    close_service(self);
    return MINOS_OK;
}

/* ---- the outbox ---- */

static minos_rc relays(void *argument)
{
    service *self = argument;
    mn_outgoing messages[] = {
        {.topic = MINOS_VIEW("refused"), .key = MINOS_VIEW("k"), .identifier = MINOS_VIEW("1")},
        {.topic = MINOS_VIEW("t"), .key = MINOS_VIEW("k"), .identifier = MINOS_VIEW("2")},
        {.topic = MINOS_VIEW("t"), .key = MINOS_VIEW("k"), .identifier = MINOS_VIEW("3")},
        {.topic = MINOS_VIEW("t"), .identifier = MINOS_VIEW("4")},
    };
    mn_outgoing nowhere = {.topic = MINOS_VIEW("")};

    open_service(self);
    self->away = true;
    assert_fails(mn_delivery_send(self->delivery, &nowhere, 1), MINOS_EINVAL, "topic");
    assert_ok(mn_delivery_send(self->delivery, messages, 4));
    assert_ok(mn_sim_advance(MINOS_MIN));
    assert_sql(self, "SELECT count(*) FROM minos_outbox", 4);
    close_service(self);
    open_service(self);
    self->away = false;
    assert_ok(mn_sim_advance(MINOS_MIN));
    assert_int_equal(self->sent_count, 3);
    assert_string_equal(self->sent[0], "t|2|");
    assert_string_equal(self->sent[1], "t|4|"); /* 3 waits for 2's confirmation */
    assert_string_equal(self->sent[2], "t|3|");
    assert_sql(self, "SELECT count(*) FROM minos_outbox WHERE state = 1", 1);
    assert_string_equal(tell(self, "SELECT last_error FROM minos_outbox").text, "no such topic");
    close_service(self);
    return MINOS_OK;
}

/* ---- faults of the store at every point ---- */

/* Where a word was sent first; -1: never. */
static int sent_at(const service *self, const char *word)
{
    char line[64];
    snprintf(line, sizeof line, "stock|%s|sent", word);
    for (size_t i = 0; i < self->sent_count; i++)
        if (strcmp(self->sent[i], line) == 0)
            return (int)i;
    return -1;
}

/* What was accepted is sent, twice if the relay could not note it; nothing else; in order. */
static void check_sent(const service *self, const char *const *words, const bool *accepted,
                       const char *what, int hit)
{
    int last = -1; /* of the key */

    for (int i = 0; i < 6; i++) {
        int at = sent_at(self, words[i]);
        if ((at >= 0) != accepted[i])
            fail_msg("%s at hit %d: %s", what, hit, words[i]);
        if (i % 2 == 0 && accepted[i] && at < last)
            fail_msg("%s at hit %d: %s out of order", what, hit, words[i]);
        if (i % 2 == 0 && accepted[i])
            last = at;
    }
}

static minos_rc faults(void *argument)
{
    static const char *const words[] = {"s1", "s2", "f3", "s4", "s5", "s6"};
    static const mn_fault points[] = {MN_FAULT_STORE_BEFORE_BEGIN, MN_FAULT_STORE_BEFORE_OPERATION,
                                      MN_FAULT_STORE_BEFORE_RELEASE, MN_FAULT_STORE_BEFORE_COMMIT,
                                      MN_FAULT_STORE_COMMIT_FULL};
    service *self = argument;

    for (size_t point = 0; point < mn_count_of(points); point++)
        for (int hit = 1; hit <= 40; hit++) {
            bool accepted[6];
            fixture_drop(&self->files);
            fixture_make(&self->files);
            self->ran_count = self->sent_count = 0;
            self->fails_left = 1;
            open_service(self);
            mn_fault_arm(points[point], hit, MN_FAULT_FAIL);
            for (int i = 0; i < 6; i++) {
                accepted[i] = receive_keyed(self, "event", words[i], i % 2 == 0 ? "k" : "",
                                            i % 3) == MINOS_OK;
                minos_ignore(mn_sim_settle()); /* lets some of it run in between */
            }
            assert_ok(mn_sim_advance(MINOS_MIN));
            mn_fault_reset();
            assert_ok(mn_sim_advance(MINOS_MIN));
            close_service(self);
            open_service(self);
            assert_ok(mn_sim_advance(MINOS_MIN));
            check_tables(self, 0);
            assert_sql(self, "SELECT count(*) FROM minos_outbox", 0);
            check_sent(self, words, accepted, mn_fault_name(points[point]), hit);
            close_service(self);
        }
    return MINOS_OK;
}

static const body bodies[] = {
    {"aside and room", aside_and_room}, {"fences", fences}, {"deaths", deaths},
    {"two owners", two_owners},         {"relays", relays}, {"faults", faults},
};

static void test_simulated(void **state)
{
    (void)state;
    run_simulated(bodies, mn_count_of(bodies));
}

/* ---- a killed process, in real time ---- */

static minos_rc run_until_killed(void *argument)
{
    service *self = argument;
    open_service(self);
    assert_ok(receive(self, "event", "w", ""));
    raise(SIGKILL);
    return MINOS_OK;
}

static minos_rc run_again(void *argument)
{
    service *self = argument;

    open_service(self);
    assert_int_equal(mn_delivery_stats_of(self->delivery).reclaimed, 1);
    minos_semaphore_release(self->gate);
    while (mn_delivery_stats_of(self->delivery).finished == 0)
        assert_ok(minos_yield());
    assert_string_equal(what_ran(self), "w.2"); /* the attempt that died counts */
    assert_ok(receive(self, "event", "w", ""));
    assert_int_equal(mn_delivery_stats_of(self->delivery).duplicates, 1);
    check_tables(self, 0);
    close_service(self);
    return MINOS_OK;
}

static void test_killed(void **state)
{
    static service self;
    int status;
    pid_t pid;

    (void)state;
    memset(&self, 0, sizeof self);
    fixture_make(&self.files);
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        mn_on_fiber(run_until_killed, &self);
        _exit(1);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    mn_on_fiber(run_again, &self);
    fixture_drop(&self.files);
}

/* ---- killed at every step ---- */

static const char *const killed_words[] = {"s1", "s2", "f3", "s4", "s5", "s6"};

typedef struct victim {
    service *self;
    mn_fault point;
    int hit;
    int told; /* where it writes the number of each message that was accepted */
} victim;

static minos_rc receive_until_killed(void *argument)
{
    victim *it = argument;

    it->self->away = true; /* what is sent stays in the outbox, to be counted after the death */
    it->self->fails_left = 1;
    open_service(it->self);
    mn_fault_arm(it->point, it->hit, MN_FAULT_KILL);
    for (uint8_t i = 0; i < 6; i++) {
        assert_ok(receive_keyed(it->self, "event", killed_words[i], i % 2 == 0 ? "k" : "", i % 3));
        assert_int_equal(write(it->told, &i, 1), 1);
        assert_ok(mn_sim_settle());
    }
    assert_ok(mn_sim_advance(MINOS_MIN));
    close_service(it->self);
    return MINOS_OK;
}

/* The accepted are all there once; the one under way at the death may be. */
static minos_rc finish_after_death(void *argument)
{
    victim *it = argument;
    service *self = it->self;
    bool accepted[6] = {false};
    uint8_t i;

    while (read(it->told, &i, 1) == 1)
        accepted[i] = true;
    open_service(self);
    assert_ok(mn_sim_advance(MINOS_MIN));
    for (i = 0; i < 6; i++)
        if (sent_at(self, killed_words[i]) >= 0 && (i == 0 || accepted[i - 1]))
            accepted[i] = true; /* in doubt */
    check_tables(self, 0);
    assert_sql(self, "SELECT count(*) FROM minos_outbox", 0);
    check_sent(self, killed_words, accepted, mn_fault_name(it->point), it->hit);
    for (size_t a = 0; a < self->sent_count; a++)
        for (size_t b = 0; b < a; b++)
            assert_string_not_equal(self->sent[a], self->sent[b]);
    close_service(self);
    return MINOS_OK;
}

static void kill_once(mn_fault point, int hit, bool *ret_killed)
{
    static service self;
    victim it = {.self = &self, .point = point, .hit = hit};
    int ends[2], status;
    pid_t pid;

    memset(&self, 0, sizeof self);
    fixture_make(&self.files);
    assert_int_equal(pipe(ends), 0);
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        it.told = ends[1];
        _exit(mn_simulate((uint64_t)hit, "victim", receive_until_killed, &it) == MINOS_OK ? 0 : 1);
    }
    close(ends[1]);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    *ret_killed = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
    if (!*ret_killed && !(WIFEXITED(status) && WEXITSTATUS(status) == 0))
        fail_msg("%s at hit %d: the victim failed by itself", mn_fault_name(point), hit);
    it.told = ends[0];
    assert_ok(mn_simulate((uint64_t)hit + 1000, "heir", finish_after_death, &it));
    close(ends[0]);
    fixture_drop(&self.files);
}

static void test_killed_at_every_step(void **state)
{
    static const mn_fault points[] = {MN_FAULT_STORE_BEFORE_BEGIN, MN_FAULT_STORE_BEFORE_OPERATION,
                                      MN_FAULT_STORE_BEFORE_COMMIT, MN_FAULT_STORE_BEFORE_DONE};
    int kills = 0;

    (void)state;
    for (size_t point = 0; point < mn_count_of(points); point++) {
        bool killed = true;
        for (int hit = 1; hit <= 40 && killed; hit++) {
            kill_once(points[point], hit, &killed);
            kills += killed;
        }
    }
    assert_true(kills > 60);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_simulated),
                                       cmocka_unit_test(test_killed),
                                       cmocka_unit_test(test_killed_at_every_step)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
