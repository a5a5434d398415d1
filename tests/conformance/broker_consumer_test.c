/*
 * When handlers run, on every broker: deadlines, how many at once, and the stop of a consumer.
 */
#include <minos/context.h>
#include <minos/log.h>
#include <minos/message.h>

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/env.h"
#include "broker/dispatcher.h"
#include "fiber/fiber.h"
#include "support/brokers.h"

#define FAR (60 * MINOS_S)

/* ---- the service ---- */

static int64_t running, running_most, finished, noted;

static minos_rc echo(minos_request *req, minos_response *res)
{
    const minos_value *content;
    MINOS_TRY(minos_request_content(req, &content));
    return minos_reply(res, content);
}

/* {sleep: seconds}: sleeps, then answers the same. */
static minos_rc slow(minos_request *req, minos_response *res)
{
    const minos_value *content;
    int64_t seconds;
    minos_rc rc;

    MINOS_TRY(minos_request_content(req, &content));
    MINOS_TRY(minos_value_i64(content, "sleep", &seconds));
    if (++running > running_most)
        running_most = running;
    rc = minos_sleep(seconds * MINOS_S);
    running--;
    MINOS_TRY(rc);
    finished++;
    return minos_reply(res, content);
}

/* {depth: n}: asks itself n times. */
static minos_rc recurse(minos_request *req, minos_response *res)
{
    const minos_value *content, *reply;
    int64_t depth, below;
    MINOS_TRY(minos_request_content(req, &content));
    MINOS_TRY(minos_value_i64(content, "depth", &depth));
    if (depth == 0)
        return minos_reply(res, MINOS_VALUE(0));
    MINOS_TRY(minos_broker_request("recurse", MINOS_MAP(MINOS_KV("depth", depth - 1)), &reply));
    MINOS_TRY(minos_value_i64(reply, NULL, &below));
    return minos_reply(res, MINOS_VALUE(below + 1));
}

static minos_rc ask_echo(void *argument)
{
    const minos_value *reply;
    (void)argument;
    return minos_broker_request("echo", MINOS_VALUE(1), &reply);
}

/* Asks twice at once, on fibers of its own. */
static minos_rc fan_out(minos_request *req, minos_response *res)
{
    MINOS_AUTO(minos_scope) *scope = NULL;
    (void)req;
    (void)res;
    MINOS_TRY(minos_scope_new(&scope));
    MINOS_TRY(minos_scope_spawn(scope, "left", ask_echo, NULL));
    MINOS_TRY(minos_scope_spawn(scope, "right", ask_echo, NULL));
    MINOS_TRY(minos_scope_join(scope, minos_deadline_never()));
    noted++;
    return MINOS_OK;
}

static minos_rc note_slowly(minos_request *req, minos_response *res)
{
    (void)req;
    (void)res;
    MINOS_TRY(minos_sleep(MINOS_S));
    noted++;
    return MINOS_OK;
}

static minos_rc note_failing(minos_request *req, minos_response *res)
{
    (void)req;
    (void)res;
    MINOS_TRY(minos_sleep(MINOS_S));
    noted += 10;
    return minos_fail(MINOS_EIO, "the second handler failed");
}

static minos_rc ask_first(minos_request *req, minos_response *res)
{
    (void)req;
    (void)res;
    MINOS_TRY(ask_echo(NULL));
    noted++;
    return MINOS_OK;
}

static minos_rc ask_second(minos_request *req, minos_response *res)
{
    return ask_first(req, res);
}

static const minos_route rows[] = {
    MINOS_BROKER_QUERY("echo", echo),
    MINOS_BROKER_COMMAND("slow", slow),
    MINOS_BROKER_COMMAND("recurse", recurse),
    MINOS_BROKER_COMMAND("fan_out", fan_out),
    MINOS_BROKER_EVENT("asked", ask_first),
    MINOS_BROKER_EVENT("asked", ask_second),
    MINOS_BROKER_COMMAND("brief", slow, .timeout = MINOS_S),
    MINOS_BROKER_EVENT("happened", note_slowly),
    MINOS_BROKER_EVENT("happened", note_failing),
};
static const minos_service service = {MINOS_SERVICE("probe", rows)};

static mn_test_world world;

static void open_world(size_t concurrency)
{
    running = running_most = finished = noted = 0;
    mn_world_open(&world, "probe", &service, concurrency);
}

/* Ask and give the whole reply, which the caller owns. */
static minos_message *ask(const char *topic, const minos_value *content)
{
    minos_message *reply = NULL;
    assert_ok(mn_caller_ask(world.caller, topic, content, minos_deadline_in(FAR), &reply));
    return reply;
}

/* ---- deadlines ---- */

static minos_rc a_late_reply_is_dropped_and_counted(void *argument)
{
    const minos_value *reply;
    minos_message *message;
    (void)argument;

    open_world(0);
    assert_fails(mn_caller_ask(world.caller, "slow", MINOS_MAP(MINOS_KV("sleep", 5)),
                               minos_deadline_in(2 * MINOS_S), &message),
                 MINOS_ETIMEDOUT, "while asking slow");
    assert_int_equal(mn_caller_asked(world.caller), 0);
    assert_ok(minos_sleep(4 * MINOS_S));
    assert_int_equal(finished, 0); /* the deadline ended the handler's sleep too */
    assert_int_equal(mn_caller_late(world.caller), 1);
    assert_ok(minos_broker_request("echo", MINOS_VALUE(1), &reply));
    mn_world_close(&world);
    return MINOS_OK;
}

static minos_rc an_unanswered_request_ends_after_30_s(void *argument)
{
    const minos_value *reply;
    int64_t begin = mn_now();
    (void)argument;

    open_world(0);
    assert_rc(minos_broker_request("nobody.there", NULL, &reply), MINOS_ETIMEDOUT);
    assert_in_range(mn_now() - begin, 30 * MINOS_S, 31 * MINOS_S);
    mn_world_close(&world);
    return MINOS_OK;
}

static minos_rc what_expired_is_not_run(void *argument)
{
    minos_message *reply;
    (void)argument;

    open_world(1);
    assert_ok(minos_broker_send("slow", MINOS_MAP(MINOS_KV("sleep", 10))));
    assert_rc(mn_caller_ask(world.caller, "slow", MINOS_MAP(MINOS_KV("sleep", 0)),
                            minos_deadline_in(2 * MINOS_S), &reply),
              MINOS_ETIMEDOUT);
    assert_ok(minos_sleep(20 * MINOS_S));
    assert_int_equal(finished, 1);
    assert_int_equal(mn_dispatcher_count(world.dispatcher).expired, 1);
    assert_int_equal(mn_caller_late(world.caller), 1);
    mn_world_close(&world);
    return MINOS_OK;
}

static minos_rc a_deadline_of_a_message_does_not_stay_with_the_worker(void *argument)
{
    minos_message *reply;
    (void)argument;

    open_world(1);
    assert_rc(mn_caller_ask(world.caller, "slow", MINOS_MAP(MINOS_KV("sleep", 5)),
                            minos_deadline_in(MINOS_S), &reply),
              MINOS_ETIMEDOUT);
    assert_ok(minos_broker_send("slow", MINOS_MAP(MINOS_KV("sleep", 100))));
    assert_ok(minos_sleep(200 * MINOS_S));
    assert_int_equal(finished, 1);
    mn_world_close(&world);
    return MINOS_OK;
}

static minos_rc a_row_can_have_its_own_timeout(void *argument)
{
    minos_message *reply;
    (void)argument;
    open_world(0);
    reply = ask("brief", MINOS_MAP(MINOS_KV("sleep", 5)));
    assert_string_equal(minos_message_header(reply, "minos-status"), "504");
    minos_message_unref(reply);
    mn_world_close(&world);
    return MINOS_OK;
}

/* ---- concurrency ---- */

static minos_rc no_more_handlers_at_once_than_asked_for(void *argument)
{
    static const size_t limits[] = {1, 3, 7};
    (void)argument;
    for (size_t i = 0; i < mn_count_of(limits); i++) {
        int64_t begin = mn_now();
        open_world(limits[i]);
        for (int j = 0; j < 21; j++)
            assert_ok(minos_broker_send("slow", MINOS_MAP(MINOS_KV("sleep", 1))));
        while (finished < 21)
            assert_ok(minos_sleep(MINOS_MS));
        assert_int_equal(running_most, limits[i]);
        if (mn_test_broker->is_simulated)
            assert_in_range(mn_now() - begin, 21 / limits[i] * MINOS_S,
                            21 / limits[i] * MINOS_S + 100 * MINOS_MS);
        mn_world_close(&world);
    }
    return MINOS_OK;
}

static minos_rc a_handler_that_waits_for_a_reply_gives_its_place_back(void *argument)
{
    const minos_value *reply;
    int64_t depth;
    (void)argument;

    open_world(1);
    assert_ok(minos_broker_request("recurse", MINOS_MAP(MINOS_KV("depth", 50)), &reply));
    assert_ok(minos_value_i64(reply, NULL, &depth));
    assert_int_equal(depth, 50);
    for (int i = 0; i < 4; i++)
        assert_ok(minos_broker_send("slow", MINOS_MAP(MINOS_KV("sleep", 1))));
    while (finished < 4)
        assert_ok(minos_sleep(MINOS_MS));
    assert_int_equal(running_most, 1); /* the workers that were made do not lift the limit */
    mn_world_close(&world);
    return MINOS_OK;
}

static minos_rc fibers_of_handlers_that_wait_for_replies_hold_no_place(void *argument)
{
    int64_t begin = mn_now();
    (void)argument;

    open_world(1);
    minos_message_unref(ask("fan_out", NULL));
    assert_int_equal(noted, 1);
    assert_ok(minos_broker_publish("asked", NULL));
    while (noted < 3)
        assert_ok(minos_sleep(MINOS_MS));
    assert_in_range(mn_now() - begin, 0, MINOS_S);
    for (int i = 0; i < 4; i++)
        assert_ok(minos_broker_send("slow", MINOS_MAP(MINOS_KV("sleep", 1))));
    while (finished < 4)
        assert_ok(minos_sleep(MINOS_MS));
    assert_int_equal(running_most, 1);
    mn_world_close(&world);
    return MINOS_OK;
}

static minos_rc handlers_of_an_event_run_at_once_and_apart(void *argument)
{
    int64_t begin;
    (void)argument;

    open_world(0);
    begin = mn_now();
    assert_ok(minos_broker_publish("happened", MINOS_VALUE(1)));
    while (noted < 11)
        assert_ok(minos_sleep(MINOS_MS));
    assert_int_equal(noted, 11);
    if (mn_test_broker->is_simulated)
        assert_in_range(mn_now() - begin, MINOS_S, MINOS_S + 100 * MINOS_MS);
    assert_ok(minos_yield());
    assert_int_equal(mn_dispatcher_count(world.dispatcher).dispatched, 2);
    assert_int_equal(mn_dispatcher_count(world.dispatcher).failed, 1);
    mn_world_close(&world);
    return MINOS_OK;
}

/* ---- stop ---- */

static minos_rc a_stop_finishes_what_was_taken_and_leaves_the_rest(void *argument)
{
    (void)argument;
    open_world(2);
    for (int i = 0; i < 5; i++)
        assert_ok(minos_broker_send("slow", MINOS_MAP(MINOS_KV("sleep", 3))));
    assert_ok(minos_sleep(MINOS_S));
    assert_ok(mn_world_stop(&world, minos_deadline_in(FAR)));
    assert_int_equal(finished, 2);
    assert_int_equal(running, 0);
    assert_ok(minos_consumer_stop(world.consumer, minos_deadline_in(FAR))); /* again: nothing */
    mn_world_close(&world);
    open_world(5); /* the group kept the other three */
    assert_ok(minos_sleep(5 * MINOS_S));
    assert_int_equal(finished, 3);
    mn_world_close(&world);
    return MINOS_OK;
}

static minos_rc a_stop_cuts_off_at_its_deadline(void *argument)
{
    int64_t begin;
    (void)argument;

    open_world(2);
    for (int i = 0; i < 3; i++)
        assert_ok(minos_broker_send("slow", MINOS_MAP(MINOS_KV("sleep", 30))));
    assert_ok(minos_sleep(MINOS_S));
    begin = mn_now();
    assert_fails(mn_world_stop(&world, minos_deadline_in(2 * MINOS_S)), MINOS_ETIMEDOUT,
                 "2 handlers were cancelled");
    assert_in_range(mn_now() - begin, 2 * MINOS_S, 3 * MINOS_S);
    assert_int_equal(running, 0);
    assert_int_equal(finished, 0);
    mn_world_close(&world);
    return MINOS_OK;
}

static minos_rc a_cancelled_run_ends_its_workers(void *argument)
{
    mn_fiber *fiber;
    (void)argument;

    open_world(2);
    assert_ok(minos_broker_send("slow", MINOS_MAP(MINOS_KV("sleep", 30))));
    assert_ok(minos_sleep(MINOS_S));
    fiber = mn_take(&world.fiber);
    mn_fiber_cancel(fiber);
    assert_rc(mn_fiber_join(fiber, minos_deadline_in(FAR)), MINOS_ECANCELED);
    assert_int_equal(running, 0);
    mn_world_close(&world);
    return MINOS_OK;
}

static minos_rc a_consumer_runs_once_at_a_time(void *argument)
{
    minos_consumer *consumer;
    (void)argument;
    open_world(0);
    assert_fails(minos_consumer_run(world.consumer), MINOS_ESTATE, "runs already");
    assert_rc(minos_consumer_new(world.dispatcher, world.subscriber, 100001, &consumer),
              MINOS_EINVAL);
    assert_rc(minos_consumer_new(NULL, world.subscriber, 1, &consumer), MINOS_EINVAL);
    assert_rc(minos_consumer_new(world.dispatcher, NULL, 1, &consumer), MINOS_EINVAL);
    mn_world_close(&world);
    return MINOS_OK;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        MN_BROKER_CASE(a_late_reply_is_dropped_and_counted),
        MN_BROKER_CASE(an_unanswered_request_ends_after_30_s),
        MN_BROKER_CASE(what_expired_is_not_run),
        MN_BROKER_CASE(a_deadline_of_a_message_does_not_stay_with_the_worker),
        MN_BROKER_CASE(a_row_can_have_its_own_timeout),
        MN_BROKER_CASE(no_more_handlers_at_once_than_asked_for),
        MN_BROKER_CASE(a_handler_that_waits_for_a_reply_gives_its_place_back),
        MN_BROKER_CASE(fibers_of_handlers_that_wait_for_replies_hold_no_place),
        MN_BROKER_CASE(handlers_of_an_event_run_at_once_and_apart),
        MN_BROKER_CASE(a_stop_finishes_what_was_taken_and_leaves_the_rest),
        MN_BROKER_CASE(a_stop_cuts_off_at_its_deadline),
        MN_BROKER_CASE(a_cancelled_run_ends_its_workers),
        MN_BROKER_CASE(a_consumer_runs_once_at_a_time),
    };
    return mn_brokers_main(tests, sizeof tests / sizeof tests[0]);
}
