/*
 * The consumer: fibers that receive and dispatch, never more handlers at once than `concurrency`.
 *
 * Workers are made when a message finds none idle and then stay. A handler that waits for a reply
 * gives its place back, so that services may ask each other in circles; when the reply is there it
 * goes on at once, and those that have not begun wait until there is a place again.
 */
#include <assert.h>
#include <stdlib.h>

#include <minos/log.h>

#include "base/alloc.h"
#include "base/list.h"
#include "broker/consumer.h"
#include "broker/dispatcher.h"
#include "broker/driver.h"
#include "broker/message.h"

#define CONCURRENCY_DEFAULT 5
#define CONCURRENCY_MAX     100000
#define WAITING_MAX         10000 /* handlers that wait for replies without a place */
#define TURN                64    /* messages a worker handles before it lets the others run */
#define RETRY_DELAY         (1 * MINOS_S) /* after a broker that failed */

typedef struct worker {
    minos_consumer *consumer;
    mn_fiber *fiber;
    struct worker *next;
} worker;

struct minos_consumer {
    minos_dispatcher *dispatcher;
    minos_subscriber *subscriber;
    mn_places places;
    bool owns_parts;
    size_t concurrency;
    worker *workers;
    size_t worker_count;
    size_t idle;    /* workers in receive */
    size_t active;  /* handlers that hold a place */
    size_t waiting; /* handlers that gave it back */
    size_t ended;   /* workers that are done */
    bool running;
    bool stopping;
    mn_waiters held;    /* workers with a message and without a place */
    mn_waiters surplus; /* workers that may not receive, since others will need the places */
    mn_waiters quiet;   /* those who wait for the end of workers */
    mn_waiters over;    /* those who wait for the end of run */
    uint64_t canceled;  /* handlers cut off by a stop */
};

static void worker_add(minos_consumer *consumer);

/* ---- places ---- */

/* See to it that somebody receives while there is a place. */
static void ensure_receiver(minos_consumer *consumer)
{
    if (consumer->stopping || consumer->idle != 0 || consumer->active >= consumer->concurrency ||
        mn_waiters_wake_one(&consumer->surplus))
        return;
    if (consumer->worker_count < consumer->concurrency + WAITING_MAX)
        worker_add(consumer);
}

static void place_give(void *context)
{
    minos_consumer *consumer = context;
    consumer->active--;
    consumer->waiting++;
    if (!mn_waiters_wake_one(&consumer->held))
        ensure_receiver(consumer);
}

static void place_take(void *context)
{
    minos_consumer *consumer = context;
    consumer->waiting--;
    consumer->active++;
}

/* ---- workers ---- */

/* Wait for a place; a message once received is handled even if a stop begins meanwhile. Yields. */
static void place_wait(minos_consumer *consumer)
{
    while (consumer->active >= consumer->concurrency)
        if (mn_waiters_wait(&consumer->held, minos_deadline_never()) != MINOS_OK)
            break; /* cut off: the handler's waits will say so */
    consumer->active++;
}

static void handle(minos_consumer *consumer, minos_message *message)
{
    place_wait(consumer);
    ensure_receiver(consumer);
    if (mn_dispatcher_dispatch_in(consumer->dispatcher, message, &consumer->places) != MINOS_OK) {
        minos_log_chain(MINOS_LEVEL_ERROR, minos_error_last(), "a message was not dispatched");
        minos_error_clear();
    }
    minos_message_unref(message);
    consumer->active--;
    mn_waiters_wake_one(&consumer->held); /* the place of a surplus worker is our own next one */
}

/* A broker that fails is asked again after a while, for as long as nobody stops us. */
static bool go_on_after(minos_consumer *consumer, minos_rc rc)
{
    if (consumer->stopping || rc == MINOS_ECLOSED || rc == MINOS_ECANCELED)
        return false;
    minos_log_chain(MINOS_LEVEL_ERROR, minos_error_last(), "receiving failed");
    minos_error_clear();
    return minos_sleep(RETRY_DELAY) == MINOS_OK;
}

static minos_rc work(void *argument)
{
    worker *self = argument;
    minos_consumer *consumer = self->consumer;

    for (size_t handled = 1; !consumer->stopping; handled++) {
        minos_message *message;
        minos_rc rc;
        if (MINOS_UNLIKELY(consumer->idle + consumer->active >= consumer->concurrency)) {
            if (mn_waiters_wait(&consumer->surplus, minos_deadline_never()) != MINOS_OK)
                break;
            continue;
        }
        consumer->idle++;
        rc = minos_subscriber_receive(consumer->subscriber, minos_deadline_never(), &message);
        consumer->idle--;
        if (MINOS_LIKELY(rc == MINOS_OK)) {
            handle(consumer, message);
            if (handled % TURN == 0 && minos_yield() != MINOS_OK)
                break;
        } else if (!go_on_after(consumer, rc))
            break;
    }
    consumer->ended++;
    mn_waiters_wake_all(&consumer->quiet);
    return MINOS_OK;
}

static void worker_add(minos_consumer *consumer)
{
    worker *one = mn_new(worker);
    one->consumer = consumer;
    if (mn_fiber_start("broker worker", work, one, &one->fiber) != MINOS_OK) {
        minos_log_chain(MINOS_LEVEL_WARNING, minos_error_last(),
                        "the broker goes on with %zu workers", consumer->worker_count);
        minos_error_clear();
        free(one);
        return;
    }
    one->next = consumer->workers;
    consumer->workers = one;
    consumer->worker_count++;
}

/* ---- life ---- */

minos_rc minos_consumer_new(minos_dispatcher *dispatcher, minos_subscriber *subscriber,
                            size_t concurrency, minos_consumer **ret_consumer)
{
    minos_consumer *consumer;

    if (dispatcher == NULL || subscriber == NULL)
        return minos_fail(MINOS_EINVAL, "dispatcher or subscriber is NULL");
    if (concurrency > CONCURRENCY_MAX)
        return minos_fail(MINOS_EINVAL, "concurrency %zu is not in 1..%d", concurrency,
                          CONCURRENCY_MAX);
    consumer = mn_new(minos_consumer);
    consumer->dispatcher = dispatcher;
    consumer->subscriber = subscriber;
    consumer->places = (mn_places){place_give, place_take, consumer};
    consumer->concurrency = concurrency == 0 ? CONCURRENCY_DEFAULT : concurrency;
    mn_waiters_init(&consumer->held);
    mn_waiters_init(&consumer->surplus);
    mn_waiters_init(&consumer->quiet);
    mn_waiters_init(&consumer->over);
    *ret_consumer = consumer;
    return MINOS_OK;
}

void mn_consumer_own_parts(minos_consumer *consumer)
{
    consumer->owns_parts = true;
}

/* Wait until the workers have ended. Yields. */
static minos_rc wait_quiet(minos_consumer *consumer, minos_deadline deadline)
{
    while (consumer->ended != consumer->worker_count)
        MINOS_TRY(mn_waiters_wait(&consumer->quiet, deadline));
    return MINOS_OK;
}

static void begin_stop(minos_consumer *consumer)
{
    consumer->stopping = true;
    mn_waiters_wake_all(&consumer->surplus);
    mn_subscriber_interrupt(consumer->subscriber, true);
}

static void cancel_workers(minos_consumer *consumer)
{
    consumer->canceled += consumer->active + consumer->waiting;
    for (worker *one = consumer->workers; one != NULL; one = one->next)
        mn_fiber_cancel(one->fiber);
}

/* Join all workers, whatever the state of this fiber. */
static void join_workers(minos_consumer *consumer)
{
    while (consumer->workers != NULL) {
        worker *one = consumer->workers;
        consumer->workers = one->next;
        minos_ignore(mn_fiber_join(one->fiber, minos_deadline_never())); /* workers give MINOS_OK */
        free(one);
    }
}

minos_rc minos_consumer_run(minos_consumer *consumer)
{
    minos_rc rc = MINOS_OK;

    if (consumer->running)
        return minos_fail(MINOS_ESTATE, "the consumer runs already");
    consumer->running = true;
    consumer->stopping = false;
    consumer->idle = consumer->active = consumer->waiting = 0;
    consumer->worker_count = consumer->ended = 0;
    consumer->canceled = 0;
    mn_subscriber_interrupt(consumer->subscriber, false);
    worker_add(consumer);
    if (consumer->worker_count == 0)
        rc = minos_fail(MINOS_ETOOMANY, "no fiber could be had to receive messages");
    while (rc == MINOS_OK && !consumer->stopping)
        rc = mn_waiters_wait(&consumer->quiet, minos_deadline_never());
    if (rc == MINOS_OK)
        rc = wait_quiet(consumer, minos_deadline_never());
    if (rc != MINOS_OK) {
        begin_stop(consumer);
        cancel_workers(consumer);
    }
    join_workers(consumer);
    consumer->running = false;
    mn_waiters_wake_all(&consumer->over);
    return rc == MINOS_OK ? rc : minos_wrap(rc, "the consumer was ended");
}

minos_rc minos_consumer_stop(minos_consumer *consumer, minos_deadline deadline)
{
    minos_rc rc;

    if (!consumer->running)
        return MINOS_OK;
    begin_stop(consumer);
    mn_waiters_wake_all(&consumer->quiet);
    rc = wait_quiet(consumer, deadline);
    if (rc != MINOS_OK)
        cancel_workers(consumer);
    while (consumer->running)
        if (mn_waiters_wait(&consumer->over, minos_deadline_never()) != MINOS_OK)
            break; /* cancelled ourselves: run ends without us */
    /* Idle workers that had no time left to say so lose nothing. */
    if (rc == MINOS_ETIMEDOUT && consumer->canceled == 0)
        return MINOS_OK;
    if (rc == MINOS_ETIMEDOUT)
        return minos_fail(rc, "%llu handlers were cancelled at the deadline of the stop",
                          (unsigned long long)consumer->canceled);
    return rc == MINOS_OK ? rc : minos_fail(rc, "the stop was cut short");
}

void minos_consumer_free(minos_consumer *consumer)
{
    if (consumer == NULL)
        return;
    assert(!consumer->running);
    if (consumer->owns_parts) {
        minos_subscriber_free(consumer->subscriber);
        minos_dispatcher_free(consumer->dispatcher);
    }
    free(consumer);
}
