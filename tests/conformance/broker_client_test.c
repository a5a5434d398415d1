/*
 * Clients, pools and callers on every broker: whose reply is whose, what comes too late, what is
 * full.
 */
#include <minos/context.h>
#include <minos/log.h>
#include <minos/message.h>

#include <string.h>

#include "base/alloc.h"
#include "base/env.h"
#include "broker/client.h"
#include "broker/message.h"
#include "fiber/fiber.h"
#include "support/brokers.h"

#define FAR     (60 * MINOS_S)
#define CALLERS 1000

/* {n: number, sleep: ms}: sleeps, then answers the number. */
static minos_rc answer(minos_request *req, minos_response *res)
{
    const minos_value *content;
    int64_t number, sleep_ms;
    MINOS_TRY(minos_request_content(req, &content));
    MINOS_TRY(minos_value_i64(content, "n", &number));
    MINOS_TRY(minos_value_i64(content, "sleep", &sleep_ms));
    if (sleep_ms != 0)
        MINOS_TRY(minos_sleep(sleep_ms * MINOS_MS));
    return minos_reply(res, MINOS_VALUE(number));
}

static const minos_route rows[] = {MINOS_BROKER_QUERY("answer", answer)};
static const minos_service service = {MINOS_SERVICE("probe", rows)};

static mn_test_world world;

#define QUESTION(number, ms) MINOS_MAP(MINOS_KV("n", (number)), MINOS_KV("sleep", (ms)))

/* Different for each, in no order, the same in each run. */
static int64_t sleep_of(int64_t number)
{
    return number * 7919 % 97;
}

static minos_client_pool *pool_open(size_t clients_max)
{
    const mn_broker_source source = mn_test_source();
    minos_client_pool *pool = NULL;
    assert_ok(mn_client_pool_open(mn_test_broker->ops, &source, clients_max, &pool));
    return pool;
}

/* A client that listens to a topic, with parts of its own. */
typedef struct listener {
    minos_publisher *publisher;
    minos_subscriber *subscriber;
    minos_broker_client *client;
} listener;

static void listener_open(listener *self, const char *topic)
{
    const char *const topics[] = {topic, NULL};
    const minos_subscriber_options options = {.topics = topics};
    const mn_broker_source source = mn_test_source();
    self->publisher = mn_test_publisher();
    assert_ok(mn_subscriber_open(mn_test_broker->ops, &source, &options, &self->subscriber));
    assert_ok(minos_broker_client_new(topic, self->publisher, self->subscriber, &self->client));
}

static void listener_close(listener *self)
{
    minos_broker_client_free(self->client);
    minos_subscriber_free(self->subscriber);
    minos_publisher_free(self->publisher);
}

static void publish(minos_publisher *publisher, const minos_message_options *options)
{
    minos_message *message;
    assert_ok(minos_message_new(options, &message));
    assert_ok(minos_publisher_send(publisher, message));
    minos_message_unref(message);
}

static int64_t number_of(const minos_message *message)
{
    int64_t number;
    assert_ok(minos_value_i64(minos_message_content(message), NULL, &number));
    return number;
}

/* ---- requests ---- */

static size_t answered;

static minos_rc ask_one(void *argument)
{
    int64_t number = (int64_t)(intptr_t)argument, got;
    const minos_value *reply;
    MINOS_TRY(minos_broker_request("answer", QUESTION(number, sleep_of(number)), &reply));
    MINOS_TRY(minos_value_i64(reply, NULL, &got));
    if (got != number)
        return minos_fail(MINOS_EANY, "%lld got the reply of %lld", (long long)number,
                          (long long)got);
    answered++;
    return MINOS_OK;
}

static minos_rc each_of_many_requests_gets_its_own_reply(void *argument)
{
    minos_scope *scope;
    (void)argument;

    mn_world_open(&world, "probe", &service, 100);
    answered = 0;
    assert_ok(minos_scope_new(&scope));
    for (intptr_t i = 0; i < CALLERS; i++)
        assert_ok(minos_scope_spawn(scope, "caller", ask_one, (void *)i));
    assert_ok(minos_scope_join(scope, minos_deadline_in(FAR)));
    minos_scope_free(scope);
    assert_int_equal(answered, CALLERS);
    assert_int_equal(mn_caller_late(world.caller), 0);
    assert_int_equal(mn_caller_asked(world.caller), 0);
    mn_world_close(&world);
    return MINOS_OK;
}

static minos_rc cancel_ends_the_wait_for_a_reply(void *argument)
{
    minos_scope *scope;
    (void)argument;

    mn_world_open(&world, "probe", &service, 0);
    answered = 0;
    assert_ok(minos_scope_new(&scope));
    assert_ok(minos_scope_spawn(scope, "caller", ask_one, (void *)(intptr_t)1));
    assert_ok(minos_sleep(MINOS_MS));
    assert_int_equal(mn_caller_asked(world.caller), 1);
    minos_scope_cancel(scope);
    assert_ok(minos_scope_join(scope, minos_deadline_in(FAR))); /* as asked: no failure */
    minos_scope_free(scope);
    assert_int_equal(mn_caller_asked(world.caller), 0);
    assert_ok(minos_sleep(MINOS_S));
    assert_int_equal(answered, 0);
    assert_int_equal(mn_caller_late(world.caller), 1);
    mn_world_close(&world);
    return MINOS_OK;
}

static minos_rc ask_nobody(void *argument)
{
    minos_message *reply;
    return mn_caller_ask(argument, "nobody.there", NULL, minos_deadline_never(), &reply);
}

static minos_rc the_end_of_a_caller_ends_its_requests(void *argument)
{
    const mn_broker_source source = mn_test_source();
    minos_publisher *publisher = mn_test_publisher();
    mn_caller *caller;
    mn_fiber *fiber;
    (void)argument;

    assert_ok(mn_caller_new(publisher, mn_test_broker->ops, &source, &caller));
    assert_ok(mn_fiber_start("caller", ask_nobody, caller, &fiber));
    assert_ok(minos_sleep(MINOS_S));
    mn_caller_free(caller);
    assert_rc(mn_fiber_join(fiber, minos_deadline_in(FAR)), MINOS_ECLOSED);
    minos_publisher_free(publisher);
    return MINOS_OK;
}

static minos_rc without_a_broker_nothing_is_sent(void *argument)
{
    const minos_value *reply;
    (void)argument;
    assert_fails(minos_broker_request("answer", NULL, &reply), MINOS_ESTATE, "no broker");
    assert_rc(minos_broker_send("answer", NULL), MINOS_ESTATE);
    assert_rc(minos_broker_publish("answer", NULL), MINOS_ESTATE);
    return MINOS_OK;
}

static minos_rc bad_topics_are_refused(void *argument)
{
    static const char *const topics[] = {NULL, "", "a\n", "\xff"};
    const minos_value *reply;
    listener self;
    (void)argument;

    mn_world_open(&world, "probe", &service, 0);
    listener_open(&self, "self");
    for (size_t i = 0; i < mn_count_of(topics); i++) {
        minos_broker_client *client = NULL;
        assert_rc(minos_broker_request(topics[i], NULL, &reply), MINOS_EINVAL);
        assert_rc(minos_broker_send(topics[i], NULL), MINOS_EINVAL);
        assert_rc(minos_broker_publish(topics[i], NULL), MINOS_EINVAL);
        assert_rc(minos_broker_client_send(self.client, topics[i], NULL), MINOS_EINVAL);
        if (topics[i] != NULL)
            assert_rc(minos_broker_client_new(topics[i], self.publisher, self.subscriber, &client),
                      MINOS_EINVAL);
        assert_null(client);
    }
    assert_rc(minos_broker_client_send_message(self.client, NULL), MINOS_EINVAL);
    assert_fails(minos_broker_client_new("other", self.publisher, self.subscriber, &self.client),
                 MINOS_EINVAL, "not subscribed to the client's topic other");
    listener_close(&self);
    mn_world_close(&world);
    return MINOS_OK;
}

/* ---- clients ---- */

static minos_rc a_client_with_a_topic_receives_every_message_on_it(void *argument)
{
    listener self;
    minos_message *message;
    (void)argument;

    mn_world_open(&world, "probe", &service, 0);
    listener_open(&self, "my.topic");
    assert_string_equal(minos_broker_client_topic(self.client), "my.topic");
    publish(world.publisher,
            &(minos_message_options){.topic = "my.topic", .content = MINOS_VALUE(1)});
    publish(world.publisher, &(minos_message_options){.topic = "my.topic",
                                                      .strategy = MINOS_MULTICAST,
                                                      .content = MINOS_VALUE(2)});
    assert_ok(minos_broker_client_send(self.client, "answer", QUESTION(3, 0)));
    for (int64_t i = 1; i <= 3; i++) {
        assert_ok(minos_broker_client_receive(self.client, minos_deadline_in(FAR), &message));
        assert_int_equal(number_of(message), i);
        minos_message_unref(message);
    }
    assert_int_equal(minos_broker_client_late(self.client), 0);
    listener_close(&self);
    mn_world_close(&world);
    return MINOS_OK;
}

static minos_rc a_sent_message_keeps_all_but_its_reply_topic(void *argument)
{
    const minos_uuid identifier = {{7}};
    const minos_message_options options = {.topic = "looked.at",
                                           .identifier = &identifier,
                                           .reply_topic = "another",
                                           .content = MINOS_VALUE("c"),
                                           .status = 400,
                                           .headers = MINOS_MAP(MINOS_KV("h", "v"))};
    listener sender, receiver;
    minos_message *message, *got;
    (void)argument;

    listener_open(&sender, "sender");
    listener_open(&receiver, "looked.at");
    assert_ok(minos_message_new(&options, &message));
    assert_ok(minos_broker_client_send_message(sender.client, message));
    assert_string_equal(minos_message_reply_topic(message), "another"); /* it is immutable */
    minos_message_unref(message);
    assert_ok(minos_broker_client_receive(receiver.client, minos_deadline_in(FAR), &got));
    assert_string_equal(minos_message_reply_topic(got), "sender");
    assert_true(minos_uuid_equal(minos_message_identifier(got), identifier));
    assert_int_equal(minos_message_status(got), MINOS_STATUS_ERROR);
    assert_string_equal(minos_message_header(got, "h"), "v");
    assert_string_equal(minos_message_text(got), "\"c\"");
    minos_message_unref(got);
    listener_close(&receiver);
    listener_close(&sender);
    return MINOS_OK;
}

static minos_rc several_come_one_by_one(void *argument)
{
    listener self;
    minos_batch batch;
    int64_t expected = 0;
    (void)argument;

    listener_open(&self, "my.topic");
    for (int i = 0; i < 5; i++)
        publish(self.publisher,
                &(minos_message_options){.topic = "my.topic", .content = MINOS_VALUE(i)});
    batch = minos_broker_client_receive_many(self.client, 3, minos_deadline_in(FAR));
    for (const minos_message *m; (m = minos_batch_next(&batch)) != NULL;)
        assert_int_equal(number_of(m), expected++);
    assert_ok(minos_batch_end(&batch));
    assert_int_equal(expected, 3);
    batch = minos_broker_client_receive_many(self.client, 3, minos_deadline_in(2 * MINOS_S));
    for (const minos_message *m; (m = minos_batch_next(&batch)) != NULL;)
        assert_int_equal(number_of(m), expected++);
    assert_null(minos_batch_next(&batch)); /* it stays ended */
    assert_fails(minos_batch_end(&batch), MINOS_ENOTENOUGH, "1 messages");
    assert_true(minos_rc_is_a(MINOS_ENOTENOUGH, MINOS_EHANDLER));
    assert_int_equal(expected, 5);
    publish(self.publisher, &(minos_message_options){.topic = "my.topic"});
    batch = minos_broker_client_receive_many(self.client, 2, minos_deadline_in(FAR));
    assert_non_null(minos_batch_next(&batch)); /* left half way */
    assert_ok(minos_batch_end(&batch));
    batch = minos_broker_client_receive_many(self.client, 0, minos_deadline_in(FAR));
    assert_null(minos_batch_next(&batch));
    assert_ok(minos_batch_end(&batch));
    listener_close(&self);
    return MINOS_OK;
}

/* ---- pools ---- */

typedef struct pooled {
    minos_client_pool *pool;
    int64_t number;
} pooled;

static minos_rc ask_pooled(void *argument)
{
    pooled *self = argument;
    minos_broker_client *client;
    minos_message *message = NULL;
    minos_rc rc;

    MINOS_TRY(minos_client_pool_acquire(self->pool, &client));
    rc = minos_broker_client_send(client, "answer", QUESTION(self->number, sleep_of(self->number)));
    if (rc == MINOS_OK)
        rc = minos_broker_client_receive(client, minos_deadline_in(FAR), &message);
    minos_client_pool_release(self->pool, client);
    MINOS_TRY(rc);
    if (number_of(message) != self->number)
        rc = minos_fail(MINOS_EANY, "%lld got another's reply", (long long)self->number);
    minos_message_unref(message);
    answered++;
    return rc;
}

static minos_rc a_pool_serves_many_one_after_the_other(void *argument)
{
    static pooled asks[CALLERS];
    minos_client_pool *pool;
    minos_scope *scope;
    (void)argument;

    mn_world_open(&world, "probe", &service, 100);
    pool = pool_open(0);
    answered = 0;
    assert_ok(minos_scope_new(&scope));
    for (int i = 0; i < CALLERS; i++) {
        asks[i] = (pooled){pool, i};
        assert_ok(minos_scope_spawn(scope, "caller", ask_pooled, &asks[i]));
    }
    assert_ok(minos_scope_join(scope, minos_deadline_in(FAR)));
    minos_scope_free(scope);
    assert_int_equal(answered, CALLERS);
    assert_int_equal(minos_client_pool_late(pool), 0);
    minos_client_pool_free(pool);
    mn_world_close(&world);
    return MINOS_OK;
}

/* Two fibers on one client: each gets what it asked, though the other's reply comes first. */
typedef struct sharing {
    minos_broker_client *client;
    int64_t number;
    int64_t sleep_ms;
    int64_t got;
} sharing;

static minos_rc ask_shared(void *argument)
{
    sharing *self = argument;
    minos_message *message;
    MINOS_TRY(
        minos_broker_client_send(self->client, "answer", QUESTION(self->number, self->sleep_ms)));
    MINOS_TRY(minos_broker_client_receive(self->client, minos_deadline_in(FAR), &message));
    self->got = number_of(message);
    minos_message_unref(message);
    return MINOS_OK;
}

static minos_rc a_reply_goes_to_the_fiber_that_asked(void *argument)
{
    minos_client_pool *pool;
    sharing asks[2] = {{.number = 1, .sleep_ms = 2000}, {.number = 2, .sleep_ms = 10}};
    minos_broker_client *client;
    minos_message *message;
    minos_scope *scope;
    (void)argument;

    mn_world_open(&world, "probe", &service, 0);
    pool = pool_open(1);
    assert_ok(minos_client_pool_acquire(pool, &client));
    assert_ok(minos_scope_new(&scope));
    for (int i = 0; i < 2; i++) {
        asks[i].client = client;
        assert_ok(minos_scope_spawn(scope, "asker", ask_shared, &asks[i]));
    }
    /* This fiber asked nothing and so gets nothing, whatever comes. */
    assert_rc(minos_broker_client_receive(client, minos_deadline_in(MINOS_S), &message),
              MINOS_ETIMEDOUT);
    assert_ok(minos_scope_join(scope, minos_deadline_in(FAR)));
    minos_scope_free(scope);
    assert_int_equal(asks[0].got, 1);
    assert_int_equal(asks[1].got, 2);
    minos_client_pool_release(pool, client);
    minos_client_pool_free(pool);
    mn_world_close(&world);
    return MINOS_OK;
}

static minos_rc a_forged_or_late_reply_reaches_nobody(void *argument)
{
    const minos_uuid forged = {{9}};
    minos_client_pool *pool;
    minos_broker_client *client;
    minos_message *message;
    const char *topic;
    (void)argument;

    mn_world_open(&world, "probe", &service, 0);
    pool = pool_open(1);
    assert_ok(minos_client_pool_acquire(pool, &client));
    topic = minos_broker_client_topic(client);
    assert_int_equal(strlen(topic), 32);
    assert_int_equal(strspn(topic, "0123456789abcdef"), 32);
    publish(world.publisher, &(minos_message_options){.topic = topic, .identifier = &forged});
    publish(world.publisher, &(minos_message_options){.topic = topic});
    assert_rc(minos_broker_client_receive(client, minos_deadline_in(MINOS_S), &message),
              MINOS_ETIMEDOUT);
    assert_int_equal(minos_client_pool_late(pool), 2);
    /* Asked, given back before the reply: the next holder does not get it. */
    assert_ok(minos_broker_client_send(client, "answer", QUESTION(1, 1000)));
    minos_client_pool_release(pool, client);
    assert_ok(minos_client_pool_acquire(pool, &client));
    assert_ok(minos_broker_client_send(client, "answer", QUESTION(2, 3000)));
    assert_ok(minos_broker_client_receive(client, minos_deadline_in(FAR), &message));
    assert_int_equal(number_of(message), 2);
    minos_message_unref(message);
    assert_int_equal(minos_client_pool_late(pool), 3);
    /* The same when the reply had come and was not received. */
    assert_ok(minos_broker_client_send(client, "answer", QUESTION(3, 0)));
    assert_ok(minos_sleep(MINOS_S));
    minos_client_pool_release(pool, client);
    assert_int_equal(minos_client_pool_late(pool), 4);
    minos_client_pool_free(pool);
    mn_world_close(&world);
    return MINOS_OK;
}

static minos_rc an_identifier_is_asked_once_at_a_time(void *argument)
{
    const minos_uuid identifier = {{3}};
    const minos_message_options options = {.topic = "nobody.there", .identifier = &identifier};
    minos_client_pool *pool = pool_open(1);
    minos_broker_client *client;
    minos_message *message;
    (void)argument;

    assert_ok(minos_client_pool_acquire(pool, &client));
    assert_ok(minos_message_new(&options, &message));
    assert_ok(minos_broker_client_send_message(client, message));
    assert_rc(minos_broker_client_send_message(client, message), MINOS_EEXISTS);
    minos_message_unref(message);
    minos_client_pool_release(pool, client);
    minos_client_pool_free(pool);
    return MINOS_OK;
}

static minos_rc acquire_sets_the_reply_topic_and_release_restores_it(void *argument)
{
    minos_client_pool *pool = pool_open(2);
    minos_broker_client *outer, *inner;
    (void)argument;

    assert_null(minos_context_reply_topic());
    assert_ok(minos_client_pool_acquire(pool, &outer));
    assert_string_equal(minos_context_reply_topic(), minos_broker_client_topic(outer));
    assert_ok(minos_client_pool_acquire(pool, &inner));
    assert_string_equal(minos_context_reply_topic(), minos_broker_client_topic(inner));
    minos_client_pool_release(pool, inner);
    assert_string_equal(minos_context_reply_topic(), minos_broker_client_topic(outer));
    minos_client_pool_release(pool, outer);
    assert_null(minos_context_reply_topic());
    minos_client_pool_release(pool, outer); /* twice: reported, without effect */
    minos_client_pool_release(pool, NULL);
    minos_client_pool_free(pool);
    return MINOS_OK;
}

typedef struct holder {
    minos_client_pool *pool;
    minos_duration hold;
    minos_rc rc;
} holder;

static minos_rc hold_one(void *argument)
{
    holder *self = argument;
    minos_broker_client *client;
    self->rc = minos_client_pool_acquire(self->pool, &client);
    if (self->rc != MINOS_OK)
        return MINOS_OK;
    MINOS_TRY(minos_sleep(self->hold));
    minos_client_pool_release(self->pool, client);
    return MINOS_OK;
}

static minos_rc an_empty_pool_makes_its_callers_wait(void *argument)
{
    minos_client_pool *pool = pool_open(1), *refused = NULL;
    holder first = {.pool = pool, .hold = 5 * MINOS_S};
    minos_broker_client *client;
    minos_deadline old;
    mn_fiber *fiber;
    int64_t begin = mn_now();
    (void)argument;

    assert_ok(mn_fiber_start("holder", hold_one, &first, &fiber));
    assert_ok(minos_yield());
    old = minos_fiber_deadline_shorten(minos_deadline_in(MINOS_S));
    assert_fails(minos_client_pool_acquire(pool, &client), MINOS_ETIMEDOUT, "are out");
    mn_fiber_deadline_set(old);
    assert_ok(minos_client_pool_acquire(pool, &client));
    assert_in_range(mn_now() - begin, 5 * MINOS_S, 6 * MINOS_S);
    minos_client_pool_release(pool, client);
    assert_ok(mn_fiber_join(fiber, minos_deadline_in(FAR)));
    minos_client_pool_free(pool);
    assert_rc(minos_client_pool_new_memory(10001, &refused), MINOS_EINVAL);
    assert_null(refused);
    return MINOS_OK;
}

static minos_rc freeing_a_pool_waits_for_what_is_out(void *argument)
{
    minos_client_pool *pool = pool_open(2);
    holder first = {.pool = pool, .hold = 40 * MINOS_S};
    mn_fiber *fiber;
    int64_t begin = mn_now();
    (void)argument;

    assert_ok(mn_fiber_start("holder", hold_one, &first, &fiber));
    assert_ok(minos_yield());
    minos_client_pool_free(pool);
    assert_in_range(mn_now() - begin, 40 * MINOS_S, 41 * MINOS_S);
    assert_ok(mn_fiber_join(fiber, minos_deadline_in(FAR)));
    return MINOS_OK;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        MN_BROKER_CASE(each_of_many_requests_gets_its_own_reply),
        MN_BROKER_CASE(cancel_ends_the_wait_for_a_reply),
        MN_BROKER_CASE(the_end_of_a_caller_ends_its_requests),
        MN_BROKER_CASE(without_a_broker_nothing_is_sent),
        MN_BROKER_CASE(bad_topics_are_refused),
        MN_BROKER_CASE(a_client_with_a_topic_receives_every_message_on_it),
        MN_BROKER_CASE(a_sent_message_keeps_all_but_its_reply_topic),
        MN_BROKER_CASE(several_come_one_by_one),
        MN_BROKER_CASE(a_pool_serves_many_one_after_the_other),
        MN_BROKER_CASE(a_reply_goes_to_the_fiber_that_asked),
        MN_BROKER_CASE(a_forged_or_late_reply_reaches_nobody),
        MN_BROKER_CASE(an_identifier_is_asked_once_at_a_time),
        MN_BROKER_CASE(acquire_sets_the_reply_topic_and_release_restores_it),
        MN_BROKER_CASE(an_empty_pool_makes_its_callers_wait),
        MN_BROKER_CASE(freeing_a_pool_waits_for_what_is_out),
    };
    return mn_brokers_main(tests, sizeof tests / sizeof tests[0]);
}
