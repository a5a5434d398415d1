/*
 * The in-process broker behind every stage there is: queued publishers, filtered and queued
 * subscribers. What is true of a broker is true of it, but for when a message moves on.
 */
#include <minos/broker_queue.h>
#include <minos/broker_validator.h>

#include "support/brokers.h"

typedef struct staged_publisher {
    minos_publisher *publisher;
} staged_publisher;

typedef struct staged_subscriber {
    minos_subscriber *subscriber;
} staged_subscriber;

static minos_rc publisher_open(void *context, const mn_broker_source *source)
{
    staged_publisher *self = context;
    minos_publisher *impl;
    minos_queue *queue;

    MINOS_TRY(mn_publisher_open(&mn_broker_memory, source, &impl));
    MINOS_TRY(minos_queue_new_memory(NULL, &queue));
    return minos_publisher_new_queued(impl, queue, &self->publisher);
}

static minos_rc publish(void *context, minos_message *message, bool is_reply,
                        minos_deadline deadline)
{
    staged_publisher *self = context;
    return mn_publisher_publish(self->publisher, message, is_reply, deadline);
}

static void publisher_close(void *context)
{
    staged_publisher *self = context;
    minos_publisher_free(self->publisher);
}

static minos_rc subscriber_open(void *context, const mn_broker_source *source,
                                const minos_subscriber_options *options)
{
    staged_subscriber *self = context;
    minos_subscriber *impl;
    minos_validator *validator;
    minos_queue *queue;

    MINOS_TRY(mn_subscriber_open(&mn_broker_memory, source, options, &impl));
    MINOS_TRY(minos_validator_new_memory(NULL, &validator));
    MINOS_TRY(minos_subscriber_new_filtered(impl, validator, &impl));
    MINOS_TRY(minos_queue_new_memory(NULL, &queue));
    return minos_subscriber_new_queued(impl, queue, &self->subscriber);
}

static minos_rc receive(void *context, minos_deadline deadline, minos_message **ret_message)
{
    staged_subscriber *self = context;
    return minos_subscriber_receive(self->subscriber, deadline, ret_message);
}

static void interrupt(void *context, bool on)
{
    staged_subscriber *self = context;
    mn_subscriber_interrupt(self->subscriber, on);
}

static minos_rc add(void *context, minos_message *message)
{
    staged_subscriber *self = context;
    return minos_subscriber_add_message(self->subscriber, message);
}

static minos_rc give_back(void *context, minos_message *message)
{
    staged_subscriber *self = context;
    return mn_subscriber_give_back(self->subscriber, message);
}

static minos_rc topic_change(void *context, const char *topic, minos_kind kind, bool on)
{
    staged_subscriber *self = context;
    return on ? minos_subscriber_topic_add(self->subscriber, topic, kind)
              : minos_subscriber_topic_remove(self->subscriber, topic);
}

static void subscriber_close(void *context)
{
    staged_subscriber *self = context;
    minos_subscriber_free(self->subscriber);
}

const mn_broker_ops mn_test_staged = {
    .name = "staged",
    .publisher_bytes = sizeof(staged_publisher),
    .subscriber_bytes = sizeof(staged_subscriber),
    .publisher_open = publisher_open,
    .publish = publish,
    .publisher_close = publisher_close,
    .subscriber_open = subscriber_open,
    .receive = receive,
    .interrupt = interrupt,
    .add = add,
    .give_back = give_back,
    .topic_change = topic_change,
    .subscriber_close = subscriber_close,
};
