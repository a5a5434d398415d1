/*
 * The queue in memory. Invariant: while fibers wait for room, no more places are free than fibers
 * were woken for, so a newcomer cannot take the place of one that waited.
 */
#include <minos/log.h>

#include "broker/driver.h"
#include "broker/queue.h"
#include "broker/ring.h"
#include "fiber/fiber.h"

typedef struct memory_queue {
    mn_ring messages;
    size_t records; /* most messages */
    bool interrupted;
    uint64_t interrupts; /* so that one is seen even when it ended before the fiber ran */
    mn_waiters room;     /* those with a message and without a place */
    mn_waiters items;    /* those who want a message */
} memory_queue;

static minos_rc open(void *self, const minos_queue_options *options)
{
    memory_queue *queue = self;
    queue->records = options->records;
    mn_waiters_init(&queue->room);
    mn_waiters_init(&queue->items);
    return MINOS_OK;
}

static bool is_full(const memory_queue *queue)
{
    return queue->messages.count >= queue->records;
}

static minos_rc enqueue(void *self, minos_message *message, minos_deadline deadline)
{
    memory_queue *queue = self;
    /* Whoever waits already comes first. */
    bool must_wait = is_full(queue) || !mn_list_empty(&queue->room.list);

    if (must_wait && deadline.at_ns == INT64_MAX)
        deadline = minos_deadline_in(MN_PUBLISH_WAIT);
    for (; must_wait; must_wait = is_full(queue)) {
        minos_rc rc = mn_waiters_wait(&queue->room, deadline);
        if (rc != MINOS_OK)
            return minos_fail(rc, "%zu messages wait in the queue", queue->messages.count);
    }
    mn_ring_put(&queue->messages, minos_message_ref(message));
    mn_waiters_wake_one(&queue->items);
    return MINOS_OK;
}

static minos_rc dequeue(void *self, minos_deadline deadline, minos_message **ret_message)
{
    memory_queue *queue = self;
    const uint64_t interrupts = queue->interrupts;

    if (minos_fiber_canceled())
        return minos_fail(MINOS_ECANCELED, "no message is taken by a cancelled fiber");
    while (!queue->interrupted && queue->interrupts == interrupts && queue->messages.count == 0) {
        minos_rc rc = mn_waiters_wait(&queue->items, deadline);
        if (rc != MINOS_OK)
            return minos_fail(rc, "no message came");
    }
    if (queue->interrupted || queue->interrupts != interrupts)
        return minos_fail(MINOS_ECLOSED, "the queue gives no more messages");
    *ret_message = mn_ring_take(&queue->messages);
    mn_waiters_wake_one(&queue->room);
    return MINOS_OK;
}

static void put_back(void *self, minos_message *message)
{
    memory_queue *queue = self;
    mn_ring_put_first(&queue->messages, minos_message_ref(message));
    mn_waiters_wake_one(&queue->items);
}

static size_t count(const void *self)
{
    const memory_queue *queue = self;
    return queue->messages.count;
}

static void interrupt(void *self, bool on)
{
    memory_queue *queue = self;
    queue->interrupted = on;
    if (!on)
        return;
    queue->interrupts++;
    mn_waiters_wake_all(&queue->items);
}

static void close(void *self)
{
    memory_queue *queue = self;
    size_t left = mn_ring_done(&queue->messages);
    if (left != 0)
        minos_log_warning("a queue in memory ends with %zu messages that nobody took", left);
}

const minos_queue_ops mn_queue_memory = {
    .name = "memory",
    .self_size = sizeof(memory_queue),
    .open = open,
    .enqueue = enqueue,
    .dequeue = dequeue,
    .put_back = put_back,
    .count = count,
    .interrupt = interrupt,
    .close = close,
};
