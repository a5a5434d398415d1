/*
 * Subscribers over any driver.
 */
#include <stdlib.h>
#include <string.h>

#include <minos/log.h>

#include "base/alloc.h"
#include "broker/driver.h"
#include "broker/topics.h"
#include "fiber/fiber.h"

#define READ_DELAY MINOS_S /* after a broker that failed */

struct minos_subscriber {
    const mn_broker_ops *ops;
    mn_listen_fn *listen; /* with a reader */
    void *listen_context;
    mn_fiber *reader;    /* NULL: the driver hands on by itself, or nobody listens */
    const char **topics; /* sorted, each once, NULL-terminated; names behind it in one block */
    _Alignas(max_align_t) char self[];
};

minos_subscriber *mn_subscriber_make(const mn_broker_ops *ops, const minos_subscriber *impl,
                                     void **ret_self)
{
    minos_subscriber *subscriber = mn_alloc(sizeof *subscriber + ops->subscriber_bytes);

    subscriber->ops = ops;
    minos_ignore(mn_topics_copy(minos_subscriber_topics(impl), &subscriber->topics)); /* valid */
    *ret_self = subscriber->self;
    return subscriber;
}

void mn_subscriber_drop(minos_subscriber *subscriber)
{
    free(subscriber->topics);
    free(subscriber);
}

minos_rc mn_subscriber_open(const mn_broker_ops *ops, const mn_broker_source *source,
                            const minos_subscriber_options *options,
                            minos_subscriber **ret_subscriber)
{
    minos_subscriber *subscriber;
    const char **topics = NULL;
    minos_rc rc;

    if (options == NULL || options->topics == NULL)
        return minos_fail(MINOS_EINVAL, "options or topics are NULL");
    if (options->group != NULL)
        MINOS_TRY(mn_topic_check(options->group, "the group"));
    MINOS_TRY(mn_topics_copy(options->topics, &topics));
    subscriber = mn_alloc(sizeof *subscriber + ops->subscriber_bytes);
    subscriber->ops = ops;
    subscriber->topics = topics;
    rc = ops->subscriber_open(subscriber->self, source, options);
    if (rc != MINOS_OK) {
        free(topics);
        free(subscriber);
        return minos_wrap(rc, "while subscribing to broker %s", ops->name);
    }
    *ret_subscriber = subscriber;
    return MINOS_OK;
}

minos_rc minos_subscriber_new_memory(const minos_subscriber_options *options,
                                     minos_subscriber **ret_subscriber)
{
    const mn_broker_source source = {.config = NULL};
    return mn_subscriber_open(&mn_broker_memory, &source, options, ret_subscriber);
}

minos_rc minos_subscriber_add_message(minos_subscriber *subscriber, minos_message *message)
{
    if (message == NULL)
        return minos_fail(MINOS_EINVAL, "message is NULL");
    if (subscriber->ops->add == NULL)
        return minos_fail(MINOS_ENOTSUP, "broker %s takes no messages by hand",
                          subscriber->ops->name);
    return subscriber->ops->add(subscriber->self, message);
}

minos_rc minos_subscriber_receive(minos_subscriber *subscriber, minos_deadline deadline,
                                  minos_message **ret_message)
{
    return subscriber->ops->receive(subscriber->self, deadline, ret_message);
}

const char *const *minos_subscriber_topics(const minos_subscriber *subscriber)
{
    return subscriber->topics;
}

/* ---- topics at run time ---- */

minos_rc minos_subscriber_topic_add(minos_subscriber *subscriber, const char *topic,
                                    minos_kind kind)
{
    const char **topics = NULL;
    const char **longer;
    size_t count;
    minos_rc rc;

    MINOS_TRY(mn_topic_check(topic, "a topic to subscribe to"));
    if (mn_topics_have(subscriber->topics, topic))
        return MINOS_OK;
    if (subscriber->ops->topic_change == NULL)
        return minos_fail(MINOS_ENOTSUP, "broker %s cannot change topics", subscriber->ops->name);
    if (mn_topics_count(subscriber->topics) >= MN_SUBSCRIBE_MAX)
        return minos_fail(MINOS_EINVAL, "more than %d topics", MN_SUBSCRIBE_MAX);
    MINOS_TRY(subscriber->ops->topic_change(subscriber->self, topic, kind, true));
    count = mn_topics_count(subscriber->topics);
    longer = mn_new_array(const char *, count + 2);
    memcpy(longer, subscriber->topics, count * sizeof *longer);
    longer[count] = topic;
    rc = mn_topics_copy(longer, &topics);
    free(longer);
    MINOS_TRY(rc);
    free(subscriber->topics);
    subscriber->topics = topics;
    return MINOS_OK;
}

minos_rc minos_subscriber_topic_remove(minos_subscriber *subscriber, const char *topic)
{
    const char **kept = subscriber->topics;

    if (topic == NULL || !mn_topics_have(subscriber->topics, topic))
        return minos_fail(MINOS_ENOTFOUND, "not subscribed to %s", topic == NULL ? "NULL" : topic);
    if (subscriber->topics[1] == NULL)
        return minos_fail(MINOS_ESTATE, "%s is the last topic", topic);
    if (subscriber->ops->topic_change == NULL)
        return minos_fail(MINOS_ENOTSUP, "broker %s cannot change topics", subscriber->ops->name);
    MINOS_TRY(subscriber->ops->topic_change(subscriber->self, topic, 0, false));
    for (const char **each = subscriber->topics; *each != NULL; each++)
        if (strcmp(*each, topic) != 0)
            *kept++ = *each;
    *kept = NULL;
    return MINOS_OK;
}

/* ---- giving back ---- */

minos_rc mn_subscriber_give_back(minos_subscriber *subscriber, minos_message *message)
{
    if (subscriber->ops->give_back == NULL)
        return minos_fail(MINOS_ENOTSUP, "broker %s takes no messages back", subscriber->ops->name);
    return subscriber->ops->give_back(subscriber->self, message);
}

void mn_subscriber_give_back_all(minos_subscriber *subscriber, mn_ring *ring)
{
    minos_message *message;
    size_t lost = 0;

    while ((message = mn_ring_take_last(ring)) != NULL) {
        if (mn_subscriber_give_back(subscriber, message) != MINOS_OK)
            lost++;
        minos_message_unref(message);
    }
    mn_ring_done(ring);
    if (lost != 0)
        minos_log_chain(MINOS_LEVEL_WARNING, minos_error_last(),
                        "%zu messages that were fetched and not received are lost", lost);
}

void mn_subscriber_interrupt(minos_subscriber *subscriber, bool on)
{
    subscriber->ops->interrupt(subscriber->self, on);
}

/* Receive and hand on, for drivers that can only be asked. */
static minos_rc read_messages(void *argument)
{
    minos_subscriber *subscriber = argument;
    minos_rc rc;

    do {
        minos_message *message;
        rc = minos_subscriber_receive(subscriber, minos_deadline_never(), &message);
        if (rc == MINOS_OK) {
            subscriber->listen(subscriber->listen_context, message);
            minos_message_unref(message);
        } else if (rc != MINOS_ECLOSED && rc != MINOS_ECANCELED) {
            minos_log_chain(MINOS_LEVEL_ERROR, minos_error_last(), "receiving on %s failed",
                            subscriber->topics[0]);
            rc = minos_sleep(READ_DELAY);
        }
    } while (rc == MINOS_OK);
    return MINOS_OK;
}

minos_rc mn_subscriber_listen(minos_subscriber *subscriber, mn_listen_fn *fn, void *context)
{
    if (subscriber->ops->listen != NULL) {
        subscriber->ops->listen(subscriber->self, fn, context);
        return MINOS_OK;
    }
    subscriber->listen = fn;
    subscriber->listen_context = context;
    return mn_fiber_start("broker reader", read_messages, subscriber, &subscriber->reader);
}

void minos_subscriber_free(minos_subscriber *subscriber)
{
    if (subscriber == NULL)
        return;
    if (subscriber->reader != NULL) {
        mn_subscriber_interrupt(subscriber, true);
        minos_ignore(mn_fiber_join(subscriber->reader, minos_deadline_never())); /* gives OK */
    }
    subscriber->ops->subscriber_close(subscriber->self);
    free(subscriber->topics);
    free(subscriber);
}
