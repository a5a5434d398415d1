/*
 * Delivery while all goes well: outcomes, retries, repeated requests, order, time, pauses.
 */
#include "support/bodies.h"

/* ---- outcomes ---- */

typedef struct outcome_row {
    const char *name;
    const char *topic, *data, *reply_topic;
    int fails;
    const char *ran;  /* in the first second and a half */
    int64_t state;    /* of the row; -1: none is left */
    const char *sent; /* first of it; NULL: nothing */
    int64_t failures;
} outcome_row;

static const outcome_row outcome_rows[] = {
    {"ok event", "event", "a", "", 0, "a.1", -1, NULL, 0},
    {"ok event with a reply topic", "event", "a", "back", 0, "a.1", -1, NULL, 0},
    {"ok command", "command", "a", "back", 0, "a.1", -1, "back|a|reply", 0},
    {"ok command, nobody waits", "command", "a", "", 0, "a.1", -1, NULL, 0},
    {"sends", "event", "s", "", 0, "s.1", -1, "stock|s|sent", 0},
    {"refused event", "event", "r", "", 0, "r.1", MN_WORK_DEAD, NULL, 1},
    {"refused command", "command", "r", "back", 0, "r.1", -1, "back|r|reply", 0},
    {"refused command, nobody waits", "command", "r", "", 0, "r.1", MN_WORK_DEAD, NULL, 1},
    {"fault of an event", "event", "f", "", 9, "f.1 f.2", MN_WORK_DELAYED, NULL, 2},
    {"fault of an event, once", "event", "f", "", 1, "f.1 f.2", -1, "stock|f|sent", 0},
    {"fault of a command", "command", "f", "back", 9, "f.1", -1, "back|f|reply", 0},
    {"fault of a command, nobody waits", "command", "f", "", 9, "f.1 f.2", MN_WORK_DELAYED, NULL,
     2},
    {"fault of a row that retries", "again", "f", "back", 9, "f.1 f.2", MN_WORK_DELAYED, NULL, 2},
    {"asks for death", "event", "d", "", 0, "d.1", MN_WORK_DEAD, NULL, 1},
    {"asks for death with a caller", "command", "d", "back", 0, "d.1", MN_WORK_DEAD, "back|d|reply",
     1},
    {"drops", "event", "x", "", 0, "x.1", -1, NULL, 0},
    {"asks for later", "event", "l", "", 0, "l.1", MN_WORK_DELAYED, NULL, 1},
};

static minos_rc outcomes(void *argument)
{
    service *self = argument;

    for (size_t i = 0; i < mn_count_of(outcome_rows); i++) {
        const outcome_row *row = &outcome_rows[i];
        int64_t state;
        print_message("    %s\n", row->name);
        fixture_drop(&self->files);
        fixture_make(&self->files);
        self->ran_count = self->sent_count = 0;
        self->fails_left = row->fails;
        open_service(self);
        assert_ok(receive(self, row->topic, row->data, row->reply_topic));
        assert_ok(mn_sim_advance(1500 * MINOS_MS));
        assert_string_equal(what_ran(self), row->ran);
        state = tell(self, "SELECT state FROM minos_work").number;
        assert_int_equal(state, row->state);
        assert_sql(self, "SELECT count(*) FROM minos_failure", row->failures);
        if (row->sent == NULL)
            assert_int_equal(self->sent_count, 0);
        else
            assert_string_equal(self->sent[0], row->sent);
        check_tables(self, row->state < 0 ? 0 : 1);
        close_service(self);
    }
    return MINOS_OK;
}

/* Ten attempts, each later than the one before, then dead; requeued it begins anew. */
static minos_rc retries(void *argument)
{
    service *self = argument;

    open_service(self);
    self->fails_left = 10;
    assert_ok(receive(self, "event", "f", ""));
    assert_ok(mn_sim_advance(MINOS_H));
    assert_int_equal(self->ran_count, 10);
    assert_int_equal(self->log[9].attempt, 10);
    assert_sql(self, "SELECT state FROM minos_work", MN_WORK_DEAD);
    assert_sql(self, "SELECT count(*) FROM minos_failure", 10);
    assert_int_equal(self->sent_count, 0);
    assert_fails(mn_delivery_requeue(self->delivery, 77, NULL), MINOS_ENOTFOUND, "no row 77");
    assert_ok(mn_delivery_requeue(self->delivery, 1, NULL));
    assert_ok(mn_sim_advance(MINOS_S));
    assert_int_equal(self->log[10].attempt, 11);
    assert_int_equal(self->sent_count, 1);
    check_tables(self, 0);
    assert_sql(self, "SELECT count(*) FROM minos_failure", 0);
    assert_ok(receive(self, "event", "d", ""));
    assert_ok(mn_sim_advance(MINOS_S));
    check_tables(self, 1);
    assert_ok(mn_delivery_drop(self->delivery, 2));
    assert_fails(mn_delivery_drop(self->delivery, 2), MINOS_ENOTFOUND, "no row 2");
    check_tables(self, 0);
    close_service(self);
    return MINOS_OK;
}

/* ---- repeated requests ---- */

static minos_rc duplicates(void *argument)
{
    service *self = argument;
    mn_incoming again = {.topic = MINOS_VIEW("command"),
                         .identifier = MINOS_VIEW("other"),
                         .token = MINOS_VIEW("wait"),
                         .reply_topic = MINOS_VIEW("elsewhere"),
                         .data = MINOS_VIEW("wait")};

    open_service(self);
    assert_ok(receive(self, "command", "wait", "back"));
    assert_ok(mn_sim_settle());
    assert_int_equal(self->ran_count, 1);
    assert_ok(mn_delivery_receive(self->delivery, &again)); /* it runs: the newest caller counts */
    minos_semaphore_release(self->gate);
    assert_ok(mn_sim_advance(MINOS_S));
    assert_int_equal(self->sent_count, 1);
    assert_string_equal(self->sent[0], "elsewhere|other|reply");
    assert_ok(receive(self, "command", "wait", "back")); /* it is done: the stored reply */
    assert_ok(mn_sim_advance(MINOS_S));
    assert_string_equal(self->sent[1], "back|wait|reply");
    close_service(self);

    open_service(self); /* marks are read again */
    assert_ok(receive(self, "command", "wait", "back"));
    assert_ok(mn_sim_advance(MINOS_S));
    assert_int_equal(self->sent_count, 3);
    assert_ok(mn_sim_advance(11 * MINOS_MIN));
    assert_sql(self, "SELECT count(*) FROM minos_dedup WHERE reply IS NOT NULL", 0);
    assert_ok(receive(self, "command", "wait", "back")); /* the reply is forgotten, the mark not */
    assert_ok(mn_sim_advance(MINOS_S));
    assert_int_equal(self->sent_count, 3);
    assert_int_equal(self->ran_count, 1);
    assert_ok(receive(self, "event", "wait", "")); /* another topic */
    minos_semaphore_release(self->gate);
    assert_ok(mn_sim_advance(25 * MINOS_H));
    assert_int_equal(self->ran_count, 2);
    assert_sql(self, "SELECT count(*) FROM minos_dedup", 0);
    assert_ok(receive(self, "event", "wait", ""));
    minos_semaphore_release(self->gate);
    assert_ok(mn_sim_advance(MINOS_S));
    assert_int_equal(self->ran_count, 3);
    check_tables(self, 0);
    close_service(self);
    return MINOS_OK;
}

/* ---- order, priority, concurrency ---- */

static minos_rc keys(void *argument)
{
    service *self = argument;

    open_service(self);
    self->fails_left = 2;
    assert_ok(receive_keyed(self, "event", "f1", "k", 0));
    assert_ok(receive_keyed(self, "event", "a2", "k", 0));
    assert_ok(receive_keyed(self, "event", "a3", "k", 0));
    assert_ok(receive_keyed(self, "event", "b1", "other", 0));
    assert_ok(mn_sim_settle());
    assert_string_equal(what_ran(self), "f1.1 b1.1"); /* a head in backoff holds its key */
    assert_sql(self, "SELECT count(*) FROM minos_work WHERE state = 1", 2);
    assert_ok(mn_sim_advance(10 * MINOS_S));
    assert_string_equal(what_ran(self), "f1.1 b1.1 f1.2 f1.3 a2.1 a3.1");
    check_tables(self, 0);

    self->ran_count = 0; /* a dead one lets the next pass, unless the handler says otherwise */
    assert_ok(receive_keyed(self, "event", "d1", "k", 0));
    assert_ok(receive_keyed(self, "event", "a4", "k", 0));
    assert_ok(receive_keyed(self, "held", "d2", "k", 0));
    assert_ok(receive_keyed(self, "held", "a5", "k", 0));
    assert_ok(mn_sim_advance(30 * MINOS_S));
    assert_string_equal(what_ran(self), "d1.1 a4.1 d2.1");
    assert_ok(
        mn_delivery_drop(self->delivery, tell(self, "SELECT id FROM minos_work WHERE state = 4 AND"
                                                    " handler = 'held'")
                                             .number));
    assert_ok(mn_sim_advance(2 * MINOS_S));
    assert_string_equal(what_ran(self), "d1.1 a4.1 d2.1 a5.1");
    check_tables(self, 1);
    close_service(self);
    return MINOS_OK;
}

static minos_rc priorities(void *argument)
{
    service *self = argument;
    char word[8];

    open_service(self);
    assert_ok(receive_keyed(self, "one", "w0", "", 0)); /* keeps the only place */
    for (int i = 0; i < 10; i++) {
        snprintf(word, sizeof word, "%c%d", i == 0 ? 'o' : 'n', i);
        assert_ok(receive_keyed(self, "one", word, "", i == 0 ? 9 : i < 9 ? 2 : 1));
    }
    assert_sql(self, "SELECT count(*) FROM minos_work WHERE state = 0", 10);
    minos_semaphore_release(self->gate);
    assert_ok(mn_sim_advance(2 * MINOS_S));
    assert_string_equal(what_ran(self), "w0.1 n9.1 n1.1 n2.1 n3.1 n4.1 n5.1 n6.1 o0.1 n7.1 n8.1");
    assert_int_equal(self->most_running, 1);
    check_tables(self, 0);
    close_service(self);
    return MINOS_OK;
}

/* ---- time ---- */

static minos_rc times(void *argument)
{
    service *self = argument;
    int64_t now = minos_timestamp_now();
    mn_incoming later = {.topic = MINOS_VIEW("event"),
                         .data = MINOS_VIEW("after"),
                         .not_before = now + 60 * 1000000};
    mn_incoming late = {
        .topic = MINOS_VIEW("event"), .data = MINOS_VIEW("late"), .expires_at = now + 5 * 1000000};

    open_service(self);
    assert_ok(mn_delivery_receive(self->delivery, &later));
    assert_ok(mn_sim_advance(59 * MINOS_S));
    assert_int_equal(self->ran_count, 0);
    assert_ok(mn_sim_advance(2 * MINOS_S));
    assert_string_equal(what_ran(self), "after.1");

    now = minos_timestamp_now(); /* the clock falls a day: the length of the delay counts */
    later.not_before = now + 60 * 1000000;
    assert_ok(mn_delivery_receive(self->delivery, &later));
    mn_sim_wall_step(-24 * MINOS_H);
    assert_ok(mn_sim_advance(50 * MINOS_S));
    assert_int_equal(self->ran_count, 1);
    assert_ok(mn_sim_advance(30 * MINOS_S));
    assert_int_equal(self->ran_count, 2);

    late.expires_at = minos_timestamp_now() + 5 * 1000000; /* never tried: dropped */
    assert_ok(mn_delivery_pause(self->delivery, "event"));
    assert_ok(mn_delivery_receive(self->delivery, &late));
    assert_ok(mn_sim_advance(6 * MINOS_S));
    assert_ok(mn_delivery_resume(self->delivery, "event"));
    assert_ok(mn_sim_advance(2 * MINOS_S));
    assert_int_equal(self->ran_count, 2);
    assert_int_equal(mn_delivery_stats_of(self->delivery).expired, 1);
    check_tables(self, 0);

    late.data = MINOS_VIEW("f"); /* tried: dead */
    late.expires_at = minos_timestamp_now() + 200000;
    self->fails_left = 5;
    assert_ok(mn_delivery_receive(self->delivery, &late));
    assert_ok(mn_sim_advance(5 * MINOS_S));
    assert_int_equal(self->ran_count, 3);
    assert_sql(self, "SELECT state FROM minos_work", MN_WORK_DEAD);
    check_tables(self, 1);
    close_service(self);
    return MINOS_OK;
}

static minos_rc pauses(void *argument)
{
    service *self = argument;

    open_service(self);
    assert_ok(mn_delivery_pause(self->delivery, "event"));
    assert_ok(receive(self, "event", "a", ""));
    assert_ok(receive(self, "one", "b", ""));
    assert_ok(mn_sim_advance(MINOS_S));
    assert_string_equal(what_ran(self), "b.1");
    close_service(self);
    open_service(self);
    assert_ok(mn_sim_advance(20 * MINOS_S));
    assert_string_equal(what_ran(self), "b.1");
    assert_ok(mn_delivery_resume(self->delivery, "event"));
    assert_ok(mn_sim_advance(MINOS_S));
    assert_string_equal(what_ran(self), "b.1 a.1");
    check_tables(self, 0);
    close_service(self);
    return MINOS_OK;
}

static const body bodies[] = {
    {"outcomes", outcomes},     {"retries", retries}, {"duplicates", duplicates}, {"keys", keys},
    {"priorities", priorities}, {"times", times},     {"pauses", pauses},
};

static void test_simulated(void **state)
{
    (void)state;
    run_simulated(bodies, mn_count_of(bodies));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_simulated)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
