/*
 * The queued publisher over a broker whose failures the test chooses, in virtual time.
 */
#include <string.h>

#include <minos/broker_queue.h>
#include <minos/log.h>

#include "base/alloc.h"
#include "base/env.h"
#include "broker/breaker.h"
#include "broker/driver.h"
#include "broker/message.h"
#include "broker/queue.h"
#include "broker/ring.h"
#include "fiber/fiber.h"
#include "fiber/simulation.h"
#include "support/support.h"

#define FAR (60 * MINOS_S)

/* ---- a broker to be told what to do ---- */

typedef struct fake {
    const char *script; /* a letter a call, then all succeed; see codes */
    const char *full;   /* a topic that takes no more; NULL: none */
    minos_duration delay;
    mn_ring got;
    size_t calls;
    int64_t call_times[64];
    bool is_closed;
} fake;

static fake broker;

static minos_rc rc_of(char letter)
{
    switch (letter) {
    case 'i':
        return MINOS_EIO;
    case 'c':
        return MINOS_ECLOSED;
    case 't':
        return MINOS_ETIMEDOUT;
    case 'b':
        return MINOS_ETOOBIG;
    case 'v':
        return MINOS_EINVAL;
    case 'n':
        return MINOS_ENOTSUP;
    default:
        return MINOS_OK;
    }
}

static minos_rc fake_publish(void *self, minos_message *message, bool is_reply,
                             minos_deadline deadline)
{
    minos_rc rc;
    (void)self;
    (void)deadline;

    assert_int_equal(is_reply, message->is_reply);
    broker.call_times[broker.calls++ % mn_count_of(broker.call_times)] = mn_now();
    if (broker.delay != 0)
        MINOS_TRY(minos_sleep(broker.delay));
    if (broker.full != NULL && minos_view_is(message->topic, broker.full))
        return minos_fail(MINOS_EFULL, "no room");
    if (broker.script == NULL || *broker.script == '\0') {
        mn_ring_put(&broker.got, minos_message_ref(message));
        return MINOS_OK;
    }
    rc = rc_of(*broker.script++);
    if (rc != MINOS_OK)
        return minos_fail(rc, "as the test said");
    mn_ring_put(&broker.got, minos_message_ref(message));
    return MINOS_OK;
}

static void fake_close(void *self)
{
    (void)self;
    broker.is_closed = true;
}

static const mn_broker_ops fake_ops = {
    .name = "fake", .publish = fake_publish, .publisher_close = fake_close};

static minos_publisher *queued_of(size_t records)
{
    minos_queue *queue = NULL;
    minos_publisher *publisher = NULL;
    void *self;

    assert_ok(minos_queue_new_memory(&(minos_queue_options){.records = records}, &queue));
    assert_ok(minos_publisher_new_queued(mn_publisher_make(&fake_ops, &self), queue, &publisher));
    return publisher;
}

static minos_rc try_send(minos_publisher *publisher, const char *topic, int64_t number,
                         bool is_reply)
{
    const minos_message_options options = {.topic = topic, .content = MINOS_VALUE(number)};
    minos_message *message = NULL;
    minos_rc rc;
    assert_ok(minos_message_new(&options, &message));
    rc = mn_publisher_publish(publisher, message, is_reply, minos_deadline_never());
    minos_message_unref(message);
    return rc;
}

static void send(minos_publisher *publisher, const char *topic, int64_t number)
{
    assert_ok(try_send(publisher, topic, number, false));
}

static void expect_got(int64_t number)
{
    minos_message *message = mn_ring_take(&broker.got);
    int64_t got;
    assert_non_null(message);
    assert_ok(minos_value_i64(minos_message_content(message), NULL, &got));
    assert_int_equal(got, number);
    minos_message_unref(message);
}

static void flush(minos_publisher *publisher)
{
    assert_ok(minos_publisher_flush(publisher, minos_deadline_in(FAR)));
}

/* ---- what was logged ---- */

static size_t warnings, errors;

static void count_lines(void *context, minos_level level, const char *line)
{
    (void)context;
    (void)line;
    warnings += level == MINOS_LEVEL_WARNING;
    errors += level == MINOS_LEVEL_ERROR;
}

/* ---- cases ---- */

static minos_rc sending_does_not_wait_for_the_broker(void *argument)
{
    minos_publisher *publisher = queued_of(0);
    const int64_t before = mn_now();
    (void)argument;

    broker.delay = MINOS_S;
    for (int64_t i = 0; i < 5; i++)
        send(publisher, "x", i);
    assert_int_equal(mn_now(), before);
    flush(publisher);
    assert_int_equal(mn_now() - before, 5 * MINOS_S);
    for (int64_t i = 0; i < 5; i++)
        expect_got(i);
    minos_publisher_free(publisher);
    assert_true(broker.is_closed);
    return MINOS_OK;
}

typedef struct failure_row {
    const char *name;
    const char *script; /* of the first calls */
    minos_duration expected;
    size_t calls; /* to send one message */
    size_t warnings;
    size_t errors;
    bool is_sent;
} failure_row;

#define E MN_BREAKER_ERROR_WAIT
#define B MN_BREAKER_BROKEN_WAIT
static const failure_row failure_rows[] = {
    {"none", "", 0, 1, 0, 0, true},
    {"one", "i", E, 2, 1, 0, true},
    {"closed", "c", E, 2, 1, 0, true},
    {"four, told once", "iiii", 4 * E, 5, 1, 0, true},
    {"five break the circuit", "iiiii", 4 * E + B, 6, 1, 0, true},
    {"failed trials", "iiiiiii", 4 * E + 3 * B, 8, 1, 0, true},
    {"too big", "b", 0, 1, 0, 1, false},
    {"not valid", "v", 0, 1, 0, 1, false},
    {"not supported", "n", 0, 1, 0, 1, false},
    {"fails, then too big", "ib", E, 2, 1, 1, false},
    {"topic without room", "t", MINOS_S, 2, 1, 0, true},
};
#undef E
#undef B

static minos_rc each_failure(void *argument)
{
    (void)argument;
    for (size_t i = 0; i < mn_count_of(failure_rows); i++) {
        const failure_row *row = &failure_rows[i];
        minos_publisher *publisher = queued_of(0);
        const int64_t before = mn_now();

        print_message("  %s\n", row->name);
        broker.script = row->script;
        broker.calls = warnings = errors = 0;
        send(publisher, "x", 7);
        flush(publisher);
        assert_int_equal(mn_now() - before, row->expected);
        assert_int_equal(broker.calls, row->calls);
        assert_int_equal(warnings, row->warnings);
        assert_int_equal(errors, row->errors);
        if (row->is_sent)
            expect_got(7);
        assert_int_equal(broker.got.count, 0);
        minos_publisher_free(publisher);
    }
    return MINOS_OK;
}

static minos_rc order_is_kept_over_failures(void *argument)
{
    minos_publisher *publisher = queued_of(0);
    (void)argument;

    broker.script = "..i.ti.";
    for (int64_t i = 0; i < 10; i++)
        send(publisher, "x", i);
    flush(publisher);
    for (int64_t i = 0; i < 10; i++)
        expect_got(i);
    minos_publisher_free(publisher);
    return MINOS_OK;
}

static minos_rc a_full_topic_holds_up_only_its_own(void *argument)
{
    minos_publisher *publisher = queued_of(0);
    (void)argument;

    broker.full = "full";
    warnings = 0;
    send(publisher, "full", 1);
    send(publisher, "free", 2);
    send(publisher, "full", 3);
    send(publisher, "free", 4);
    assert_fails(minos_publisher_flush(publisher, minos_deadline_in(100 * MINOS_MS)),
                 MINOS_ETIMEDOUT, "2 messages are not with the broker yet");
    expect_got(2);
    expect_got(4);
    assert_int_equal(broker.got.count, 0);
    assert_ok(minos_sleep(10 * MINOS_S));
    assert_int_equal(warnings, 1);
    broker.full = NULL;
    send(publisher, "full", 5);
    flush(publisher);
    expect_got(1);
    expect_got(3);
    expect_got(5);
    minos_publisher_free(publisher);
    return MINOS_OK;
}

static minos_rc a_reply_that_nobody_reads_is_given_up(void *argument)
{
    minos_publisher *publisher = queued_of(0);
    (void)argument;

    broker.full = "client";
    errors = 0;
    assert_ok(try_send(publisher, "client", 1, true));
    assert_ok(try_send(publisher, "other", 2, true));
    flush(publisher);
    expect_got(2);
    assert_int_equal(broker.calls, 2);
    assert_int_equal(errors, 1);
    minos_publisher_free(publisher);
    return MINOS_OK;
}

static minos_rc a_full_queue_makes_senders_wait(void *argument)
{
    minos_publisher *publisher = queued_of(2);
    const int64_t before = mn_now();
    (void)argument;

    broker.script = "iiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiii";
    send(publisher, "x", 0);
    assert_ok(minos_yield()); /* one is in the fiber's hand, two may wait */
    send(publisher, "x", 1);
    send(publisher, "x", 2);
    assert_int_equal(mn_now(), before);
    assert_fails(try_send(publisher, "x", 3, false), MINOS_ETIMEDOUT, "while publishing to x");
    assert_int_equal(mn_now() - before, MN_PUBLISH_WAIT);
    assert_rc(try_send(publisher, "x", 4, true), MINOS_ETIMEDOUT);
    assert_int_equal(mn_now() - before, MN_PUBLISH_WAIT + MN_REPLY_WAIT);
    broker.script = NULL;
    flush(publisher);
    for (int64_t i = 0; i < 3; i++)
        expect_got(i);
    minos_publisher_free(publisher);
    return MINOS_OK;
}

static minos_rc freeing_sends_what_is_queued(void *argument)
{
    minos_publisher *publisher = queued_of(0);
    (void)argument;

    broker.script = "ii";
    warnings = 0;
    for (int64_t i = 0; i < 5; i++)
        send(publisher, i % 2 == 0 ? "even" : "odd", i);
    minos_publisher_free(publisher);
    for (int64_t i = 0; i < 5; i++)
        expect_got(i);
    assert_int_equal(warnings, 1); /* of the outage, nothing was lost */
    return MINOS_OK;
}

static minos_rc freeing_gives_up_after_a_while(void *argument)
{
    static const struct {
        const char *name, *script, *full;
    } rows[] = {
        {"a broker that is down", "iiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiii", NULL},
        {"a topic that is full", NULL, "x"},
    };
    (void)argument;

    for (size_t i = 0; i < mn_count_of(rows); i++) {
        minos_publisher *publisher = queued_of(0);
        const int64_t before = mn_now();
        print_message("  %s\n", rows[i].name);
        broker.script = rows[i].script;
        broker.full = rows[i].full;
        warnings = 0;
        send(publisher, "x", 1);
        minos_publisher_free(publisher);
        assert_int_equal(mn_now() - before, 5 * MINOS_S);
        assert_int_equal(warnings, 2); /* of the failure, and of what was lost */
        assert_int_equal(broker.got.count, 0);
    }
    return MINOS_OK;
}

static minos_rc nobody_waits_for_a_cancelled_loop(void *argument)
{
    minos_publisher *publisher = queued_of(0);
    (void)argument;

    broker.script = "iiiiiiiiiiiiiiii";
    send(publisher, "x", 1);
    assert_ok(minos_yield());
    mn_loop_cancel_all();
    assert_rc(minos_publisher_flush(publisher, minos_deadline_never()), MINOS_ECLOSED);
    minos_publisher_free(publisher);
    return MINOS_OK;
}

/* ---- a queue that fails ---- */

static size_t dequeue_failures, done_failures, done_calls;

static minos_rc shaky_dequeue(void *self, minos_deadline deadline, minos_message **ret_message)
{
    if (dequeue_failures != 0) {
        dequeue_failures--;
        return minos_fail(MINOS_EIO, "no disk");
    }
    return mn_queue_memory.dequeue(self, deadline, ret_message);
}

static minos_rc shaky_done(void *self, minos_message *message)
{
    (void)self;
    (void)message;
    done_calls++;
    if (done_failures == 0)
        return MINOS_OK;
    done_failures--;
    return minos_fail(MINOS_EIO, "no disk");
}

static minos_rc a_queue_that_fails_is_asked_again(void *argument)
{
    minos_queue_ops ops = mn_queue_memory;
    minos_publisher *publisher = NULL;
    minos_queue *queue = NULL;
    void *self;
    (void)argument;

    ops.dequeue = shaky_dequeue;
    ops.done = shaky_done;
    dequeue_failures = 3;
    done_failures = 1;
    done_calls = warnings = 0;
    broker.script = ".b.";
    assert_ok(minos_queue_new(&ops, NULL, &queue));
    assert_ok(minos_publisher_new_queued(mn_publisher_make(&fake_ops, &self), queue, &publisher));
    for (int64_t i = 0; i < 3; i++)
        send(publisher, "x", i);
    flush(publisher);
    expect_got(0);
    expect_got(2);
    assert_int_equal(done_calls, 3); /* the dropped one too */
    assert_int_equal(warnings, 2);   /* of the queue's failures one, one of done */
    minos_publisher_free(publisher);
    return MINOS_OK;
}

/* ---- whatever happens ---- */

#define TOPICS 4
#define EACH   100

typedef struct sender {
    minos_publisher *publisher;
    int64_t topic;
} sender;

static minos_rc send_all(void *argument)
{
    sender *self = argument;
    char topic[2] = {(char)('a' + self->topic), '\0'};

    for (int64_t i = 0; i < EACH; i++) {
        uint8_t byte;
        mn_env->random(&byte, 1);
        MINOS_TRY(minos_sleep(byte * MINOS_MS));
        send(self->publisher, topic, self->topic * EACH + i);
    }
    return MINOS_OK;
}

/* Let the broker be down, or a topic full, for a while, over and over. */
static minos_rc trouble(void *argument)
{
    static const char *const scripts[] = {"i", "iiiiiii", "iiiiiiiiiii", ".i.c.i..i", "t", ""};
    static const char *const full[] = {NULL, NULL, "a", "c"};
    (void)argument;

    for (int i = 0; i < 40; i++) {
        uint8_t bytes[3];
        mn_env->random(bytes, sizeof bytes);
        broker.script = scripts[bytes[0] % mn_count_of(scripts)];
        broker.full = full[bytes[1] % mn_count_of(full)];
        MINOS_TRY(minos_sleep(bytes[2] * 5 * MINOS_MS));
    }
    broker.script = broker.full = NULL;
    return MINOS_OK;
}

static minos_rc all_arrives_in_order_once(void *argument)
{
    minos_publisher *publisher = queued_of(50);
    sender senders[TOPICS];
    int64_t next[TOPICS] = {0};
    minos_scope *scope = NULL;
    minos_message *message;
    (void)argument;

    assert_ok(minos_scope_new(&scope));
    for (int64_t i = 0; i < TOPICS; i++) {
        senders[i] = (sender){publisher, i};
        assert_ok(minos_scope_spawn(scope, "sender", send_all, &senders[i]));
    }
    assert_ok(minos_scope_spawn(scope, "trouble", trouble, NULL));
    assert_ok(minos_scope_join(scope, minos_deadline_never()));
    minos_scope_free(scope);
    flush(publisher);
    while ((message = mn_ring_take(&broker.got)) != NULL) {
        int64_t number;
        assert_ok(minos_value_i64(minos_message_content(message), NULL, &number));
        assert_int_equal(number % EACH, next[number / EACH]++);
        minos_message_unref(message);
    }
    for (int64_t i = 0; i < TOPICS; i++)
        assert_int_equal(next[i], EACH);
    minos_publisher_free(publisher);
    return MINOS_OK;
}

static void all_arrives_with_any_seed(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 100; seed++) {
        memset(&broker, 0, sizeof broker);
        print_message("  seed %d\n", (int)seed);
        assert_ok(mn_simulate(seed, "test", all_arrives_in_order_once, NULL));
        mn_ring_done(&broker.got);
    }
}

static minos_rc requests_go_past_the_queue(void *argument)
{
    minos_publisher *inner = queued_of(0), *publisher = NULL;
    minos_queue *queue = NULL;
    (void)argument;

    assert_ok(minos_queue_new_memory(NULL, &queue));
    assert_ok(minos_publisher_new_queued(inner, queue, &publisher)); /* two queues */
    assert_ok(try_send(mn_publisher_direct(publisher), "x", 1, false));
    expect_got(1); /* without a wait */
    send(publisher, "x", 2);
    flush(publisher);
    flush(inner);
    expect_got(2);
    minos_publisher_free(publisher);
    return MINOS_OK;
}

static minos_rc what_is_not_valid_is_refused(void *argument)
{
    minos_publisher *publisher = NULL;
    minos_queue *queue = NULL;
    void *self;
    (void)argument;

    assert_ok(minos_queue_new_memory(NULL, &queue));
    assert_rc(minos_publisher_new_queued(NULL, queue, &publisher), MINOS_EINVAL);
    minos_queue_free(queue); /* not taken */
    publisher = mn_publisher_make(&fake_ops, &self);
    assert_rc(minos_publisher_new_queued(publisher, NULL, &publisher), MINOS_EINVAL);
    assert_ok(minos_publisher_flush(publisher, minos_deadline_never())); /* without a queue */
    minos_publisher_free(publisher);
    publisher = queued_of(1);
    assert_rc(minos_publisher_send(publisher, NULL), MINOS_EINVAL);
    minos_publisher_free(publisher);
    return MINOS_OK;
}

static void outside_of_fibers_it_is_refused(void **state)
{
    minos_publisher *impl, *publisher = NULL;
    minos_queue *queue = NULL;
    void *self;
    (void)state;

    assert_ok(minos_queue_new_memory(NULL, &queue));
    impl = mn_publisher_make(&fake_ops, &self);
    assert_rc(minos_publisher_new_queued(impl, queue, &publisher), MINOS_ESTATE);
    assert_null(publisher);
    minos_publisher_free(impl);
    minos_queue_free(queue);
}

static void run(void **state)
{
    minos_fiber_fn **fn = *state;
    size_t alive = mn_messages_alive();
    memset(&broker, 0, sizeof broker);
    assert_ok(mn_simulate(1, "test", *fn, NULL));
    mn_ring_done(&broker.got);
    assert_int_equal(mn_messages_alive(), alive);
}

#define CASE(fn)                                                                                   \
    {                                                                                              \
#fn, run, NULL, NULL, (minos_fiber_fn *[])                                                 \
        {                                                                                          \
            fn                                                                                     \
        }                                                                                          \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(sending_does_not_wait_for_the_broker),
        CASE(each_failure),
        CASE(order_is_kept_over_failures),
        CASE(a_full_topic_holds_up_only_its_own),
        CASE(a_reply_that_nobody_reads_is_given_up),
        CASE(a_full_queue_makes_senders_wait),
        CASE(freeing_sends_what_is_queued),
        CASE(freeing_gives_up_after_a_while),
        CASE(nobody_waits_for_a_cancelled_loop),
        CASE(a_queue_that_fails_is_asked_again),
        cmocka_unit_test(all_arrives_with_any_seed),
        CASE(requests_go_past_the_queue),
        CASE(what_is_not_valid_is_refused),
        cmocka_unit_test(outside_of_fibers_it_is_refused),
    };
    minos_log_output_set(count_lines, NULL);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
