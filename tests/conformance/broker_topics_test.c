/*
 * Topics that are subscribed and left while others wait, and the order in which groups are served,
 * over every broker.
 */
#include <string.h>

#include "base/alloc.h"
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

static void publish(minos_publisher *publisher, const char *topic, int64_t number)
{
    const minos_message_options options = {
        .topic = topic, .strategy = MINOS_MULTICAST, .content = MINOS_VALUE(number)};
    minos_message *message = NULL;
    assert_ok(minos_message_new(&options, &message));
    assert_ok(minos_publisher_send(publisher, message));
    minos_message_unref(message);
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

/* ---- topics at run time ---- */

typedef struct reception {
    minos_subscriber *subscriber;
    minos_rc rc;
    int64_t number;
} reception;

static minos_rc receive_one(void *argument)
{
    reception *self = argument;
    minos_message *message = NULL;
    self->rc = minos_subscriber_receive(self->subscriber, minos_deadline_in(FAR), &message);
    if (self->rc == MINOS_OK)
        assert_ok(minos_value_i64(minos_message_content(message), NULL, &self->number));
    minos_message_unref(message);
    return MINOS_OK;
}

static minos_rc a_topic_is_added_while_others_wait(void *argument)
{
    minos_publisher *publisher = mn_test_publisher();
    minos_subscriber *away = subscribe("a", "y");
    reception self = {.subscriber = subscribe("a", "x")};
    mn_fiber *fiber;
    (void)argument;

    publish(publisher, "y",
            1); /* waits in the group's lane, which the other is not subscribed to */
    minos_subscriber_free(away);
    assert_ok(mn_fiber_start("receiver", receive_one, &self, &fiber));
    assert_ok(minos_yield());
    assert_ok(minos_subscriber_topic_add(self.subscriber, "y", MINOS_KIND_EVENT));
    assert_ok(mn_fiber_join(fiber, minos_deadline_in(FAR)));
    assert_ok(self.rc);
    assert_int_equal(self.number, 1);
    publish(publisher, "y", 2);
    publish(publisher, "x", 3);
    expect(self.subscriber, 2);
    expect(self.subscriber, 3);
    assert_ok(minos_subscriber_topic_add(self.subscriber, "y", MINOS_KIND_EVENT)); /* again */
    publish(publisher, "y", 4);
    expect(self.subscriber, 4);
    expect_nothing(self.subscriber);
    assert_string_equal(minos_subscriber_topics(self.subscriber)[1], "y");
    assert_null(minos_subscriber_topics(self.subscriber)[2]);
    minos_subscriber_free(self.subscriber);
    minos_publisher_free(publisher);
    return MINOS_OK;
}

static minos_rc a_kept_command_comes_with_its_topic(void *argument)
{
    const minos_message_options options = {.topic = "do", .content = MINOS_VALUE(INT64_C(8))};
    minos_publisher *publisher = mn_test_publisher();
    minos_subscriber *subscriber = subscribe("a", "x");
    minos_message *message = NULL;
    (void)argument;

    assert_ok(minos_message_new(&options, &message));
    assert_ok(minos_publisher_send(publisher, message));
    minos_message_unref(message);
    assert_ok(minos_subscriber_topic_add(subscriber, "do", MINOS_KIND_COMMAND));
    expect(subscriber, 8);
    minos_subscriber_free(subscriber);
    minos_publisher_free(publisher);
    return MINOS_OK;
}

static minos_rc a_topic_is_removed(void *argument)
{
    static const char *const topics[] = {"x", "y", "z", NULL};
    static const struct {
        const char *name;
        const char *group;
        bool remove;
        bool is_kept; /* what waited on the topic */
    } rows[] = {
        {"of a named group: kept", "a", false, true},
        {"with remove_topics_on_destroy: dropped", "b", true, false},
        {"of an own group: dropped", NULL, false, false},
    };
    minos_publisher *publisher = mn_test_publisher();
    (void)argument;

    for (size_t i = 0; i < mn_count_of(rows); i++) {
        minos_subscriber *subscriber = subscribe_to(rows[i].group, topics, rows[i].remove);
        print_message("  %s\n", rows[i].name);
        publish(publisher, "y", 1);
        assert_ok(minos_subscriber_topic_remove(subscriber, "y"));
        publish(publisher, "y", 2);
        publish(publisher, "z", 3);
        expect(subscriber, 3);
        expect_nothing(subscriber);
        assert_string_equal(minos_subscriber_topics(subscriber)[1], "z");
        assert_null(minos_subscriber_topics(subscriber)[2]);
        assert_ok(minos_subscriber_topic_add(subscriber, "y", MINOS_KIND_EVENT));
        if (rows[i].is_kept) {
            expect(subscriber, 1);
            expect(subscriber, 2);
        }
        expect_nothing(subscriber);
        minos_subscriber_free(subscriber);
    }
    minos_publisher_free(publisher);
    return MINOS_OK;
}

static minos_rc changes_that_cannot_be_are_refused(void *argument)
{
    minos_subscriber *subscriber = subscribe("a", "x"), *owner = subscribe("b", "other");
    (void)argument;

    assert_ok(minos_subscriber_topic_add(owner, "do", MINOS_KIND_COMMAND));
    assert_rc(minos_subscriber_topic_add(subscriber, "do", MINOS_KIND_QUERY), MINOS_EEXISTS);
    assert_rc(minos_subscriber_topic_add(subscriber, NULL, MINOS_KIND_EVENT), MINOS_EINVAL);
    assert_rc(minos_subscriber_topic_add(subscriber, "", MINOS_KIND_EVENT), MINOS_EINVAL);
    assert_rc(minos_subscriber_topic_add(subscriber, "a\n", MINOS_KIND_EVENT), MINOS_EINVAL);
    assert_rc(minos_subscriber_topic_remove(subscriber, "y"), MINOS_ENOTFOUND);
    assert_rc(minos_subscriber_topic_remove(subscriber, NULL), MINOS_ENOTFOUND);
    assert_fails(minos_subscriber_topic_remove(subscriber, "x"), MINOS_ESTATE, "last topic");
    assert_null(minos_subscriber_topics(subscriber)[1]);
    minos_subscriber_free(subscriber);
    minos_subscriber_free(owner);
    return MINOS_OK;
}

/* ---- fan-out ---- */

typedef struct arrival {
    minos_subscriber *subscriber;
    char name;
} arrival;

static char arrivals[64];

static minos_rc note_arrivals(void *argument)
{
    arrival *self = argument;
    minos_message *message;

    while (minos_subscriber_receive(self->subscriber, minos_deadline_never(), &message) ==
           MINOS_OK) {
        minos_message_unref(message);
        arrivals[strlen(arrivals)] = self->name;
    }
    return MINOS_OK;
}

static minos_rc groups_are_served_in_the_order_they_came(void *argument)
{
    minos_publisher *publisher = mn_test_publisher();
    arrival all[] = {{subscribe("z", "x"), 'z'},
                     {subscribe("a", "x"), 'a'},
                     {subscribe(NULL, "x"), 'o'},
                     {subscribe("m", "x"), 'm'}};
    mn_fiber *fibers[mn_count_of(all)];
    (void)argument;

    memset(arrivals, 0, sizeof arrivals);
    for (size_t i = 0; i < mn_count_of(all); i++)
        assert_ok(
            mn_fiber_start("receiver", note_arrivals, &all[mn_count_of(all) - 1 - i], &fibers[i]));
    assert_ok(minos_yield());
    for (int64_t i = 0; i < 3; i++) {
        publish(publisher, "x", i);
        assert_ok(minos_sleep(MINOS_S));
    }
    if (mn_test_broker->is_simulated)
        assert_string_equal(arrivals, "zaomzaomzaom");
    assert_int_equal(strlen(arrivals), 12);
    for (size_t i = 0; i < mn_count_of(all); i++) {
        mn_fiber_cancel(fibers[i]);
        assert_ok(mn_fiber_join(fibers[i], minos_deadline_in(FAR)));
    }
    for (size_t i = 0; i < mn_count_of(all); i++)
        minos_subscriber_free(all[i].subscriber);
    minos_publisher_free(publisher);
    return MINOS_OK;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        MN_BROKER_CASE(a_topic_is_added_while_others_wait),
        MN_BROKER_CASE(a_kept_command_comes_with_its_topic),
        MN_BROKER_CASE(a_topic_is_removed),
        MN_BROKER_CASE(changes_that_cannot_be_are_refused),
        MN_BROKER_CASE(groups_are_served_in_the_order_they_came),
    };
    return mn_drivers_main(tests, mn_count_of(tests));
}
