/*
 * Queues of any kind: what is checked before a kind is asked.
 */
#include "broker/queue.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "broker/driver.h"
#include "broker/topics.h"

struct minos_queue {
    const minos_queue_ops *ops;
    const char **topics; /* NULL: any */
    _Alignas(max_align_t) char self[];
};

static bool is_complete(const minos_queue_ops *ops)
{
    return ops->name != NULL && ops->open != NULL && ops->enqueue != NULL && ops->dequeue != NULL &&
           ops->put_back != NULL && ops->count != NULL && ops->interrupt != NULL &&
           ops->close != NULL;
}

minos_rc minos_queue_new(const minos_queue_ops *ops, const minos_queue_options *options,
                         minos_queue **ret_queue)
{
    minos_queue_options filled = {.records = MN_QUEUE_RECORDS};
    const char **topics = NULL;
    minos_queue *queue;
    minos_rc rc;

    if (ops == NULL || !is_complete(ops))
        return minos_fail(MINOS_EINVAL, "ops is NULL or lacks what is required");
    if (options != NULL && options->records > MN_QUEUE_RECORDS_MAX)
        return minos_fail(MINOS_EINVAL, "records %zu is not in 1..%d", options->records,
                          MN_QUEUE_RECORDS_MAX);
    if (options != NULL && options->records != 0)
        filled.records = options->records;
    if (options != NULL && options->topics != NULL) {
        MINOS_TRY(mn_topics_copy(options->topics, &topics));
        filled.topics = (const char *const *)topics;
    }
    queue = mn_alloc(sizeof *queue + ops->self_size);
    queue->ops = ops;
    queue->topics = topics;
    rc = ops->open(queue->self, &filled);
    if (rc != MINOS_OK) {
        free(topics);
        free(queue);
        return minos_wrap(rc, "while opening a queue of kind %s", ops->name);
    }
    *ret_queue = queue;
    return MINOS_OK;
}

minos_rc minos_queue_new_memory(const minos_queue_options *options, minos_queue **ret_queue)
{
    return minos_queue_new(&mn_queue_memory, options, ret_queue);
}

minos_rc minos_queue_enqueue(minos_queue *queue, minos_message *message, minos_deadline deadline)
{
    if (message == NULL)
        return minos_fail(MINOS_EINVAL, "message is NULL");
    return queue->ops->enqueue(queue->self, message, deadline);
}

minos_rc minos_queue_dequeue(minos_queue *queue, minos_deadline deadline,
                             minos_message **ret_message)
{
    return queue->ops->dequeue(queue->self, deadline, ret_message);
}

size_t minos_queue_count(const minos_queue *queue)
{
    return queue->ops->count(queue->self);
}

const char *const *minos_queue_topics(const minos_queue *queue)
{
    return (const char *const *)queue->topics;
}

minos_rc mn_queue_done(minos_queue *queue, minos_message *message)
{
    return queue->ops->done == NULL ? MINOS_OK : queue->ops->done(queue->self, message);
}

void mn_queue_put_back(minos_queue *queue, minos_message *message)
{
    queue->ops->put_back(queue->self, message);
}

void mn_queue_interrupt(minos_queue *queue, bool on)
{
    queue->ops->interrupt(queue->self, on);
}

bool mn_queue_is_durable(const minos_queue *queue)
{
    return queue->ops->durable;
}

void minos_queue_free(minos_queue *queue)
{
    if (queue == NULL)
        return;
    queue->ops->close(queue->self);
    free(queue->topics);
    free(queue);
}
