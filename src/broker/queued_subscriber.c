/*
 * The queued subscriber: one fiber fetches messages into the queue while it has room, receivers
 * take them from there.
 */
#include <stdlib.h>

#include <minos/log.h>

#include "base/alloc.h"
#include "broker/driver.h"
#include "broker/queue.h"
#include "broker/ring.h"
#include "broker/topics.h"
#include "fiber/fiber.h"

#define FETCH_DELAY MINOS_S /* after a broker, or a queue, that failed */
#define TURN        64      /* messages fetched before the others run */

typedef struct queued_subscriber {
    minos_subscriber *impl; /* owned */
    minos_queue *queue;     /* owned */
    mn_fiber *fiber;        /* that fetches */
    bool interrupted;
    uint64_t interrupts; /* so far */
    bool is_failing;     /* told already */
    mn_waiters resume;   /* the fetching fiber while interrupted */
} queued_subscriber;

/* ---- the fiber ---- */

/* Tell the first failure of several and wait a while. Yields. */
static minos_rc rest(queued_subscriber *self)
{
    if (!self->is_failing)
        minos_log_chain(MINOS_LEVEL_WARNING, minos_error_last(), "fetching from %s failed",
                        minos_subscriber_topics(self->impl)[0]);
    self->is_failing = true;
    minos_error_clear();
    return minos_sleep(FETCH_DELAY);
}

/* Put one message into the queue, however long that takes; ECANCELED: it went back. Yields. */
static minos_rc keep(queued_subscriber *self, minos_message *message)
{
    minos_rc rc;

    do {
        rc = minos_queue_enqueue(self->queue, message, minos_deadline_never());
        if (rc == MINOS_ETIMEDOUT) /* full: receivers are slow */
            rc = MINOS_EAGAIN;
        else if (rc != MINOS_OK && rc != MINOS_ECANCELED)
            rc = rest(self) == MINOS_OK ? MINOS_EAGAIN : MINOS_ECANCELED;
    } while (rc == MINOS_EAGAIN);
    if (rc != MINOS_OK) {
        mn_ring ring = {NULL, 0, 0, 0};
        mn_ring_put(&ring, minos_message_ref(message));
        mn_subscriber_give_back_all(self->impl, &ring);
    }
    return rc;
}

static minos_rc step(queued_subscriber *self)
{
    const uint64_t interrupts = self->interrupts;
    minos_message *message;
    minos_rc rc;

    if (self->interrupted)
        return mn_waiters_wait(&self->resume, minos_deadline_never());
    rc = minos_subscriber_receive(self->impl, minos_deadline_never(), &message);
    if (rc == MINOS_ECANCELED)
        return rc;
    if (rc == MINOS_ECLOSED && self->interrupts != interrupts)
        return MINOS_OK;
    if (rc != MINOS_OK)
        return rest(self);
    if (self->is_failing)
        minos_log_notice("messages of %s are fetched again", minos_message_topic(message));
    self->is_failing = false;
    rc = keep(self, message);
    minos_message_unref(message);
    return rc;
}

static minos_rc fetch(void *argument)
{
    minos_rc rc = MINOS_OK;

    for (size_t steps = 1; rc == MINOS_OK; steps++) {
        rc = step(argument);
        if (rc == MINOS_OK && steps % TURN == 0)
            rc = minos_yield();
    }
    minos_error_clear();
    return MINOS_OK;
}

/* ---- as a subscriber ---- */

static minos_rc receive(void *context, minos_deadline deadline, minos_message **ret_message)
{
    queued_subscriber *self = context;
    minos_message *message;
    minos_rc rc;

    MINOS_TRY(minos_queue_dequeue(self->queue, deadline, &message));
    rc = mn_queue_done(self->queue, message);
    if (MINOS_UNLIKELY(rc != MINOS_OK)) {
        mn_queue_put_back(self->queue, message);
        minos_message_unref(message);
        return minos_wrap(rc, "while taking a message from its queue");
    }
    *ret_message = message;
    return MINOS_OK;
}

static void interrupt(void *context, bool on)
{
    queued_subscriber *self = context;
    self->interrupted = on;
    self->interrupts += on;
    mn_queue_interrupt(self->queue, on);
    mn_subscriber_interrupt(self->impl, on);
    if (!on)
        mn_waiters_wake_all(&self->resume);
}

static minos_rc add(void *context, minos_message *message)
{
    queued_subscriber *self = context;
    return minos_subscriber_add_message(self->impl, message);
}

static minos_rc give_back(void *context, minos_message *message)
{
    queued_subscriber *self = context;
    mn_queue_put_back(self->queue, message);
    return MINOS_OK;
}

static minos_rc topic_change(void *context, const char *topic, minos_kind kind, bool on)
{
    queued_subscriber *self = context;
    return on ? minos_subscriber_topic_add(self->impl, topic, kind)
              : minos_subscriber_topic_remove(self->impl, topic);
}

static void subscriber_close(void *context)
{
    queued_subscriber *self = context;
    const minos_deadline now = {0};
    mn_ring left = {NULL, 0, 0, 0};
    minos_message *message;

    mn_fiber_cancel(self->fiber);
    minos_ignore(mn_fiber_join(self->fiber, minos_deadline_never())); /* gives OK */
    mn_queue_interrupt(self->queue, false);
    while (!mn_queue_is_durable(self->queue) && minos_queue_count(self->queue) != 0 &&
           minos_queue_dequeue(self->queue, now, &message) == MINOS_OK)
        mn_ring_put(&left, message);
    mn_subscriber_give_back_all(self->impl, &left);
    minos_queue_free(self->queue);
    minos_subscriber_free(self->impl);
}

static const mn_broker_ops queued_ops = {
    .name = "queued",
    .subscriber_bytes = sizeof(queued_subscriber),
    .receive = receive,
    .interrupt = interrupt,
    .add = add,
    .give_back = give_back,
    .topic_change = topic_change,
    .subscriber_close = subscriber_close,
};

minos_rc minos_subscriber_new_queued(minos_subscriber *impl, minos_queue *queue,
                                     minos_subscriber **ret_subscriber)
{
    minos_subscriber *subscriber;
    queued_subscriber *self;
    minos_rc rc;

    if (impl == NULL || queue == NULL)
        return minos_fail(MINOS_EINVAL, "the subscriber or the queue is NULL");
    if (mn_fiber_current() == NULL)
        return minos_fail(MINOS_ESTATE, "a queued subscriber is made on a fiber");
    if (minos_queue_topics(queue) != NULL &&
        !mn_topics_equal(minos_queue_topics(queue), minos_subscriber_topics(impl)))
        return minos_fail(MINOS_EINVAL, "the queue is for other topics than the subscriber");
    subscriber = mn_subscriber_make(&queued_ops, impl, (void **)&self);
    self->impl = impl;
    self->queue = queue;
    mn_waiters_init(&self->resume);
    rc = mn_fiber_start("subscriber queue", fetch, self, &self->fiber);
    if (rc != MINOS_OK) {
        mn_subscriber_drop(subscriber);
        return minos_wrap(rc, "while starting a queued subscriber");
    }
    *ret_subscriber = subscriber;
    return MINOS_OK;
}
