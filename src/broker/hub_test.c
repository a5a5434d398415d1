/*
 * The in-process hub: limits, back-pressure, what is counted, sharing between unlike members.
 */
#include "broker/hub.h"

#include <minos/log.h>

#include <stdio.h>

#include "base/alloc.h"
#include "base/env.h"
#include "broker/pending.h"
#include "fiber/fiber.h"
#include "fiber/simulation.h"
#include "support/support.h"

#define FAR (60 * MINOS_S)

static mn_hub *hub;

static mn_member *join_all(const char *group, const char *const *topics)
{
    const minos_subscriber_options options = {.topics = topics, .group = group};
    mn_member *member = NULL;
    assert_ok(mn_member_new(hub, &options, &member));
    return member;
}

static mn_member *join(const char *group, const char *topic)
{
    const char *const topics[] = {topic, NULL};
    return join_all(group, topics);
}

static minos_rc publish_until(const char *topic, minos_strategy strategy, int number,
                              minos_deadline deadline)
{
    const minos_message_options options = {
        .topic = topic, .strategy = strategy, .content = MINOS_VALUE(number)};
    minos_message *message;
    minos_rc rc;
    assert_ok(minos_message_new(&options, &message));
    rc = mn_hub_publish(hub, message, false, deadline);
    minos_message_unref(message);
    return rc;
}

static minos_rc publish(const char *topic, minos_strategy strategy, int number)
{
    return publish_until(topic, strategy, number, minos_deadline_never());
}

static int take(mn_member *member)
{
    minos_message *message;
    int64_t number;
    assert_ok(mn_member_receive(member, minos_deadline_in(FAR), &message));
    assert_ok(minos_value_i64(minos_message_content(message), NULL, &number));
    minos_message_unref(message);
    return (int)number;
}

/* ---- back-pressure ---- */

typedef struct sender {
    const char *topic;
    int number;
    minos_deadline deadline;
    minos_rc rc;
    bool done;
} sender;

static minos_rc send_one(void *argument)
{
    sender *self = argument;
    self->rc = publish_until(self->topic, MINOS_MULTICAST, self->number, self->deadline);
    self->done = true;
    return MINOS_OK;
}

static minos_rc a_full_lane_makes_publishers_wait(void *argument)
{
    sender senders[3];
    mn_fiber *fibers[3];
    mn_member *member;
    (void)argument;

    hub = mn_hub_new(&(mn_hub_options){.lane_messages_max = 2});
    member = join("a", "x");
    assert_ok(publish("x", MINOS_MULTICAST, 0));
    assert_ok(publish("x", MINOS_MULTICAST, 1));
    for (int i = 0; i < 3; i++) {
        senders[i] = (sender){.topic = "x", .number = 2 + i, .deadline = minos_deadline_never()};
        assert_ok(mn_fiber_start("sender", send_one, &senders[i], &fibers[i]));
    }
    assert_ok(minos_sleep(MINOS_S));
    for (int i = 0; i < 3; i++)
        assert_false(senders[i].done);
    for (int i = 0; i < 5; i++)
        assert_int_equal(take(member), i); /* in the order in which they came */
    for (int i = 0; i < 3; i++) {
        assert_ok(mn_fiber_join(fibers[i], minos_deadline_in(FAR)));
        assert_ok(senders[i].rc);
    }
    assert_int_equal(mn_hub_count(hub).published, 5);
    mn_member_free(member);
    mn_hub_unref(hub);
    return MINOS_OK;
}

static minos_rc a_wait_for_room_ends(void *argument)
{
    sender late = {.topic = "x", .number = 1}, cut = {.topic = "x", .number = 2};
    mn_fiber *fibers[2];
    mn_member *full, *empty;
    minos_message *message;
    int64_t begin;
    (void)argument;

    hub = mn_hub_new(&(mn_hub_options){.lane_messages_max = 1});
    full = join("a", "x");
    empty = join("b", "x");
    assert_ok(publish("x", MINOS_MULTICAST, 0));
    assert_int_equal(take(empty), 0);
    late.deadline = minos_deadline_in(MINOS_S);
    cut.deadline = minos_deadline_never();
    assert_ok(mn_fiber_start("late", send_one, &late, &fibers[0]));
    assert_ok(mn_fiber_start("cut", send_one, &cut, &fibers[1]));
    assert_ok(minos_yield());
    mn_fiber_cancel(fibers[1]);
    for (int i = 0; i < 2; i++)
        assert_ok(mn_fiber_join(fibers[i], minos_deadline_in(FAR)));
    assert_int_equal(late.rc, MINOS_ETIMEDOUT);
    assert_int_equal(cut.rc, MINOS_ECANCELED);
    /* Nobody got a message that was refused, not even the group that had room. */
    assert_rc(mn_member_receive(empty, minos_deadline_in(MINOS_S), &message), MINOS_ETIMEDOUT);
    begin = mn_now();
    assert_rc(publish("x", MINOS_MULTICAST, 3), MINOS_ETIMEDOUT); /* no deadline: 30 s */
    assert_in_range(mn_now() - begin, 30 * MINOS_S, 31 * MINOS_S);
    assert_int_equal(take(full), 0);
    mn_member_free(full);
    mn_member_free(empty);
    mn_hub_unref(hub);
    return MINOS_OK;
}

static minos_rc a_full_lane_that_nobody_reads_refuses_at_once(void *argument)
{
    sender waiting = {.topic = "x", .number = 1, .deadline = minos_deadline_never()};
    mn_member *member;
    mn_fiber *fiber;
    int64_t begin;
    (void)argument;

    hub = mn_hub_new(&(mn_hub_options){.lane_messages_max = 1});
    member = join("a", "x");
    assert_ok(publish("x", MINOS_UNICAST, 0));
    assert_ok(mn_fiber_start("sender", send_one, &waiting, &fiber));
    assert_ok(minos_sleep(MINOS_S));
    mn_member_free(member); /* the last who could make room */
    begin = mn_now();
    assert_ok(mn_fiber_join(fiber, minos_deadline_in(FAR)));
    assert_int_equal(waiting.rc, MINOS_EFULL);
    assert_fails(publish("x", MINOS_UNICAST, 1), MINOS_EFULL, "nobody reads it");
    assert_in_range(mn_now() - begin, 0, MINOS_MS);
    mn_hub_unref(hub);
    return MINOS_OK;
}

static minos_rc a_topic_may_go_while_a_publisher_waits(void *argument)
{
    sender waiting = {.topic = "x", .number = 1, .deadline = minos_deadline_never()};
    mn_member *member;
    mn_fiber *fiber;
    (void)argument;

    hub = mn_hub_new(&(mn_hub_options){.lane_messages_max = 1});
    member = join(NULL, "x");
    assert_ok(publish("x", MINOS_MULTICAST, 0));
    assert_ok(mn_fiber_start("sender", send_one, &waiting, &fiber));
    assert_ok(minos_sleep(MINOS_S));
    mn_member_free(member);
    assert_ok(mn_fiber_join(fiber, minos_deadline_in(FAR)));
    assert_ok(waiting.rc);
    assert_int_equal(mn_hub_count(hub).abandoned, 1);
    assert_int_equal(mn_hub_count(hub).dropped_events, 1);
    mn_hub_unref(hub);
    return MINOS_OK;
}

static minos_rc nobody_is_left_waiting_for_room(void *argument)
{
    sender senders[4];
    mn_fiber *fibers[4];
    mn_member *x, *both;
    static const char *const topics[] = {"x", "y", NULL};
    (void)argument;

    /* The first two woken at x find the other group still full and do not use their turn. */
    hub = mn_hub_new(&(mn_hub_options){.lane_messages_max = 1});
    x = join("a", "x");
    both = join_all("b", topics);
    assert_ok(publish("x", MINOS_MULTICAST, 0));
    for (int i = 0; i < 4; i++) {
        senders[i] = (sender){.topic = "x", .number = 1 + i, .deadline = minos_deadline_never()};
        assert_ok(mn_fiber_start("sender", send_one, &senders[i], &fibers[i]));
    }
    assert_ok(minos_sleep(MINOS_S));
    for (int i = 0; i < 5; i++) {
        take(x);
        assert_ok(minos_sleep(MINOS_S));
        take(both);
        assert_ok(minos_sleep(MINOS_S));
    }
    for (int i = 0; i < 4; i++) {
        assert_ok(mn_fiber_join(fibers[i], minos_deadline_in(FAR)));
        assert_ok(senders[i].rc);
    }
    mn_member_free(x);
    mn_member_free(both);
    mn_hub_unref(hub);
    return MINOS_OK;
}

/* ---- kept and dropped ---- */

static minos_rc what_is_kept_is_bounded(void *argument)
{
    mn_member *member;
    (void)argument;

    hub = mn_hub_new(&(mn_hub_options){.topic_kept_max = 2, .hub_kept_max = 3});
    assert_ok(publish("x", MINOS_UNICAST, 0));
    assert_ok(publish("x", MINOS_UNICAST, 1));
    assert_fails(publish("x", MINOS_UNICAST, 2), MINOS_EFULL, "nobody is subscribed to x");
    assert_ok(publish("y", MINOS_UNICAST, 0));
    assert_fails(publish("y", MINOS_UNICAST, 1), MINOS_EFULL, "nobody is subscribed to y");
    assert_fails(publish("z", MINOS_UNICAST, 0), MINOS_EFULL, "nobody is subscribed to z");
    assert_int_equal(mn_hub_count(hub).kept, 3);
    member = join("a", "x");
    assert_int_equal(mn_hub_count(hub).kept, 1);
    assert_int_equal(take(member), 0);
    assert_int_equal(take(member), 1);
    assert_ok(publish("z", MINOS_UNICAST, 0));
    mn_member_free(member);
    mn_hub_unref(hub); /* with what is kept: told in the log, not leaked */
    return MINOS_OK;
}

static minos_rc a_reply_to_nobody_is_dropped_and_counted(void *argument)
{
    const minos_message_options options = {.topic = "gone"};
    minos_message *message;
    (void)argument;

    hub = mn_hub_new(NULL);
    assert_ok(minos_message_new(&options, &message));
    assert_ok(mn_hub_publish(hub, message, true, minos_deadline_never()));
    minos_message_unref(message);
    assert_int_equal(mn_hub_count(hub).dropped_replies, 1);
    assert_int_equal(mn_hub_count(hub).kept, 0);
    mn_hub_unref(hub);
    return MINOS_OK;
}

static minos_rc a_reply_waits_5_s_for_a_client_that_does_not_read(void *argument)
{
    const minos_message_options options = {.topic = "x"};
    minos_message *message;
    mn_member *member;
    int64_t begin;
    (void)argument;

    hub = mn_hub_new(&(mn_hub_options){.lane_messages_max = 1});
    member = join(NULL, "x");
    assert_ok(minos_message_new(&options, &message));
    assert_ok(mn_hub_publish(hub, message, true, minos_deadline_never()));
    begin = mn_now();
    assert_rc(mn_hub_publish(hub, message, true, minos_deadline_never()), MINOS_ETIMEDOUT);
    assert_in_range(mn_now() - begin, 5 * MINOS_S, 6 * MINOS_S);
    minos_message_unref(message);
    mn_member_free(member);
    mn_hub_unref(hub);
    return MINOS_OK;
}

/* ---- groups ---- */

typedef struct taker {
    mn_member *member;
    int taken[64];
    int count;
} taker;

static minos_rc take_until_closed(void *argument)
{
    taker *self = argument;
    minos_message *message;
    while (mn_member_receive(self->member, minos_deadline_never(), &message) == MINOS_OK) {
        int64_t number;
        assert_ok(minos_value_i64(minos_message_content(message), NULL, &number));
        self->taken[self->count++] = (int)number;
        minos_message_unref(message);
    }
    return MINOS_OK;
}

static minos_rc members_with_unlike_topics_get_only_their_own(void *argument)
{
    static const char *const xy[] = {"x", "y", NULL}, *const yz[] = {"y", "z", NULL};
    taker takers[2] = {{.count = 0}, {.count = 0}};
    mn_fiber *fibers[2];
    (void)argument;

    hub = mn_hub_new(NULL);
    takers[0].member = join_all("a", xy);
    takers[1].member = join_all("a", yz);
    for (int i = 0; i < 2; i++)
        assert_ok(mn_fiber_start("taker", take_until_closed, &takers[i], &fibers[i]));
    for (int i = 0; i < 10; i++) {
        assert_ok(minos_yield());
        assert_ok(publish("x", MINOS_MULTICAST, 100 + i));
        assert_ok(publish("y", MINOS_MULTICAST, 200 + i));
        assert_ok(publish("z", MINOS_MULTICAST, 300 + i));
    }
    assert_ok(minos_sleep(MINOS_S));
    assert_int_equal(takers[0].count + takers[1].count, 30);
    for (int i = 0; i < takers[0].count; i++)
        assert_true(takers[0].taken[i] < 300);
    for (int i = 0; i < takers[1].count; i++)
        assert_true(takers[1].taken[i] >= 200);
    for (int i = 0; i < 2; i++) {
        mn_member_interrupt(takers[i].member, true);
        assert_ok(mn_fiber_join(fibers[i], minos_deadline_in(FAR)));
        mn_member_free(takers[i].member);
    }
    mn_hub_unref(hub);
    return MINOS_OK;
}

static minos_rc idle_members_take_turns(void *argument)
{
    taker takers[3] = {{.count = 0}, {.count = 0}, {.count = 0}};
    mn_fiber *fibers[3];
    (void)argument;

    hub = mn_hub_new(NULL);
    for (int i = 0; i < 3; i++) {
        takers[i].member = join("a", "x");
        assert_ok(mn_fiber_start("taker", take_until_closed, &takers[i], &fibers[i]));
    }
    for (int i = 0; i < 30; i++) {
        assert_ok(minos_sleep(MINOS_MS));
        assert_ok(publish("x", MINOS_MULTICAST, i));
    }
    assert_ok(minos_sleep(MINOS_MS));
    for (int i = 0; i < 3; i++) {
        assert_int_equal(takers[i].count, 10);
        mn_member_interrupt(takers[i].member, true);
        assert_ok(mn_fiber_join(fibers[i], minos_deadline_in(FAR)));
        mn_member_free(takers[i].member);
    }
    mn_hub_unref(hub);
    return MINOS_OK;
}

static minos_rc topics_take_turns(void *argument)
{
    static const char *const topics[] = {"x", "y", NULL};
    mn_member *member;
    (void)argument;

    hub = mn_hub_new(NULL);
    member = join_all("a", topics);
    for (int i = 0; i < 3; i++)
        assert_ok(publish("x", MINOS_MULTICAST, i));
    for (int i = 0; i < 3; i++)
        assert_ok(publish("y", MINOS_MULTICAST, 10 + i));
    assert_int_equal(take(member), 0);
    assert_int_equal(take(member), 10);
    assert_int_equal(take(member), 1);
    assert_int_equal(take(member), 11);
    mn_member_free(member);
    mn_hub_unref(hub);
    return MINOS_OK;
}

static minos_rc a_member_may_have_hundreds_of_topics(void *argument)
{
    enum { COUNT = 300 };
    static char names[COUNT][8];
    static const char *topics[COUNT + 1];
    mn_member *all, *last;
    (void)argument;

    hub = mn_hub_new(NULL);
    for (int i = 0; i < COUNT; i++) {
        snprintf(names[i], sizeof names[i], "t%d", i);
        topics[i] = names[i];
    }
    all = join_all("a", topics);
    last = join_all("a", topics + COUNT - 1);
    for (int i = 0; i < COUNT; i++)
        assert_ok(publish(names[i], MINOS_MULTICAST, i));
    assert_int_equal(take(last), COUNT - 1);
    for (int i = 0; i < COUNT - 1; i++)
        assert_int_equal(take(all), i);
    mn_member_free(all);
    mn_member_free(last);
    mn_hub_unref(hub);
    return MINOS_OK;
}

static void count_it(void *context, minos_message *message)
{
    (void)message;
    ++*(int *)context;
}

static minos_rc a_listener_hears_what_waited_and_what_comes(void *argument)
{
    mn_member *member;
    minos_message *message;
    const minos_message_options options = {.topic = "elsewhere"};
    int heard = 0;
    (void)argument;

    hub = mn_hub_new(NULL);
    member = join(NULL, "x");
    assert_ok(publish("x", MINOS_UNICAST, 0));
    mn_member_listen(member, count_it, &heard);
    assert_int_equal(heard, 1);
    assert_ok(publish("x", MINOS_UNICAST, 1));
    assert_ok(publish("x", MINOS_MULTICAST, 2));
    assert_int_equal(heard, 3);
    assert_ok(minos_message_new(&options, &message));
    assert_ok(mn_member_add(member, message));
    minos_message_unref(message);
    assert_int_equal(heard, 4);
    mn_member_free(member);
    mn_hub_unref(hub);
    return MINOS_OK;
}

static minos_rc the_hub_of_a_thread_is_shared_and_ends_with_its_last_user(void *argument)
{
    mn_hub *first = mn_hub_of_thread(), *second = mn_hub_of_thread();
    (void)argument;

    assert_ptr_equal(first, second);
    hub = first;
    assert_ok(publish("x", MINOS_UNICAST, 0));
    mn_hub_unref(first);
    mn_hub_unref(second);
    hub = mn_hub_of_thread();
    assert_int_equal(mn_hub_count(hub).kept, 0);
    mn_hub_unref(hub);
    mn_hub_unref(NULL);
    return MINOS_OK;
}

static minos_rc a_hub_has_room_for_so_many_topics(void *argument)
{
    char name[16];
    (void)argument;

    hub = mn_hub_new(&(mn_hub_options){.hub_kept_max = MN_HUB_TOPICS_MAX + 1});
    for (int i = 0; i < MN_HUB_TOPICS_MAX; i++) {
        snprintf(name, sizeof name, "t%d", i);
        assert_ok(publish(name, MINOS_UNICAST, i));
    }
    assert_fails(publish("one.more", MINOS_UNICAST, 0), MINOS_EFULL, "100000 topics");
    assert_ok(publish("t0", MINOS_UNICAST, 0));
    mn_hub_unref(hub);
    return MINOS_OK;
}

/* ---- who waits for which reply ---- */

static void the_pending_table_finds_what_is_in_it(void **state)
{
    enum { COUNT = 2000 };
    static mn_pending_entry entries[COUNT];
    mn_pending pending = {NULL, 0, 0};
    (void)state;

    assert_null(mn_pending_any(&pending));
    for (int i = 0; i < COUNT; i++) { /* few different hashes, so that runs grow long and wrap */
        entries[i].identifier.bytes[0] = (uint8_t)(i % 7 == 0 ? 255 : i);
        entries[i].identifier.bytes[14] = (uint8_t)(i >> 8);
        entries[i].identifier.bytes[15] = (uint8_t)i;
        assert_null(mn_pending_find(&pending, &entries[i].identifier));
        mn_pending_add(&pending, &entries[i]);
    }
    for (int round = 0; round < COUNT; round++) {
        int gone = round * 1237 % COUNT; /* each once, in no order */
        assert_ptr_equal(mn_pending_find(&pending, &entries[gone].identifier), &entries[gone]);
        mn_pending_remove(&pending, &entries[gone]);
        assert_null(mn_pending_find(&pending, &entries[gone].identifier));
        mn_pending_remove(&pending, &entries[gone]);
        assert_int_equal(pending.count, COUNT - 1 - round);
        if (round % 100 == 0)
            for (int later = round + 1; later < COUNT; later++) {
                int there = later * 1237 % COUNT;
                assert_ptr_equal(mn_pending_find(&pending, &entries[there].identifier),
                                 &entries[there]);
            }
    }
    assert_null(mn_pending_any(&pending));
    mn_pending_done(&pending);
}

static void run(void **state)
{
    minos_fiber_fn *const *fn = *state;
    size_t alive = mn_messages_alive();
    assert_ok(mn_simulate(1, "test", *fn, NULL));
    assert_int_equal(mn_messages_alive(), alive);
}

static void hush(void *context, minos_level level, const char *line)
{
    (void)context;
    (void)level;
    (void)line;
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
        CASE(a_full_lane_makes_publishers_wait),
        CASE(a_wait_for_room_ends),
        CASE(a_full_lane_that_nobody_reads_refuses_at_once),
        CASE(a_topic_may_go_while_a_publisher_waits),
        CASE(nobody_is_left_waiting_for_room),
        CASE(what_is_kept_is_bounded),
        CASE(a_reply_to_nobody_is_dropped_and_counted),
        CASE(a_reply_waits_5_s_for_a_client_that_does_not_read),
        CASE(members_with_unlike_topics_get_only_their_own),
        CASE(idle_members_take_turns),
        CASE(topics_take_turns),
        CASE(a_member_may_have_hundreds_of_topics),
        CASE(a_listener_hears_what_waited_and_what_comes),
        CASE(the_hub_of_a_thread_is_shared_and_ends_with_its_last_user),
        CASE(a_hub_has_room_for_so_many_topics),
        cmocka_unit_test(the_pending_table_finds_what_is_in_it),
    };
    minos_log_output_set(hush, NULL);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
