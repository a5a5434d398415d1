/*
 * Channels and semaphores: order, hand-over, closing, deadlines, cancel. In virtual time.
 */
#include "support/support.h"

#include <stdlib.h>
#include <string.h>

#include "fiber/fiber.h"
#include "fiber/simulation.h"

static void simulate(minos_fiber_fn *fn, void *argument)
{
    assert_ok(mn_simulate(1, "test", fn, argument));
}

static minos_deadline never(void)
{
    return minos_deadline_never();
}

/* ---- order and closing, for several capacities ---- */

#define ITEMS 100

typedef struct stream {
    minos_channel *channel;
    int item[ITEMS];
    int received;
} stream;

static minos_rc send_all(void *argument)
{
    stream *self = argument;
    for (int i = 0; i < ITEMS; i++) {
        self->item[i] = i;
        MINOS_TRY(minos_channel_send(self->channel, &self->item[i], never()));
    }
    minos_channel_close(self->channel);
    return MINOS_OK;
}

static minos_rc receive_all(void *argument)
{
    stream *self = argument;
    for (;;) {
        void *item;
        minos_rc rc = minos_channel_receive(self->channel, never(), &item);
        if (rc == MINOS_ECLOSED)
            return MINOS_OK;
        MINOS_TRY(rc);
        assert_int_equal(*(int *)item, self->received++);
    }
}

typedef struct order_row {
    const char *name;
    size_t capacity;
    minos_fiber_fn *first, *second;
} order_row;

static minos_rc order_main(void *argument)
{
    const order_row *row = argument;
    MINOS_AUTO(minos_scope) *scope = NULL;
    stream self = {.received = 0};
    MINOS_TRY(minos_channel_new(row->capacity, &self.channel));
    MINOS_TRY(minos_scope_new(&scope));
    MINOS_TRY(minos_scope_spawn(scope, "first", row->first, &self));
    MINOS_TRY(minos_scope_spawn(scope, "second", row->second, &self));
    MINOS_TRY(minos_scope_join(scope, never()));
    minos_channel_free(self.channel);
    if (self.received != ITEMS)
        fail_msg("%s: %d items", row->name, self.received);
    return MINOS_OK;
}

static void items_come_in_order_and_none_is_lost(void **state)
{
    static const order_row rows[] = {
        {"direct, sender first", 0, send_all, receive_all},
        {"direct, receiver first", 0, receive_all, send_all},
        {"one, sender first", 1, send_all, receive_all},
        {"one, receiver first", 1, receive_all, send_all},
        {"seven, sender first", 7, send_all, receive_all},
        {"room for all", ITEMS, send_all, receive_all},
        {"room for more", ITEMS + 5, receive_all, send_all},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        simulate(order_main, (void *)(uintptr_t)&rows[i]);
}

/* ---- failures ---- */

static minos_rc expect_closed_send(void *argument)
{
    assert_fails(minos_channel_send(argument, "x", never()), MINOS_ECLOSED, "sending");
    return MINOS_OK;
}

static minos_rc expect_closed_receive(void *argument)
{
    void *item = NULL;
    assert_fails(minos_channel_receive(argument, never(), &item), MINOS_ECLOSED, "receiving");
    assert_null(item);
    return MINOS_OK;
}

static minos_rc failures_main(void *argument)
{
    MINOS_AUTO(minos_scope) *scope = NULL;
    minos_channel *channel = NULL, *empty;
    void *item = NULL;
    (void)argument;

    assert_fails(minos_channel_new((size_t)1 << 25, &channel), MINOS_EINVAL, "capacity");
    assert_null(channel);
    MINOS_TRY(minos_channel_new(1, &channel));
    MINOS_TRY(minos_channel_new(0, &empty));
    MINOS_TRY(minos_scope_new(&scope));
    assert_fails(minos_channel_receive(channel, minos_deadline_in(MINOS_S), &item), MINOS_ETIMEDOUT,
                 "receiving");
    MINOS_TRY(minos_channel_send(channel, "a", never()));
    assert_int_equal(minos_channel_count(channel), 1);
    assert_fails(minos_channel_send(channel, "b", minos_deadline_in(MINOS_S)), MINOS_ETIMEDOUT,
                 "sending");
    assert_int_equal(minos_channel_count(channel), 1);
    /* Those who wait learn of the close, what is in the channel can still be had. */
    MINOS_TRY(minos_scope_spawn(scope, "sender", expect_closed_send, channel));
    MINOS_TRY(minos_scope_spawn(scope, "receiver", expect_closed_receive, empty));
    MINOS_TRY(mn_sim_settle());
    minos_channel_close(channel);
    minos_channel_close(empty);
    MINOS_TRY(minos_scope_join(scope, never()));
    assert_rc(minos_channel_send(channel, "c", never()), MINOS_ECLOSED);
    MINOS_TRY(minos_channel_receive(channel, never(), &item));
    assert_string_equal(item, "a");
    assert_rc(minos_channel_receive(channel, never(), &item), MINOS_ECLOSED);
    minos_channel_free(channel);
    minos_channel_free(empty);
    minos_channel_free(NULL);
    return MINOS_OK;
}

static void closed_full_and_empty_channels_refuse(void **state)
{
    (void)state;
    simulate(failures_main, NULL);
}

/* ---- cancel ---- */

typedef struct taker {
    minos_channel *channel;
    void *item;
    minos_rc first, second;
} taker;

static minos_rc take_twice(void *argument)
{
    taker *self = argument;
    void *more;
    self->first = minos_channel_receive(self->channel, never(), &self->item);
    self->second = minos_channel_receive(self->channel, never(), &more);
    return MINOS_OK;
}

static minos_rc cancel_main(void *argument)
{
    taker self = {.item = NULL};
    mn_fiber *fiber;
    (void)argument;

    MINOS_TRY(minos_channel_new(0, &self.channel));
    /* Cancelled after the hand-over and before it runs: the item is not lost. */
    MINOS_TRY(mn_fiber_start("taker", take_twice, &self, &fiber));
    MINOS_TRY(mn_sim_settle());
    MINOS_TRY(minos_channel_send(self.channel, "item", never()));
    mn_fiber_cancel(fiber);
    MINOS_TRY(mn_fiber_join(fiber, never()));
    assert_int_equal(self.first, MINOS_OK);
    assert_string_equal(self.item, "item");
    assert_int_equal(self.second, MINOS_ECANCELED);
    /*
     * Cancelled first, then the hand-over: it goes to nobody, since it left the queue at its turn.
     */
    self.item = NULL;
    MINOS_TRY(mn_fiber_start("taker", take_twice, &self, &fiber));
    MINOS_TRY(mn_sim_settle());
    mn_fiber_cancel(fiber);
    MINOS_TRY(mn_fiber_join(fiber, never()));
    assert_int_equal(self.first, MINOS_ECANCELED);
    assert_rc(minos_channel_send(self.channel, "x", minos_deadline_in(MINOS_S)), MINOS_ETIMEDOUT);
    minos_channel_free(self.channel);
    return MINOS_OK;
}

static void a_cancel_loses_no_item(void **state)
{
    (void)state;
    simulate(cancel_main, NULL);
}

/* ---- semaphores ---- */

typedef struct shared {
    minos_semaphore *sem;
    int inside, most, order;
} shared;

static minos_rc visit(void *argument)
{
    shared *self = argument;
    MINOS_TRY(minos_semaphore_acquire(self->sem, never()));
    if (++self->inside > self->most)
        self->most = self->inside;
    MINOS_TRY(minos_sleep(MINOS_S));
    self->inside--;
    minos_semaphore_release(self->sem);
    return MINOS_OK;
}

static minos_rc semaphore_main(void *argument)
{
    MINOS_AUTO(minos_scope) *scope = NULL;
    shared self = {.sem = NULL};
    minos_deadline begin = minos_deadline_in(0);
    (void)argument;

    MINOS_TRY(minos_semaphore_new(3, &self.sem));
    MINOS_TRY(minos_scope_new(&scope));
    for (int i = 0; i < 9; i++)
        MINOS_TRY(minos_scope_spawn(scope, "visitor", visit, &self));
    MINOS_TRY(mn_sim_settle());
    assert_int_equal(self.inside, 3);
    assert_fails(minos_semaphore_acquire(self.sem, minos_deadline_in(MINOS_MS)), MINOS_ETIMEDOUT,
                 "place");
    MINOS_TRY(minos_scope_join(scope, never()));
    assert_int_equal(self.most, 3);
    assert_int_equal(minos_deadline_in(0).at_ns - begin.at_ns, 3 * MINOS_S);
    minos_semaphore_free(self.sem);
    minos_semaphore_free(NULL);
    return MINOS_OK;
}

static void a_semaphore_lets_in_as_many_as_it_has_places(void **state)
{
    (void)state;
    simulate(semaphore_main, NULL);
}

static minos_rc acquire(void *argument)
{
    return minos_semaphore_acquire(argument, never());
}

static minos_rc granted_main(void *argument)
{
    minos_semaphore *sem;
    mn_fiber *first, *second;
    (void)argument;

    MINOS_TRY(minos_semaphore_new(0, &sem));
    MINOS_TRY(mn_fiber_start("first", acquire, sem, &first));
    MINOS_TRY(mn_fiber_start("second", acquire, sem, &second));
    MINOS_TRY(mn_sim_settle());
    /* One who was cancelled while waiting leaves its turn to the next. */
    mn_fiber_cancel(first);
    minos_semaphore_release(sem);
    minos_rc rc = mn_fiber_join(first, never());
    if (rc == MINOS_OK) /* the place was given to it first: it keeps it */
        minos_semaphore_release(sem);
    MINOS_TRY(mn_fiber_join(second, never()));
    assert_rc(minos_semaphore_acquire(sem, minos_deadline_in(1)), MINOS_ETIMEDOUT);
    minos_semaphore_release(sem);
    MINOS_TRY(minos_semaphore_acquire(sem, never()));
    minos_semaphore_free(sem);
    return MINOS_OK;
}

static void a_cancel_loses_no_place(void **state)
{
    (void)state;
    simulate(granted_main, NULL);
}

/* ---- waiters ---- */

static minos_rc wait_in(void *argument)
{
    return mn_waiters_wait(argument, never());
}

static minos_rc waiters_main(void *argument)
{
    mn_waiters waiters;
    mn_fiber *fibers[3];
    (void)argument;

    mn_waiters_init(&waiters);
    assert_false(mn_waiters_wake_one(&waiters));
    for (int i = 0; i < 3; i++)
        MINOS_TRY(mn_fiber_start("waiter", wait_in, &waiters, &fibers[i]));
    MINOS_TRY(mn_sim_settle());
    mn_fiber_wake(fibers[1]); /* not from the list: it goes on waiting */
    MINOS_TRY(mn_sim_settle());
    assert_rc(mn_fiber_join(fibers[1], minos_deadline_in(1)), MINOS_ETIMEDOUT);
    assert_true(mn_waiters_wake_one(&waiters));
    MINOS_TRY(mn_fiber_join(fibers[0], never()));
    assert_rc(mn_fiber_join(fibers[1], minos_deadline_in(1)), MINOS_ETIMEDOUT);
    mn_waiters_wake_all(&waiters);
    MINOS_TRY(mn_fiber_join(fibers[1], never()));
    MINOS_TRY(mn_fiber_join(fibers[2], never()));
    assert_rc(mn_waiters_wait(&waiters, minos_deadline_in(1)), MINOS_ETIMEDOUT);
    assert_false(mn_waiters_wake_one(&waiters));
    return MINOS_OK;
}

static void waiters_are_woken_first_come_first_served(void **state)
{
    (void)state;
    simulate(waiters_main, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(items_come_in_order_and_none_is_lost),
        cmocka_unit_test(closed_full_and_empty_channels_refuse),
        cmocka_unit_test(a_cancel_loses_no_item),
        cmocka_unit_test(a_semaphore_lets_in_as_many_as_it_has_places),
        cmocka_unit_test(a_cancel_loses_no_place),
        cmocka_unit_test(waiters_are_woken_first_come_first_served),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
