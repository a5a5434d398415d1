/*
 * The queued publisher: sending puts a message into the queue, one fiber hands on what the queue
 * holds.
 *
 * What a failure means depends on its code. The broker cannot be reached: the message stays in
 * hand and is tried again as the circuit breaker allows; told once. Its topic takes no more: it is
 * put aside with all that follows on that topic, so that the others pass; a reply is given up, as
 * its client does not read. The broker will never take it: logged and dropped.
 */
#include <minos/log.h>

#include "base/alloc.h"
#include "base/env.h"
#include "broker/breaker.h"
#include "broker/driver.h"
#include "broker/queue.h"
#include "broker/ring.h"
#include "fiber/fiber.h"

#define ASIDE_MAX  1000          /* messages of topics that take no more */
#define ASIDE_WAIT MINOS_S       /* before they are tried again */
#define TOPIC_WAIT (5 * MINOS_S) /* for a topic without room; the others wait meanwhile */
#define CLOSE_WAIT (5 * MINOS_S) /* for what is queued when the publisher is freed */
#define TURN       64            /* messages handed on before the others run */

typedef struct queued_publisher {
    minos_publisher *impl; /* owned */
    minos_queue *queue;    /* owned */
    mn_fiber *fiber;       /* that hands on */
    mn_breaker breaker;
    minos_message *in_hand; /* taken from the queue and not dealt with; NULL: none */
    mn_ring aside;          /* of topics that take no more, in order */
    mn_ring trying;         /* the rest of those aside while they are tried again */
    minos_deadline again;   /* when they are */
    bool is_failing;        /* told already */
    bool is_holding;        /* told already that messages are aside */
    bool is_closing;        /* end when nothing is left */
    bool has_ended;
    mn_waiters quiet; /* those who wait until nothing is left */
} queued_publisher;

static size_t left(const queued_publisher *self)
{
    return minos_queue_count(self->queue) + self->aside.count + self->trying.count +
           (self->in_hand != NULL);
}

/* ---- one message ---- */

static void tell_failing(queued_publisher *self)
{
    if (!self->is_failing)
        minos_log_chain(MINOS_LEVEL_WARNING, minos_error_last(),
                        "messages cannot be handed on; they are queued until they can");
    self->is_failing = true;
    minos_error_clear();
}

static void tell_back(queued_publisher *self)
{
    if (self->is_failing)
        minos_log_notice("messages are handed on again; %zu are queued", left(self));
    self->is_failing = false;
}

static void put_aside(queued_publisher *self, minos_message *message)
{
    if (self->aside.count == 0)
        self->again = minos_deadline_in(ASIDE_WAIT);
    mn_ring_put(&self->aside, minos_message_ref(message));
}

static bool is_aside(const queued_publisher *self, const minos_message *message)
{
    for (size_t i = 0; i < self->aside.count; i++) {
        const mn_ring *aside = &self->aside;
        if (minos_view_equal(aside->places[(aside->first + i) & aside->mask]->topic,
                             message->topic))
            return true;
    }
    return false;
}

/* The message leaves the queue for good; a queue that cannot note that will give it once more. */
static void done(queued_publisher *self, minos_message *message)
{
    if (mn_queue_done(self->queue, message) == MINOS_OK)
        return;
    minos_log_chain(MINOS_LEVEL_WARNING, minos_error_last(),
                    "a message to %s was sent and stays in the queue",
                    minos_message_topic(message));
    minos_error_clear();
}

static void drop(queued_publisher *self, minos_message *message)
{
    minos_log_chain(MINOS_LEVEL_ERROR, minos_error_last(), "%s to %s was dropped",
                    message->is_reply ? "the reply" : "a message", minos_message_topic(message));
    minos_error_clear();
    done(self, message);
}

static void topic_is_full(queued_publisher *self, minos_message *message)
{
    if (message->is_reply) {
        drop(self, message);
        return;
    }
    if (!self->is_holding)
        minos_log_chain(MINOS_LEVEL_WARNING, minos_error_last(),
                        "%s takes no more; its messages are put aside",
                        minos_message_topic(message));
    self->is_holding = true;
    minos_error_clear();
    put_aside(self, message);
}

/* Deal with one message: sent, aside or dropped. Else ECANCELED, and it is still the caller's. */
static minos_rc deal_with(queued_publisher *self, minos_message *message)
{
    if (is_aside(self, message)) {
        put_aside(self, message);
        return MINOS_OK;
    }
    for (;;) {
        minos_rc rc;
        MINOS_TRY(mn_breaker_wait(&self->breaker, minos_deadline_never()));
        rc = mn_publisher_publish(self->impl, message, message->is_reply,
                                  minos_deadline_in(TOPIC_WAIT));
        switch (rc) {
        case MINOS_OK:
            mn_breaker_report(&self->breaker, true);
            tell_back(self);
            done(self, message);
            return MINOS_OK;
        case MINOS_EFULL:
        case MINOS_ETIMEDOUT:
            topic_is_full(self, message);
            return MINOS_OK;
        case MINOS_EINVAL:
        case MINOS_ETOOBIG:
        case MINOS_ENOTSUP:
            drop(self, message);
            return MINOS_OK;
        case MINOS_ECANCELED:
            return rc;
        default:
            mn_breaker_report(&self->breaker, false);
            tell_failing(self);
        }
    }
}

/* ---- the fiber ---- */

static minos_rc try_aside(queued_publisher *self)
{
    minos_message *message;
    minos_rc rc = MINOS_OK;

    self->trying = self->aside;
    self->aside = (mn_ring){NULL, 0, 0, 0};
    while (rc == MINOS_OK && (message = mn_ring_take(&self->trying)) != NULL) {
        self->in_hand = message;
        rc = deal_with(self, message);
        if (rc != MINOS_OK)
            mn_ring_put(&self->aside, minos_message_ref(message));
        self->in_hand = NULL;
        minos_message_unref(message);
    }
    while ((message = mn_ring_take(&self->trying)) != NULL)
        mn_ring_put(&self->aside, message);
    mn_ring_done(&self->trying);
    if (rc == MINOS_OK && self->aside.count == 0) {
        minos_log_notice("nothing is put aside any more");
        self->is_holding = false;
    }
    return rc;
}

static minos_rc take_one(queued_publisher *self)
{
    const minos_deadline now = {0};
    minos_message *message;
    minos_rc rc = minos_queue_dequeue(self->queue,
                                      self->is_closing         ? now
                                      : self->aside.count != 0 ? self->again
                                                               : minos_deadline_never(),
                                      &message);

    if (rc != MINOS_OK)
        return rc;
    self->in_hand = message;
    rc = deal_with(self, message);
    if (rc != MINOS_OK)
        mn_queue_put_back(self->queue, message);
    self->in_hand = NULL;
    minos_message_unref(message);
    return rc;
}

/* Take from the queue while there is anything to take; ECANCELED ends. Yields. */
static minos_rc step(queued_publisher *self)
{
    minos_rc rc;

    if (self->aside.count != 0 && minos_deadline_left(self->again) == 0)
        return try_aside(self);
    if (self->aside.count >= ASIDE_MAX)
        return minos_sleep_until(self->again);
    rc = take_one(self);
    if (rc == MINOS_ECLOSED && self->is_closing) {
        mn_queue_interrupt(self->queue, false); /* it has told us */
        return MINOS_OK;
    }
    switch (rc) {
    case MINOS_OK:
    case MINOS_ECANCELED:
        return rc;
    case MINOS_ETIMEDOUT:
        return self->is_closing && self->aside.count != 0 ? minos_sleep_until(self->again)
                                                          : MINOS_OK;
    default:
        tell_failing(self);
        return minos_sleep(MN_BREAKER_BROKEN_WAIT);
    }
}

static minos_rc hand_on(void *argument)
{
    queued_publisher *self = argument;
    minos_rc rc = MINOS_OK;

    for (size_t steps = 1; rc == MINOS_OK && !(self->is_closing && left(self) == 0); steps++) {
        rc = step(self);
        if (left(self) == 0)
            mn_waiters_wake_all(&self->quiet);
        if (rc == MINOS_OK && steps % TURN == 0)
            rc = minos_yield();
    }
    minos_error_clear();
    self->has_ended = true;
    mn_waiters_wake_all(&self->quiet);
    return MINOS_OK;
}

/* ---- as a publisher ---- */

static minos_rc publish(void *context, minos_message *message, bool is_reply,
                        minos_deadline deadline)
{
    queued_publisher *self = context;

    if (is_reply && deadline.at_ns == INT64_MAX)
        deadline = minos_deadline_in(MN_REPLY_WAIT);
    message->is_reply |= is_reply;
    return minos_queue_enqueue(self->queue, message, deadline);
}

static minos_rc flush(void *context, minos_deadline deadline)
{
    queued_publisher *self = context;

    while (left(self) != 0) {
        minos_rc rc = MINOS_OK;
        if (self->has_ended)
            return minos_fail(MINOS_ECLOSED, "%zu messages are queued and nobody sends them",
                              left(self));
        rc = mn_waiters_wait(&self->quiet, deadline);
        if (rc != MINOS_OK)
            return minos_fail(rc, "%zu messages are not with the broker yet", left(self));
    }
    return MINOS_OK;
}

static minos_publisher *direct(void *context)
{
    queued_publisher *self = context;
    return self->impl;
}

static void publisher_close(void *context)
{
    queued_publisher *self = context;
    minos_message *message;

    self->is_closing = true;
    mn_queue_interrupt(self->queue, true);
    if (mn_fiber_join(self->fiber, minos_deadline_in(CLOSE_WAIT)) == MINOS_ETIMEDOUT) {
        mn_fiber_cancel(self->fiber);
        minos_ignore(mn_fiber_join(self->fiber, minos_deadline_never())); /* gives OK */
    }
    while ((message = mn_ring_take_last(&self->aside)) != NULL) {
        mn_queue_put_back(self->queue, message);
        minos_message_unref(message);
    }
    mn_ring_done(&self->aside);
    minos_queue_free(self->queue);
    minos_publisher_free(self->impl);
}

static const mn_broker_ops queued_ops = {
    .name = "queued",
    .publisher_bytes = sizeof(queued_publisher),
    .publish = publish,
    .publisher_close = publisher_close,
    .flush = flush,
    .direct = direct,
};

minos_rc minos_publisher_new_queued(minos_publisher *impl, minos_queue *queue,
                                    minos_publisher **ret_publisher)
{
    minos_publisher *publisher;
    queued_publisher *self;
    minos_rc rc;

    if (impl == NULL || queue == NULL)
        return minos_fail(MINOS_EINVAL, "the publisher or the queue is NULL");
    if (mn_fiber_current() == NULL)
        return minos_fail(MINOS_ESTATE, "a queued publisher is made on a fiber");
    publisher = mn_publisher_make(&queued_ops, (void **)&self);
    self->impl = impl;
    self->queue = queue;
    mn_waiters_init(&self->quiet);
    rc = mn_fiber_start("publisher queue", hand_on, self, &self->fiber);
    if (rc != MINOS_OK) {
        mn_publisher_drop(publisher);
        return minos_wrap(rc, "while starting a queued publisher");
    }
    *ret_publisher = publisher;
    return MINOS_OK;
}
