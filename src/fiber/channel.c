/*
 * Channels: a ring of items and two queues of fibers, of which at most one is not empty.
 *
 * Whoever takes a waiting fiber off its queue completes its operation for it (item moved, code
 * set), so an item is never lost to a cancel that comes between the hand-over and the fiber's next
 * run.
 */
#include <assert.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "fiber/loop.h"

#define CAPACITY_MAX ((size_t)1 << 24)

typedef struct party {
    mn_list node;
    mn_fiber *fiber;
    void *item; /* to send, or received */
    bool done;
    minos_rc rc; /* when done */
} party;

struct minos_channel {
    mn_list senders;
    mn_list receivers;
    size_t capacity;
    size_t first; /* of the items */
    size_t count;
    bool closed;
    void *items[];
};

minos_rc minos_channel_new(size_t capacity, minos_channel **ret_channel)
{
    minos_channel *channel;
    if (capacity > CAPACITY_MAX)
        return minos_fail(MINOS_EINVAL, "capacity: %zu is more than %zu", capacity, CAPACITY_MAX);
    channel = mn_alloc(sizeof *channel + capacity * sizeof(void *));
    channel->capacity = capacity;
    mn_list_init(&channel->senders);
    mn_list_init(&channel->receivers);
    *ret_channel = channel;
    return MINOS_OK;
}

static party *party_pop(mn_list *list)
{
    mn_list *node = mn_list_pop(list);
    return node == NULL ? NULL : mn_container(node, party, node);
}

static void party_complete(party *other, minos_rc rc)
{
    other->done = true;
    other->rc = rc;
    mn_fiber_wake(other->fiber);
}

/* Queue up until somebody completes the operation. Yields. */
static minos_rc party_wait(party *self, mn_list *list, minos_deadline deadline, const char *doing)
{
    minos_rc rc;
    self->fiber = mn_fiber_running();
    mn_list_insert(list, &self->node);
    do
        rc = mn_fiber_park(deadline);
    while (rc == MINOS_OK && !self->done);
    if (!self->done)
        mn_list_remove(&self->node);
    else
        rc = self->rc;
    if (rc != MINOS_OK)
        return minos_fail(rc, "%s while %s a channel", minos_rc_text(rc), doing);
    return MINOS_OK;
}

static void ring_push(minos_channel *channel, void *item)
{
    size_t at = channel->first + channel->count++;
    channel->items[at >= channel->capacity ? at - channel->capacity : at] = item;
}

static void *ring_pop(minos_channel *channel)
{
    void *item = channel->items[channel->first];
    channel->count--;
    if (++channel->first == channel->capacity)
        channel->first = 0;
    return item;
}

minos_rc minos_channel_send(minos_channel *channel, void *item, minos_deadline deadline)
{
    party self = {.item = item};
    party *receiver;

    MINOS_TRY(mn_fiber_check());
    if (channel->closed)
        return minos_fail(MINOS_ECLOSED, "the channel was closed");
    receiver = party_pop(&channel->receivers);
    if (receiver != NULL) {
        receiver->item = item;
        party_complete(receiver, MINOS_OK);
        return MINOS_OK;
    }
    if (channel->count < channel->capacity) {
        ring_push(channel, item);
        return MINOS_OK;
    }
    return party_wait(&self, &channel->senders, deadline, "sending to");
}

minos_rc minos_channel_receive(minos_channel *channel, minos_deadline deadline, void **ret_item)
{
    party self = {.item = NULL};
    party *sender;

    MINOS_TRY(mn_fiber_check());
    if (channel->count != 0) {
        *ret_item = ring_pop(channel);
        sender = party_pop(&channel->senders);
        if (sender != NULL) {
            ring_push(channel, sender->item);
            party_complete(sender, MINOS_OK);
        }
        return MINOS_OK;
    }
    sender = party_pop(&channel->senders);
    if (sender != NULL) {
        *ret_item = sender->item;
        party_complete(sender, MINOS_OK);
        return MINOS_OK;
    }
    if (channel->closed)
        return minos_fail(MINOS_ECLOSED, "the channel was closed");
    MINOS_TRY(party_wait(&self, &channel->receivers, deadline, "receiving from"));
    *ret_item = self.item;
    return MINOS_OK;
}

void minos_channel_close(minos_channel *channel)
{
    party *waiting;
    channel->closed = true;
    while ((waiting = party_pop(&channel->senders)) != NULL)
        party_complete(waiting, MINOS_ECLOSED);
    while ((waiting = party_pop(&channel->receivers)) != NULL)
        party_complete(waiting, MINOS_ECLOSED);
}

size_t minos_channel_count(const minos_channel *channel)
{
    return channel->count;
}

void minos_channel_free(minos_channel *channel)
{
    if (channel == NULL)
        return;
    assert(mn_list_empty(&channel->senders) && mn_list_empty(&channel->receivers));
    free(channel);
}
