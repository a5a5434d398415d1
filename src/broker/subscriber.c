/*
 * Subscribers over any driver.
 */
#include <stdlib.h>
#include <string.h>

#include <minos/log.h>

#include "base/alloc.h"
#include "broker/driver.h"
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

static int compare_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static size_t drop_repeated(const char **topics, size_t count)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++)
        if (kept == 0 || strcmp(topics[kept - 1], topics[i]) != 0)
            topics[kept++] = topics[i];
    return kept;
}

/* Copy, sort and join the topics into one block. */
static minos_rc topics_copy(const char *const *topics, const char ***ret_topics)
{
    size_t count = 0, bytes = 0;
    const char **copy;
    char *names;

    for (; topics[count] != NULL; count++) {
        if (count == MN_SUBSCRIBE_MAX)
            return minos_fail(MINOS_EINVAL, "more than %d topics", MN_SUBSCRIBE_MAX);
        MINOS_TRY(mn_topic_check(topics[count], "a topic to subscribe to"));
        bytes += strlen(topics[count]) + 1;
    }
    if (count == 0)
        return minos_fail(MINOS_EINVAL, "no topics to subscribe to");
    copy = mn_alloc((count + 1) * sizeof *copy + bytes);
    names = (char *)(copy + count + 1);
    for (size_t i = 0; i < count; i++) {
        size_t size = strlen(topics[i]) + 1;
        copy[i] = memcpy(names, topics[i], size);
        names += size;
    }
    qsort(copy, count, sizeof *copy, compare_text);
    copy[drop_repeated(copy, count)] = NULL;
    *ret_topics = copy;
    return MINOS_OK;
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
    MINOS_TRY(topics_copy(options->topics, &topics));
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

minos_rc minos_subscriber_from_config(const minos_config *config,
                                      const minos_subscriber_options *options,
                                      minos_subscriber **ret_subscriber)
{
    const mn_broker_source source = {.config = config};
    const mn_broker_ops *publisher_ops, *subscriber_ops;

    MINOS_TRY(mn_broker_drivers_of(config, &publisher_ops, &subscriber_ops));
    return mn_subscriber_open(subscriber_ops, &source, options, ret_subscriber);
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
