/*
 * Publishers over any driver, and the record of what was sent that tests look at.
 */
#include <stdlib.h>

#include <minos/broker_queue.h>

#include "base/alloc.h"
#include "broker/driver.h"
#include "broker/ring.h"

struct minos_publisher {
    const mn_broker_ops *ops;
    mn_ring sent; /* the newest, when recording */
    size_t record_max;
    _Alignas(max_align_t) char self[];
};

minos_publisher *mn_publisher_make(const mn_broker_ops *ops, void **ret_self)
{
    minos_publisher *publisher = mn_alloc(sizeof *publisher + ops->publisher_bytes);

    publisher->ops = ops;
    *ret_self = publisher->self;
    return publisher;
}

void mn_publisher_drop(minos_publisher *publisher)
{
    free(publisher);
}

minos_rc mn_publisher_open(const mn_broker_ops *ops, const mn_broker_source *source,
                           minos_publisher **ret_publisher)
{
    void *self;
    minos_publisher *publisher = mn_publisher_make(ops, &self);
    minos_rc rc = ops->publisher_open(self, source);

    if (rc != MINOS_OK) {
        free(publisher);
        return minos_wrap(rc, "while opening a publisher of broker %s", ops->name);
    }
    *ret_publisher = publisher;
    return MINOS_OK;
}

minos_rc minos_publisher_new_memory(minos_publisher **ret_publisher)
{
    const mn_broker_source source = {.config = NULL};
    return mn_publisher_open(&mn_broker_memory, &source, ret_publisher);
}

static void record(minos_publisher *publisher, minos_message *message)
{
    if (publisher->sent.count == publisher->record_max)
        minos_message_unref(mn_ring_take(&publisher->sent));
    mn_ring_put(&publisher->sent, minos_message_ref(message));
}

minos_rc mn_publisher_publish(minos_publisher *publisher, minos_message *message, bool is_reply,
                              minos_deadline deadline)
{
    minos_rc rc = publisher->ops->publish(publisher->self, message, is_reply, deadline);
    if (MINOS_UNLIKELY(rc != MINOS_OK))
        return minos_wrap(rc, "while publishing to %s", minos_message_topic(message));
    if (MINOS_UNLIKELY(publisher->record_max != 0))
        record(publisher, message);
    return MINOS_OK;
}

minos_rc minos_publisher_send(minos_publisher *publisher, minos_message *message)
{
    if (message == NULL)
        return minos_fail(MINOS_EINVAL, "message is NULL");
    return mn_publisher_publish(publisher, message, false, minos_deadline_never());
}

minos_publisher *mn_publisher_direct(minos_publisher *publisher)
{
    while (publisher->ops->direct != NULL)
        publisher = publisher->ops->direct(publisher->self);
    return publisher;
}

minos_rc minos_publisher_flush(minos_publisher *publisher, minos_deadline deadline)
{
    return publisher->ops->flush == NULL ? MINOS_OK
                                         : publisher->ops->flush(publisher->self, deadline);
}

void minos_publisher_record(minos_publisher *publisher, size_t messages_max)
{
    publisher->record_max = messages_max;
    while (publisher->sent.count > messages_max)
        minos_message_unref(mn_ring_take(&publisher->sent));
}

const minos_message *minos_publisher_sent(const minos_publisher *publisher, size_t index)
{
    const mn_ring *sent = &publisher->sent;
    return index < sent->count ? sent->places[(sent->first + index) & sent->mask] : NULL;
}

void minos_publisher_free(minos_publisher *publisher)
{
    if (publisher == NULL)
        return;
    publisher->ops->publisher_close(publisher->self);
    mn_ring_done(&publisher->sent);
    free(publisher);
}
