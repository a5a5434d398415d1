/*
 * What every broker does: routing by group, order, waiting. A driver joins in support/brokers.c.
 */
#include <string.h>

#include "base/alloc.h"
#include "broker/driver.h"
#include "fiber/fiber.h"
#include "support/brokers.h"

#define FAR (60 * MINOS_S)

static minos_rc subscribe_as(const char *group, minos_kind kind, const char *const *topics,
                             minos_subscriber **ret_subscriber)
{
    const minos_kind kinds[] = {kind, kind, kind, kind};
    const minos_subscriber_options options = {
        .topics = topics, .group = group, .kinds = kind == 0 ? NULL : kinds};
    const mn_broker_source from = mn_test_source();
    return mn_subscriber_open(mn_test_broker->ops, &from, &options, ret_subscriber);
}

static minos_subscriber *subscribe(const char *group, const char *topic)
{
    const char *const topics[] = {topic, NULL};
    minos_subscriber *subscriber = NULL;
    assert_ok(subscribe_as(group, 0, topics, &subscriber));
    return subscriber;
}

static minos_message *message_to(const char *topic, minos_strategy strategy, int64_t number)
{
    const minos_value content = minos_value_int(number);
    const minos_message_options options = {
        .topic = topic, .strategy = strategy, .content = &content};
    minos_message *message = NULL;
    assert_ok(minos_message_new(&options, &message));
    return message;
}

static void publish(minos_publisher *publisher, const char *topic, minos_strategy strategy,
                    int64_t number)
{
    minos_message *message = message_to(topic, strategy, number);
    assert_ok(minos_publisher_send(publisher, message));
    minos_message_unref(message);
}

static int64_t number_of(const minos_message *message)
{
    int64_t number;
    assert_ok(minos_value_i64(minos_message_content(message), NULL, &number));
    return number;
}

/* Receive and expect a number. */
static void expect(minos_subscriber *subscriber, int64_t number)
{
    minos_message *message = NULL;
    assert_ok(minos_subscriber_receive(subscriber, minos_deadline_in(FAR), &message));
    assert_int_equal(number_of(message), number);
    minos_message_unref(message);
}

static void expect_nothing(minos_subscriber *subscriber)
{
    minos_message *message = NULL;
    assert_rc(minos_subscriber_receive(subscriber, minos_deadline_in(MINOS_S), &message),
              MINOS_ETIMEDOUT);
    assert_null(message);
}

/* ---- routing ---- */

static minos_rc each_group_gets_one_copy(void *argument)
{
    minos_publisher *publisher = mn_test_publisher();
    minos_subscriber *a = subscribe("a", "happened"), *b = subscribe("b", "happened");
    minos_subscriber *own = subscribe(NULL, "happened");
    (void)argument;

    publish(publisher, "happened", MINOS_MULTICAST, 1);
    publish(publisher, "happened", MINOS_MULTICAST, 2);
    expect(a, 1);
    expect(a, 2);
    expect(own, 1);
    expect(b, 1);
    expect(b, 2);
    expect(own, 2);
    expect_nothing(a);
    expect_nothing(b);
    expect_nothing(own);
    minos_subscriber_free(a);
    minos_subscriber_free(b);
    minos_subscriber_free(own);
    minos_publisher_free(publisher);
    return MINOS_OK;
}

static minos_rc members_share_their_groups_copy(void *argument)
{
    minos_publisher *publisher = mn_test_publisher();
    minos_subscriber *members[] = {subscribe("a", "happened"), subscribe("a", "happened")};
    bool seen[20] = {false};
    (void)argument;

    for (int i = 0; i < 20; i++)
        publish(publisher, "happened", MINOS_MULTICAST, i);
    for (int i = 0; i < 20; i++) {
        minos_message *message;
        assert_ok(minos_subscriber_receive(members[i % 2], minos_deadline_in(FAR), &message));
        assert_false(seen[number_of(message)]);
        seen[number_of(message)] = true;
        minos_message_unref(message);
    }
    expect_nothing(members[0]);
    expect_nothing(members[1]);
    minos_subscriber_free(members[0]);
    publish(publisher, "happened", MINOS_MULTICAST, 7);
    expect(members[1], 7);
    minos_subscriber_free(members[1]);
    minos_publisher_free(publisher);
    return MINOS_OK;
}

static minos_rc a_unicast_message_goes_to_the_first_subscription(void *argument)
{
    minos_publisher *publisher = mn_test_publisher();
    minos_subscriber *first = subscribe("z", "do"), *second = subscribe("a", "do");
    (void)argument;

    for (int i = 0; i < 3; i++)
        publish(publisher, "do", MINOS_UNICAST, i);
    for (int i = 0; i < 3; i++)
        expect(first, i);
    expect_nothing(second);
    minos_subscriber_free(first);
    minos_subscriber_free(second);
    minos_publisher_free(publisher);
    return MINOS_OK;
}

static minos_rc a_command_waits_for_its_first_subscriber(void *argument)
{
    minos_publisher *publisher = mn_test_publisher();
    minos_subscriber *late, *other;
    (void)argument;

    for (int i = 0; i < 3; i++)
        publish(publisher, "do", MINOS_UNICAST, i);
    late = subscribe("a", "do");
    other = subscribe("b", "do");
    for (int i = 0; i < 3; i++)
        expect(late, i);
    expect_nothing(other);
    minos_subscriber_free(late);
    minos_subscriber_free(other);
    minos_publisher_free(publisher);
    return MINOS_OK;
}

static minos_rc an_event_without_subscriber_is_dropped(void *argument)
{
    minos_publisher *publisher = mn_test_publisher();
    minos_subscriber *late;
    (void)argument;

    publish(publisher, "happened", MINOS_MULTICAST, 1);
    late = subscribe("a", "happened");
    expect_nothing(late);
    if (mn_test_source().hub != NULL)
        assert_int_equal(mn_hub_count(mn_test_source().hub).dropped_events, 1);
    minos_subscriber_free(late);
    minos_publisher_free(publisher);
    return MINOS_OK;
}

static minos_rc a_named_group_keeps_what_came_while_it_was_away(void *argument)
{
    minos_publisher *publisher = mn_test_publisher();
    minos_subscriber *subscriber = subscribe("a", "happened");
    (void)argument;

    publish(publisher, "happened", MINOS_MULTICAST, 1);
    minos_subscriber_free(subscriber);
    publish(publisher, "happened", MINOS_MULTICAST, 2);
    subscriber = subscribe("a", "happened");
    expect(subscriber, 1);
    expect(subscriber, 2);
    minos_subscriber_free(subscriber);
    minos_publisher_free(publisher);
    return MINOS_OK;
}

static minos_rc an_own_group_goes_with_its_subscriber(void *argument)
{
    minos_publisher *publisher = mn_test_publisher();
    minos_subscriber *subscriber = subscribe(NULL, "happened");
    (void)argument;

    publish(publisher, "happened", MINOS_MULTICAST, 1);
    minos_subscriber_free(subscriber);
    publish(publisher, "happened", MINOS_MULTICAST, 2);
    subscriber = subscribe(NULL, "happened");
    expect_nothing(subscriber);
    minos_subscriber_free(subscriber);
    minos_publisher_free(publisher);
    return MINOS_OK;
}

static minos_rc topics_are_removed_when_asked(void *argument)
{
    const char *const topics[] = {"happened", NULL};
    const minos_subscriber_options options = {
        .topics = topics, .group = "a", .remove_topics_on_destroy = true};
    const mn_broker_source from = mn_test_source();
    minos_publisher *publisher = mn_test_publisher();
    minos_subscriber *subscriber;
    (void)argument;

    assert_ok(mn_subscriber_open(mn_test_broker->ops, &from, &options, &subscriber));
    publish(publisher, "happened", MINOS_MULTICAST, 1);
    minos_subscriber_free(subscriber);
    subscriber = subscribe("a", "happened");
    expect_nothing(subscriber);
    minos_subscriber_free(subscriber);
    minos_publisher_free(publisher);
    return MINOS_OK;
}

static minos_rc a_command_topic_belongs_to_one_group(void *argument)
{
    const char *const topics[] = {"do", NULL};
    minos_subscriber *first, *same, *second = NULL;
    (void)argument;

    assert_ok(subscribe_as("a", MINOS_KIND_COMMAND, topics, &first));
    assert_ok(subscribe_as("a", MINOS_KIND_COMMAND, topics, &same));
    assert_fails(subscribe_as("b", MINOS_KIND_COMMAND, topics, &second), MINOS_EEXISTS,
                 "subscribing");
    assert_fails(subscribe_as(NULL, MINOS_KIND_QUERY, topics, &second), MINOS_EEXISTS,
                 "subscribing");
    assert_null(second);
    assert_ok(subscribe_as("b", MINOS_KIND_EVENT, topics, &second));
    minos_subscriber_free(second);
    minos_subscriber_free(same);
    minos_subscriber_free(first);
    assert_ok(subscribe_as("b", MINOS_KIND_COMMAND, topics, &second));
    minos_subscriber_free(second);
    return MINOS_OK;
}

static minos_rc each_topic_keeps_its_order(void *argument)
{
    static const char *const topics[] = {"x", "y", "z", NULL};
    minos_publisher *publisher = mn_test_publisher();
    minos_subscriber *subscriber;
    int64_t next[3] = {0, 0, 0};
    (void)argument;

    assert_ok(subscribe_as("a", 0, topics, &subscriber));
    for (int i = 0; i < 300; i++)
        publish(publisher, topics[(i * 7) % 3], MINOS_MULTICAST, (i * 7) % 3 * 1000 + i / 3);
    for (int i = 0; i < 300; i++) {
        minos_message *message;
        int64_t number;
        assert_ok(minos_subscriber_receive(subscriber, minos_deadline_in(FAR), &message));
        number = number_of(message);
        assert_int_equal(number % 1000, next[number / 1000]++);
        assert_string_equal(minos_message_topic(message), topics[number / 1000]);
        minos_message_unref(message);
    }
    expect_nothing(subscriber);
    minos_subscriber_free(subscriber);
    minos_publisher_free(publisher);
    return MINOS_OK;
}

static minos_rc what_is_not_valid_is_refused(void *argument)
{
    static const char *const none[] = {NULL}, *const empty[] = {"", NULL},
                             *const bad[] = {"good", "b\xff", NULL}, *const good[] = {"a", NULL};
    const struct {
        const char *name;
        minos_subscriber_options options;
        const char *message;
    } rows[] = {
        {"topics NULL", {.topics = NULL}, "topics are NULL"},
        {"no topics", {.topics = none}, "no topics"},
        {"empty topic", {.topics = empty}, "is empty"},
        {"topic not UTF-8", {.topics = bad}, "not clean UTF-8"},
        {"empty group", {.topics = good, .group = ""}, "the group is empty"},
        {"group with newline", {.topics = good, .group = "a\n"}, "the group is not clean"},
    };
    const mn_broker_source from = mn_test_source();
    (void)argument;

    for (size_t i = 0; i < mn_count_of(rows); i++) {
        minos_subscriber *subscriber = NULL;
        print_message("  %s\n", rows[i].name);
        assert_fails(mn_subscriber_open(mn_test_broker->ops, &from, &rows[i].options, &subscriber),
                     MINOS_EINVAL, rows[i].message);
        assert_null(subscriber);
    }
    return MINOS_OK;
}

static minos_rc no_message_is_refused(void *argument)
{
    minos_publisher *publisher = mn_test_publisher();
    minos_subscriber *subscriber = subscribe("a", "x");
    (void)argument;
    assert_rc(minos_publisher_send(publisher, NULL), MINOS_EINVAL);
    assert_rc(minos_subscriber_add_message(subscriber, NULL), MINOS_EINVAL);
    minos_subscriber_free(subscriber);
    minos_subscriber_free(NULL);
    minos_publisher_free(publisher);
    minos_publisher_free(NULL);
    return MINOS_OK;
}

static minos_rc topics_are_sorted_and_once(void *argument)
{
    static const char *const topics[] = {"b", "c", "a", "b", NULL};
    minos_publisher *publisher = mn_test_publisher();
    minos_subscriber *subscriber;
    const char *const *got;
    (void)argument;

    assert_ok(subscribe_as("a", 0, topics, &subscriber));
    got = minos_subscriber_topics(subscriber);
    assert_string_equal(got[0], "a");
    assert_string_equal(got[1], "b");
    assert_string_equal(got[2], "c");
    assert_null(got[3]);
    publish(publisher, "b", MINOS_MULTICAST, 1);
    expect(subscriber, 1);
    expect_nothing(subscriber);
    minos_subscriber_free(subscriber);
    minos_publisher_free(publisher);
    return MINOS_OK;
}

static minos_rc messages_can_be_added_by_hand(void *argument)
{
    minos_subscriber *subscriber = subscribe("a", "x");
    minos_message *message = message_to("elsewhere", MINOS_UNICAST, 5);
    (void)argument;

    if (mn_test_broker->ops->add == NULL) {
        assert_rc(minos_subscriber_add_message(subscriber, message), MINOS_ENOTSUP);
    } else {
        assert_ok(minos_subscriber_add_message(subscriber, message));
        expect(subscriber, 5);
    }
    minos_message_unref(message);
    minos_subscriber_free(subscriber);
    return MINOS_OK;
}

static minos_rc a_publisher_can_keep_what_it_sent(void *argument)
{
    minos_publisher *publisher = mn_test_publisher();
    (void)argument;

    publish(publisher, "happened", MINOS_MULTICAST, 0);
    assert_null(minos_publisher_sent(publisher, 0));
    minos_publisher_record(publisher, 2);
    for (int i = 1; i <= 3; i++)
        publish(publisher, "happened", MINOS_MULTICAST, i);
    assert_int_equal(number_of(minos_publisher_sent(publisher, 0)), 2);
    assert_int_equal(number_of(minos_publisher_sent(publisher, 1)), 3);
    assert_null(minos_publisher_sent(publisher, 2));
    minos_publisher_record(publisher, 1);
    assert_int_equal(number_of(minos_publisher_sent(publisher, 0)), 3);
    minos_publisher_free(publisher);
    return MINOS_OK;
}

/* ---- waiting ---- */

typedef struct reception {
    minos_subscriber *subscriber;
    minos_deadline deadline;
    minos_rc rc;
    int64_t number;
} reception;

static minos_rc receive_one(void *argument)
{
    reception *self = argument;
    minos_message *message = NULL;
    self->rc = minos_subscriber_receive(self->subscriber, self->deadline, &message);
    if (self->rc == MINOS_OK)
        self->number = number_of(message);
    minos_message_unref(message);
    return MINOS_OK;
}

static minos_rc a_waiting_fiber_is_handed_the_message(void *argument)
{
    minos_publisher *publisher = mn_test_publisher();
    reception self = {.subscriber = subscribe("a", "x"), .deadline = minos_deadline_never()};
    mn_fiber *fiber;
    (void)argument;

    assert_ok(mn_fiber_start("receiver", receive_one, &self, &fiber));
    assert_ok(minos_yield());
    publish(publisher, "x", MINOS_MULTICAST, 9);
    assert_ok(mn_fiber_join(fiber, minos_deadline_in(FAR)));
    assert_ok(self.rc);
    assert_int_equal(self.number, 9);
    minos_subscriber_free(self.subscriber);
    minos_publisher_free(publisher);
    return MINOS_OK;
}

static minos_rc cancel_ends_a_wait_and_loses_nothing(void *argument)
{
    minos_publisher *publisher = mn_test_publisher();
    reception self = {.subscriber = subscribe("a", "x"), .deadline = minos_deadline_never()};
    mn_fiber *fiber;
    (void)argument;

    assert_ok(mn_fiber_start("receiver", receive_one, &self, &fiber));
    assert_ok(minos_yield());
    mn_fiber_cancel(fiber);
    publish(publisher, "x", MINOS_MULTICAST, 9);
    assert_ok(mn_fiber_join(fiber, minos_deadline_in(FAR)));
    if (self.rc != MINOS_OK) { /* the message came before the cancel was seen, or waits */
        assert_int_equal(self.rc, MINOS_ECANCELED);
        expect(self.subscriber, 9);
    }
    minos_subscriber_free(self.subscriber);
    minos_publisher_free(publisher);
    return MINOS_OK;
}

static minos_rc an_interrupt_ends_all_waits(void *argument)
{
    minos_publisher *publisher = mn_test_publisher();
    minos_subscriber *subscriber = subscribe("a", "x");
    reception selves[3];
    mn_fiber *fibers[3];
    minos_message *message;
    (void)argument;

    for (int i = 0; i < 3; i++) {
        selves[i] = (reception){.subscriber = subscriber, .deadline = minos_deadline_never()};
        assert_ok(mn_fiber_start("receiver", receive_one, &selves[i], &fibers[i]));
    }
    assert_ok(minos_yield());
    mn_subscriber_interrupt(subscriber, true);
    mn_subscriber_interrupt(subscriber, false); /* before they ran: it counts all the same */
    mn_subscriber_interrupt(subscriber, true);
    publish(publisher, "x", MINOS_MULTICAST, 1);
    mn_subscriber_interrupt(subscriber, false);
    for (int i = 0; i < 3; i++) {
        assert_ok(mn_fiber_join(fibers[i], minos_deadline_in(FAR)));
        assert_int_equal(selves[i].rc, MINOS_ECLOSED);
    }
    mn_subscriber_interrupt(subscriber, true);
    assert_rc(minos_subscriber_receive(subscriber, minos_deadline_in(FAR), &message),
              MINOS_ECLOSED);
    mn_subscriber_interrupt(subscriber, false);
    expect(subscriber, 1);
    minos_subscriber_free(subscriber);
    minos_publisher_free(publisher);
    return MINOS_OK;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        MN_BROKER_CASE(each_group_gets_one_copy),
        MN_BROKER_CASE(members_share_their_groups_copy),
        MN_BROKER_CASE(a_unicast_message_goes_to_the_first_subscription),
        MN_BROKER_CASE(a_command_waits_for_its_first_subscriber),
        MN_BROKER_CASE(an_event_without_subscriber_is_dropped),
        MN_BROKER_CASE(a_named_group_keeps_what_came_while_it_was_away),
        MN_BROKER_CASE(an_own_group_goes_with_its_subscriber),
        MN_BROKER_CASE(topics_are_removed_when_asked),
        MN_BROKER_CASE(a_command_topic_belongs_to_one_group),
        MN_BROKER_CASE(each_topic_keeps_its_order),
        MN_BROKER_CASE(what_is_not_valid_is_refused),
        MN_BROKER_CASE(no_message_is_refused),
        MN_BROKER_CASE(topics_are_sorted_and_once),
        MN_BROKER_CASE(messages_can_be_added_by_hand),
        MN_BROKER_CASE(a_publisher_can_keep_what_it_sent),
        MN_BROKER_CASE(a_waiting_fiber_is_handed_the_message),
        MN_BROKER_CASE(cancel_ends_a_wait_and_loses_nothing),
        MN_BROKER_CASE(an_interrupt_ends_all_waits),
    };
    return mn_drivers_main(tests, sizeof tests / sizeof tests[0]);
}
