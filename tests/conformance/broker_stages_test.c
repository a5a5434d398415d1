/*
 * What stands between a broker and its receivers, over every broker: queues and validators.
 */
#include <minos/broker_queue.h>
#include <minos/broker_validator.h>

#include "base/alloc.h"
#include "base/env.h"
#include "broker/driver.h"
#include "fiber/fiber.h"
#include "support/brokers.h"

#define FAR (60 * MINOS_S)

static minos_subscriber *subscribe_to(const char *group, const char *const *topics, bool remove)
{
    const minos_subscriber_options options = {
        .topics = topics, .group = group, .remove_topics_on_destroy = remove};
    const mn_broker_source from = mn_test_source();
    minos_subscriber *subscriber = NULL;
    assert_ok(mn_subscriber_open(mn_test_broker->ops, &from, &options, &subscriber));
    return subscriber;
}

static minos_subscriber *subscribe(const char *group, const char *topic)
{
    const char *const topics[] = {topic, NULL};
    return subscribe_to(group, topics, false);
}

static minos_subscriber *queued(minos_subscriber *impl, size_t records)
{
    minos_queue *queue = NULL;
    minos_subscriber *subscriber = NULL;
    const minos_queue_options options = {.records = records,
                                         .topics = minos_subscriber_topics(impl)};
    assert_ok(minos_queue_new_memory(&options, &queue));
    assert_ok(minos_subscriber_new_queued(impl, queue, &subscriber));
    return subscriber;
}

static minos_subscriber *filtered(minos_subscriber *impl)
{
    minos_validator *validator = NULL;
    minos_subscriber *subscriber = NULL;
    assert_ok(minos_validator_new_memory(NULL, &validator));
    assert_ok(minos_subscriber_new_filtered(impl, validator, &subscriber));
    return subscriber;
}

static void publish_as(minos_publisher *publisher, const char *topic, int64_t number,
                       const minos_uuid *identifier)
{
    const minos_message_options options = {.topic = topic,
                                           .identifier = identifier,
                                           .strategy = MINOS_MULTICAST,
                                           .content = MINOS_VALUE(number)};
    minos_message *message = NULL;
    assert_ok(minos_message_new(&options, &message));
    assert_ok(minos_publisher_send(publisher, message));
    minos_message_unref(message);
}

static void publish(minos_publisher *publisher, const char *topic, int64_t number)
{
    publish_as(publisher, topic, number, NULL);
}

static void expect(minos_subscriber *subscriber, int64_t expected)
{
    minos_message *message = NULL;
    int64_t number;
    assert_ok(minos_subscriber_receive(subscriber, minos_deadline_in(FAR), &message));
    assert_ok(minos_value_i64(minos_message_content(message), NULL, &number));
    assert_int_equal(number, expected);
    minos_message_unref(message);
}

static void expect_nothing(minos_subscriber *subscriber)
{
    minos_message *message = NULL;
    assert_rc(minos_subscriber_receive(subscriber, minos_deadline_in(MINOS_S), &message),
              MINOS_ETIMEDOUT);
    assert_null(message);
}

/* ---- queued ---- */

static minos_rc a_queue_keeps_the_order(void *argument)
{
    minos_publisher *publisher = mn_test_publisher();
    minos_subscriber *subscriber = queued(subscribe("a", "x"), 10);
    (void)argument;

    for (int64_t i = 0; i < 100; i++)
        publish(publisher, "x", i);
    for (int64_t i = 0; i < 100; i++)
        expect(subscriber, i);
    expect_nothing(subscriber);
    minos_subscriber_free(subscriber);
    minos_publisher_free(publisher);
    return MINOS_OK;
}

static minos_rc what_was_fetched_goes_back(void *argument)
{
    minos_publisher *publisher = mn_test_publisher();
    minos_subscriber *subscriber = queued(subscribe("a", "x"), 10);
    (void)argument;

    for (int64_t i = 0; i < 30; i++)
        publish(publisher, "x", i);
    expect(subscriber, 0);
    assert_ok(minos_sleep(MINOS_S)); /* the queue is full, one waits for room */
    minos_subscriber_free(subscriber);
    subscriber = subscribe("a", "x");
    for (int64_t i = 1; i < 30; i++)
        expect(subscriber, i);
    expect_nothing(subscriber);
    minos_subscriber_free(subscriber);
    minos_publisher_free(publisher);
    return MINOS_OK;
}

static minos_rc a_full_queue_leaves_the_rest_to_others(void *argument)
{
    minos_publisher *publisher = mn_test_publisher();
    minos_subscriber *slow = queued(subscribe("a", "x"), 2), *other;
    (void)argument;

    for (int64_t i = 0; i < 10; i++)
        publish(publisher, "x", i);
    assert_ok(minos_sleep(MINOS_MIN)); /* past every wait for room */
    other = subscribe("a", "x");
    for (int64_t i = 3; i < 10; i++) /* two in the queue, one in the fiber's hand */
        expect(other, i);
    for (int64_t i = 0; i < 3; i++)
        expect(slow, i);
    minos_subscriber_free(slow);
    minos_subscriber_free(other);
    minos_publisher_free(publisher);
    return MINOS_OK;
}

static minos_rc an_interrupted_queue_gives_nothing(void *argument)
{
    minos_publisher *publisher = mn_test_publisher();
    minos_subscriber *subscriber = queued(subscribe("a", "x"), 10);
    minos_message *message = NULL;
    (void)argument;

    publish(publisher, "x", 1);
    mn_subscriber_interrupt(subscriber, true);
    assert_rc(minos_subscriber_receive(subscriber, minos_deadline_in(FAR), &message),
              MINOS_ECLOSED);
    publish(publisher, "x", 2);
    assert_ok(minos_sleep(MINOS_S));
    mn_subscriber_interrupt(subscriber, false);
    expect(subscriber, 1);
    expect(subscriber, 2);
    mn_subscriber_interrupt(subscriber, true); /* as after a stop */
    publish(publisher, "x", 3);
    minos_subscriber_free(subscriber);
    subscriber = subscribe("a", "x");
    expect(subscriber, 3);
    minos_subscriber_free(subscriber);
    minos_publisher_free(publisher);
    return MINOS_OK;
}

static minos_rc a_broker_that_has_closed_is_asked_now_and_then(void *argument)
{
    minos_publisher *publisher = mn_test_publisher();
    minos_subscriber *impl = subscribe("a", "x"), *subscriber;
    (void)argument;

    mn_subscriber_interrupt(impl, true); /* past the stage, which knows nothing of it */
    subscriber = queued(impl, 10);
    assert_ok(minos_sleep(10 * MINOS_S)); /* would never end, were it asked without a rest */
    mn_subscriber_interrupt(impl, false);
    publish(publisher, "x", 1);
    expect(subscriber, 1);
    minos_subscriber_free(subscriber);
    minos_publisher_free(publisher);
    return MINOS_OK;
}

static minos_rc a_queue_for_other_topics_is_refused(void *argument)
{
    static const char *const more[] = {"x", "y", NULL}, *const other[] = {"y", NULL};
    const struct {
        const char *name;
        const char *const *topics;
    } rows[] = {{"more", more}, {"other", other}};
    minos_subscriber *impl = subscribe("a", "x"), *subscriber = NULL;
    minos_queue *queue = NULL;
    (void)argument;

    for (size_t i = 0; i < mn_count_of(rows); i++) {
        print_message("  %s\n", rows[i].name);
        assert_ok(minos_queue_new_memory(&(minos_queue_options){.topics = rows[i].topics}, &queue));
        assert_fails(minos_subscriber_new_queued(impl, queue, &subscriber), MINOS_EINVAL,
                     "for other topics");
        minos_queue_free(queue);
    }
    assert_ok(minos_queue_new_memory(NULL, &queue));
    assert_rc(minos_subscriber_new_queued(NULL, queue, &subscriber), MINOS_EINVAL);
    assert_rc(minos_subscriber_new_queued(impl, NULL, &subscriber), MINOS_EINVAL);
    assert_null(subscriber);
    minos_queue_free(queue);
    minos_subscriber_free(impl);
    return MINOS_OK;
}

/* ---- filtered ---- */

static minos_rc a_repeated_message_is_received_once(void *argument)
{
    const minos_uuid one = {{1}}, two = {{2}};
    static const char *const topics[] = {"x", "y", NULL};
    minos_publisher *publisher = mn_test_publisher();
    minos_subscriber *subscriber = filtered(subscribe_to("a", topics, false));
    minos_subscriber *other = subscribe("b", "x");
    (void)argument;

    publish_as(publisher, "x", 1, &one);
    publish_as(publisher, "x", 2, &one);
    publish_as(publisher, "x", 3, &two);
    publish_as(publisher, "x", 4, &one);
    expect(subscriber, 1);
    expect(subscriber, 3);
    expect_nothing(subscriber);
    publish_as(publisher, "y", 5, &one); /* another topic */
    expect(subscriber, 5);
    for (int64_t i = 1; i <= 4; i++)
        expect(other, i); /* another group */
    minos_subscriber_free(subscriber);
    minos_subscriber_free(other);
    minos_publisher_free(publisher);
    return MINOS_OK;
}

static minos_rc what_goes_back_is_no_duplicate(void *argument)
{
    const minos_uuid one = {{1}};
    minos_publisher *publisher = mn_test_publisher();
    minos_subscriber *inner = filtered(subscribe("a", "x"));
    minos_message *message;
    (void)argument;

    publish_as(publisher, "x", 1, &one);
    assert_ok(minos_subscriber_receive(inner, minos_deadline_in(FAR), &message));
    assert_ok(mn_subscriber_give_back(inner, message));
    minos_message_unref(message);
    expect(inner, 1);
    publish_as(publisher, "x", 2, &one);
    expect_nothing(inner);
    minos_subscriber_free(inner);
    minos_publisher_free(publisher);
    return MINOS_OK;
}

/* A validator that fails, or refuses all, when told. */
static minos_rc validator_rc;
static bool validator_answer;

static minos_rc as_told(void *self, const minos_message *message, bool *ret_valid)
{
    (void)self;
    (void)message;
    if (validator_rc != MINOS_OK)
        return minos_fail(validator_rc, "as the test said");
    *ret_valid = validator_answer;
    return MINOS_OK;
}

static minos_rc a_failing_validator_loses_nothing(void *argument)
{
    static const minos_validator_ops ops = {.name = "told", .is_valid = as_told};
    minos_publisher *publisher = mn_test_publisher();
    minos_subscriber *subscriber = NULL;
    minos_validator *validator = NULL;
    minos_message *message = NULL;
    (void)argument;

    assert_ok(minos_validator_new(&ops, NULL, &validator));
    assert_ok(minos_subscriber_new_filtered(subscribe("a", "x"), validator, &subscriber));
    publish(publisher, "x", 1);
    publish(publisher, "x", 2);
    validator_rc = MINOS_EIO;
    for (int i = 0; i < 2; i++)
        assert_fails(minos_subscriber_receive(subscriber, minos_deadline_in(FAR), &message),
                     MINOS_EIO, "while validating a message of x");
    validator_rc = MINOS_OK;
    validator_answer = true;
    expect(subscriber, 1);
    validator_rc = MINOS_EIO;
    assert_rc(minos_subscriber_receive(subscriber, minos_deadline_in(FAR), &message), MINOS_EIO);
    mn_subscriber_interrupt(subscriber, true);
    assert_rc(minos_subscriber_receive(subscriber, minos_deadline_in(FAR), &message),
              MINOS_ECLOSED);
    minos_subscriber_free(subscriber);
    subscriber = subscribe("a", "x");
    expect(subscriber, 2);
    minos_subscriber_free(subscriber);
    minos_publisher_free(publisher);
    return MINOS_OK;
}

static minos_rc a_validator_may_refuse_all(void *argument)
{
    static const minos_validator_ops ops = {.name = "told", .is_valid = as_told};
    minos_publisher *publisher = mn_test_publisher();
    minos_subscriber *subscriber = NULL, *impl = subscribe("a", "x");
    minos_validator *validator = NULL;
    (void)argument;

    validator_rc = MINOS_OK;
    validator_answer = false;
    assert_ok(minos_validator_new(&ops, NULL, &validator));
    assert_rc(minos_subscriber_new_filtered(NULL, validator, &subscriber), MINOS_EINVAL);
    assert_rc(minos_subscriber_new_filtered(impl, NULL, &subscriber), MINOS_EINVAL);
    assert_ok(minos_subscriber_new_filtered(impl, validator, &subscriber));
    for (int64_t i = 0; i < 20; i++)
        publish(publisher, "x", i);
    expect_nothing(subscriber);
    assert_int_equal(minos_validator_refused(validator), 20);
    minos_subscriber_free(subscriber);
    minos_publisher_free(publisher);
    return MINOS_OK;
}

static minos_rc queued_after_filtered(void *argument)
{
    const minos_uuid one = {{1}};
    minos_publisher *publisher = mn_test_publisher();
    minos_subscriber *subscriber = queued(filtered(subscribe("a", "x")), 10);
    (void)argument;

    publish_as(publisher, "x", 1, &one);
    publish_as(publisher, "x", 2, &one);
    publish(publisher, "x", 3);
    expect(subscriber, 1);
    assert_ok(minos_sleep(MINOS_S));
    minos_subscriber_free(subscriber);
    subscriber = subscribe("a", "x");
    expect(subscriber, 3); /* fetched, not received */
    expect_nothing(subscriber);
    minos_subscriber_free(subscriber);
    minos_publisher_free(publisher);
    return MINOS_OK;
}

/* ---- whatever happens ---- */

#define TOPICS 3
#define EACH   100

static const char *const every_topic[] = {"a", "b", "c", NULL};

static uint8_t chance(void)
{
    uint8_t byte;
    mn_env->random(&byte, 1);
    return byte;
}

/* Refuse no message, but fail now and then. */
static minos_rc now_and_then(void *self, const minos_message *message, bool *ret_valid)
{
    (void)self;
    (void)message;
    if (chance() % 8 == 0)
        return minos_fail(MINOS_EIO, "as chance has it");
    if (chance() % 8 == 0)
        MINOS_TRY(minos_sleep(chance() * MINOS_MS));
    *ret_valid = true;
    return MINOS_OK;
}

static minos_rc publish_all(void *argument)
{
    for (int64_t i = 0; i < EACH; i++)
        for (int64_t topic = 0; topic < TOPICS; topic++) {
            publish(argument, every_topic[topic], topic * EACH + i);
            if (chance() % 4 == 0)
                MINOS_TRY(minos_sleep(chance() * MINOS_MS));
        }
    return MINOS_OK;
}

static minos_subscriber *stages_of_chance(void)
{
    static const minos_validator_ops ops = {.name = "chance", .is_valid = now_and_then};
    minos_subscriber *subscriber = subscribe_to("g", every_topic, false);
    minos_validator *validator = NULL;

    assert_ok(minos_validator_new(&ops, NULL, &validator));
    assert_ok(minos_subscriber_new_filtered(subscriber, validator, &subscriber));
    return queued(filtered(subscriber), (size_t)chance() % 20 + 1);
}

/* Receive some, go, come again: each message once, each topic in order. */
static void live_many_lives(void)
{
    minos_publisher *publisher = mn_test_publisher();
    minos_subscriber *subscriber = subscribe_to("g", every_topic, false);
    int64_t next[TOPICS] = {0};
    mn_fiber *fiber;

    minos_subscriber_free(subscriber); /* the group keeps its lanes */
    assert_ok(mn_fiber_start("publisher", publish_all, publisher, &fiber));
    for (int64_t left = TOPICS * EACH; left > 0;) {
        subscriber = stages_of_chance();
        for (int i = chance() % 40; i > 0 && left > 0; i--) {
            minos_message *message;
            int64_t number;
            if (minos_subscriber_receive(subscriber, minos_deadline_in(10 * MINOS_S), &message) !=
                MINOS_OK)
                break;
            assert_ok(minos_value_i64(minos_message_content(message), NULL, &number));
            assert_int_equal(number % EACH, next[number / EACH]++);
            minos_message_unref(message);
            left--;
        }
        if (chance() % 2 == 0)
            mn_subscriber_interrupt(subscriber, true);
        if (chance() % 2 == 0)
            assert_ok(minos_sleep(chance() * MINOS_MS));
        minos_subscriber_free(subscriber);
    }
    assert_ok(mn_fiber_join(fiber, minos_deadline_in(FAR)));
    minos_publisher_free(publisher);
}

static minos_rc nothing_is_lost_over_many_lives(void *argument)
{
    (void)argument;
    for (int i = 0; i < 50; i++)
        live_many_lives();
    return MINOS_OK;
}

static minos_rc topics_change_through_queue_and_validator(void *argument)
{
    minos_publisher *publisher = mn_test_publisher();
    minos_subscriber *subscriber = queued(filtered(subscribe("a", "x")), 10);
    (void)argument;

    assert_ok(minos_subscriber_topic_add(subscriber, "y", MINOS_KIND_EVENT));
    publish(publisher, "y", 1);
    expect(subscriber, 1);
    assert_ok(minos_subscriber_topic_remove(subscriber, "x"));
    publish(publisher, "x", 2);
    publish(publisher, "y", 3);
    expect(subscriber, 3);
    expect_nothing(subscriber);
    minos_subscriber_free(subscriber);
    minos_publisher_free(publisher);
    return MINOS_OK;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        MN_BROKER_CASE(a_queue_keeps_the_order),
        MN_BROKER_CASE(what_was_fetched_goes_back),
        MN_BROKER_CASE(a_full_queue_leaves_the_rest_to_others),
        MN_BROKER_CASE(an_interrupted_queue_gives_nothing),
        MN_BROKER_CASE(a_broker_that_has_closed_is_asked_now_and_then),
        MN_BROKER_CASE(a_queue_for_other_topics_is_refused),
        MN_BROKER_CASE(a_repeated_message_is_received_once),
        MN_BROKER_CASE(what_goes_back_is_no_duplicate),
        MN_BROKER_CASE(a_failing_validator_loses_nothing),
        MN_BROKER_CASE(a_validator_may_refuse_all),
        MN_BROKER_CASE(queued_after_filtered),
        MN_BROKER_CASE(nothing_is_lost_over_many_lives),
        MN_BROKER_CASE(topics_change_through_queue_and_validator),
    };
    return mn_drivers_main(tests, mn_count_of(tests));
}
