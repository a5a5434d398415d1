/*
 * Queues in memory: order, bound, waiting, ending, and what is refused.
 */
#include "broker/queue.h"

#include <minos/log.h>

#include "base/alloc.h"
#include "base/env.h"
#include "broker/message.h"
#include "fiber/fiber.h"
#include "fiber/simulation.h"
#include "support/support.h"

#define FAR (60 * MINOS_S)

static minos_message *message_of(int64_t number)
{
    const minos_message_options options = {.topic = "x", .content = MINOS_VALUE(number)};
    minos_message *message = NULL;
    assert_ok(minos_message_new(&options, &message));
    return message;
}

static void put(minos_queue *queue, int64_t number)
{
    minos_message *message = message_of(number);
    assert_ok(minos_queue_enqueue(queue, message, minos_deadline_never()));
    minos_message_unref(message);
}

static minos_message *take(minos_queue *queue, int64_t expected)
{
    minos_message *message = NULL;
    int64_t number;
    assert_ok(minos_queue_dequeue(queue, minos_deadline_in(FAR), &message));
    assert_ok(minos_value_i64(minos_message_content(message), NULL, &number));
    assert_int_equal(number, expected);
    return message;
}

static void expect(minos_queue *queue, int64_t expected)
{
    minos_message_unref(take(queue, expected));
}

static minos_queue *queue_of(size_t records)
{
    minos_queue *queue = NULL;
    assert_ok(minos_queue_new_memory(&(minos_queue_options){.records = records}, &queue));
    return queue;
}

/* ---- order and bound ---- */

static minos_rc first_come_first_served(void *argument)
{
    minos_queue *queue = queue_of(0);
    (void)argument;

    for (int64_t i = 0; i < 100; i++)
        put(queue, 100 - i); /* not by content */
    assert_int_equal(minos_queue_count(queue), 100);
    for (int64_t i = 0; i < 100; i++)
        expect(queue, 100 - i);
    assert_int_equal(minos_queue_count(queue), 0);
    minos_queue_free(queue);
    return MINOS_OK;
}

static minos_rc what_is_put_back_is_first(void *argument)
{
    minos_queue *queue = queue_of(2);
    minos_message *one, *two;
    (void)argument;

    put(queue, 1);
    put(queue, 2);
    one = take(queue, 1);
    two = take(queue, 2);
    put(queue, 3);
    put(queue, 4);
    mn_queue_put_back(queue, two); /* past the bound */
    mn_queue_put_back(queue, one);
    minos_message_unref(one);
    minos_message_unref(two);
    for (int64_t i = 1; i <= 4; i++)
        expect(queue, i);
    minos_queue_free(queue);
    return MINOS_OK;
}

static minos_rc a_full_queue_times_out(void *argument)
{
    static const struct {
        const char *name;
        minos_duration deadline; /* 0: never */
        minos_duration expected;
    } rows[] = {
        {"at the deadline", MINOS_S, MINOS_S},
        {"after 30 s when never", 0, 30 * MINOS_S},
    };
    minos_queue *queue = queue_of(1);
    minos_message *message = message_of(2);
    (void)argument;

    put(queue, 1);
    for (size_t i = 0; i < mn_count_of(rows); i++) {
        const int64_t before = mn_now();
        print_message("  %s\n", rows[i].name);
        assert_fails(minos_queue_enqueue(queue, message,
                                         rows[i].deadline == 0
                                             ? minos_deadline_never()
                                             : minos_deadline_in(rows[i].deadline)),
                     MINOS_ETIMEDOUT, "1 messages wait in the queue");
        assert_int_equal(mn_now() - before, rows[i].expected);
    }
    assert_int_equal(minos_queue_count(queue), 1);
    expect(queue, 1);
    minos_message_unref(message);
    minos_queue_free(queue);
    return MINOS_OK;
}

/* ---- waiting ---- */

typedef struct hand {
    minos_queue *queue;
    int64_t number; /* to put, or what was taken; 0: nothing */
    minos_rc rc;
} hand;

static minos_rc putting(void *argument)
{
    hand *self = argument;
    minos_message *message = message_of(self->number);
    self->rc = minos_queue_enqueue(self->queue, message, minos_deadline_never());
    minos_message_unref(message);
    return MINOS_OK;
}

static minos_rc taking(void *argument)
{
    hand *self = argument;
    minos_message *message = NULL;
    self->number = 0;
    self->rc = minos_queue_dequeue(self->queue, minos_deadline_never(), &message);
    if (self->rc == MINOS_OK)
        assert_ok(minos_value_i64(minos_message_content(message), NULL, &self->number));
    minos_message_unref(message);
    return MINOS_OK;
}

static void start(minos_fiber_fn *fn, hand *self, mn_fiber **ret_fiber)
{
    assert_ok(mn_fiber_start("hand", fn, self, ret_fiber));
    assert_ok(minos_yield());
}

static void join(mn_fiber *fiber)
{
    assert_ok(mn_fiber_join(fiber, minos_deadline_in(FAR)));
}

static minos_rc who_waits_for_room_comes_before_newcomers(void *argument)
{
    minos_queue *queue = queue_of(1);
    hand waiting = {queue, 2, MINOS_OK}, newcomer = {queue, 3, MINOS_OK};
    mn_fiber *fibers[2];
    (void)argument;

    put(queue, 1);
    start(putting, &waiting, &fibers[0]);
    start(putting, &newcomer, &fibers[1]);
    for (int64_t i = 1; i <= 3; i++)
        expect(queue, i);
    join(fibers[0]);
    join(fibers[1]);
    assert_ok(waiting.rc);
    assert_ok(newcomer.rc);
    minos_queue_free(queue);
    return MINOS_OK;
}

static minos_rc a_cancelled_taker_leaves_the_message_to_the_next(void *argument)
{
    minos_queue *queue = queue_of(1);
    hand hands[2] = {{queue, 0, MINOS_OK}, {queue, 0, MINOS_OK}};
    mn_fiber *fibers[2];
    (void)argument;

    start(taking, &hands[0], &fibers[0]);
    start(taking, &hands[1], &fibers[1]);
    mn_fiber_cancel(fibers[0]);
    assert_ok(minos_yield());
    put(queue, 7);
    join(fibers[0]);
    join(fibers[1]);
    assert_rc(hands[0].rc, MINOS_ECANCELED);
    assert_int_equal(hands[1].number, 7);
    minos_queue_free(queue);
    return MINOS_OK;
}

static minos_rc a_cancelled_putter_leaves_the_place_to_the_next(void *argument)
{
    minos_queue *queue = queue_of(1);
    hand hands[2] = {{queue, 2, MINOS_OK}, {queue, 3, MINOS_OK}};
    mn_fiber *fibers[2];
    (void)argument;

    put(queue, 1);
    start(putting, &hands[0], &fibers[0]);
    start(putting, &hands[1], &fibers[1]);
    mn_fiber_cancel(fibers[0]);
    assert_ok(minos_yield());
    expect(queue, 1);
    join(fibers[0]);
    assert_rc(hands[0].rc, MINOS_ECANCELED);
    join(fibers[1]);
    expect(queue, 3);
    minos_queue_free(queue);
    return MINOS_OK;
}

static minos_rc what_was_given_counts_whatever_came_after(void *argument)
{
    minos_queue *queue = queue_of(1);
    hand taker = {queue, 0, MINOS_OK}, putter = {queue, 2, MINOS_OK};
    mn_fiber *fiber;
    (void)argument;

    start(taking, &taker, &fiber);
    put(queue, 1);
    mn_fiber_cancel(fiber);
    join(fiber);
    assert_int_equal(taker.number, 1);
    put(queue, 1);
    start(putting, &putter, &fiber);
    expect(queue, 1);
    mn_fiber_cancel(fiber);
    join(fiber);
    assert_ok(putter.rc);
    expect(queue, 2);
    minos_queue_free(queue);
    return MINOS_OK;
}

static minos_rc an_interrupt_ends_every_wait(void *argument)
{
    minos_queue *queue = queue_of(1);
    hand hands[2] = {{queue, 0, MINOS_OK}, {queue, 0, MINOS_OK}};
    mn_fiber *fibers[2];
    minos_message *message;
    (void)argument;

    start(taking, &hands[0], &fibers[0]);
    start(taking, &hands[1], &fibers[1]);
    mn_queue_interrupt(queue, true);
    mn_queue_interrupt(queue, false); /* over before they run: seen all the same */
    join(fibers[0]);
    join(fibers[1]);
    assert_rc(hands[0].rc, MINOS_ECLOSED);
    assert_rc(hands[1].rc, MINOS_ECLOSED);
    mn_queue_interrupt(queue, true);
    put(queue, 1); /* goes in */
    assert_rc(minos_queue_dequeue(queue, minos_deadline_in(FAR), &message), MINOS_ECLOSED);
    mn_queue_interrupt(queue, false);
    expect(queue, 1);
    minos_queue_free(queue);
    return MINOS_OK;
}

static minos_rc nothing_comes_from_an_empty_queue(void *argument)
{
    minos_queue *queue = queue_of(1);
    minos_message *message = NULL;
    (void)argument;

    assert_rc(minos_queue_dequeue(queue, minos_deadline_in(MINOS_S), &message), MINOS_ETIMEDOUT);
    assert_null(message);
    minos_queue_free(queue);
    return MINOS_OK;
}

/* ---- bad input ---- */

static minos_rc what_is_not_valid_is_refused(void *argument)
{
    static const char *const none[] = {NULL}, *const empty[] = {"", NULL};
    static const minos_queue_ops hollow = {.name = "hollow"};
    const struct {
        const char *name;
        const minos_queue_ops *ops;
        minos_queue_options options;
        const char *message;
    } rows[] = {
        {"no ops", NULL, {.records = 1}, "ops is NULL"},
        {"ops without functions", &hollow, {.records = 1}, "lacks what is required"},
        {"too many records", &mn_queue_memory, {.records = 1000001}, "not in 1..1000000"},
        {"most records", &mn_queue_memory, {.records = SIZE_MAX}, "not in 1..1000000"},
        {"no topics", &mn_queue_memory, {.topics = none}, "no topics"},
        {"empty topic", &mn_queue_memory, {.topics = empty}, "is empty"},
    };
    minos_queue *queue = NULL;
    (void)argument;

    for (size_t i = 0; i < mn_count_of(rows); i++) {
        print_message("  %s\n", rows[i].name);
        assert_fails(minos_queue_new(rows[i].ops, &rows[i].options, &queue), MINOS_EINVAL,
                     rows[i].message);
        assert_null(queue);
    }
    queue = queue_of(1);
    assert_rc(minos_queue_enqueue(queue, NULL, minos_deadline_never()), MINOS_EINVAL);
    minos_queue_free(queue);
    minos_queue_free(NULL);
    return MINOS_OK;
}

static minos_rc open_fails(void *self, const minos_queue_options *options)
{
    (void)self;
    return minos_fail(MINOS_EIO, "no disk for %zu records", options->records);
}

static minos_rc a_queue_that_does_not_open_is_none(void *argument)
{
    minos_queue_ops ops = mn_queue_memory;
    minos_queue *queue = NULL;
    (void)argument;

    ops.open = open_fails;
    assert_fails(minos_queue_new(&ops, NULL, &queue), MINOS_EIO, "while opening a queue");
    assert_null(queue);
    return MINOS_OK;
}

/* ---- the end ---- */

static size_t warnings;

static void count_warnings(void *context, minos_level level, const char *line)
{
    (void)context;
    (void)line;
    warnings += level == MINOS_LEVEL_WARNING;
}

static minos_rc what_is_lost_is_told(void *argument)
{
    minos_queue *queue = queue_of(0);
    (void)argument;

    warnings = 0;
    minos_log_output_set(count_warnings, NULL);
    put(queue, 1);
    minos_queue_free(queue);
    assert_int_equal(warnings, 1);
    minos_queue_free(queue_of(0));
    assert_int_equal(warnings, 1);
    minos_log_output_set(NULL, NULL);
    return MINOS_OK;
}

static minos_rc topics_are_sorted_and_once(void *argument)
{
    static const char *const topics[] = {"b", "a", "b", NULL};
    minos_queue *queue = NULL;
    (void)argument;

    assert_ok(minos_queue_new_memory(&(minos_queue_options){.topics = topics}, &queue));
    assert_string_equal(minos_queue_topics(queue)[0], "a");
    assert_string_equal(minos_queue_topics(queue)[1], "b");
    assert_null(minos_queue_topics(queue)[2]);
    minos_queue_free(queue);
    queue = queue_of(1);
    assert_null(minos_queue_topics(queue));
    minos_queue_free(queue);
    return MINOS_OK;
}

static void run(void **state)
{
    minos_fiber_fn **fn = *state;
    size_t alive = mn_messages_alive();
    assert_ok(mn_simulate(1, "test", *fn, NULL));
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
        CASE(first_come_first_served),
        CASE(what_is_put_back_is_first),
        CASE(a_full_queue_times_out),
        CASE(who_waits_for_room_comes_before_newcomers),
        CASE(a_cancelled_taker_leaves_the_message_to_the_next),
        CASE(a_cancelled_putter_leaves_the_place_to_the_next),
        CASE(what_was_given_counts_whatever_came_after),
        CASE(an_interrupt_ends_every_wait),
        CASE(nothing_comes_from_an_empty_queue),
        CASE(what_is_not_valid_is_refused),
        CASE(a_queue_that_does_not_open_is_none),
        CASE(what_is_lost_is_told),
        CASE(topics_are_sorted_and_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
