/*
 * Clients: send to any topic, receive on one.
 *
 * A client made for a topic gives every message on it, in order, to whoever receives. A pooled one
 * remembers who sent what: each message goes to the fiber that sent the identifier it carries, all
 * others are late, dropped and counted.
 */
#include "broker/client.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/list.h"
#include "broker/headers.h"
#include "broker/identifiers.h"
#include "broker/message.h"
#include "broker/pending.h"
#include "fiber/fiber.h"

/* A message that a fiber sent through a pooled client, until its reply was received. */
typedef struct asked {
    mn_pending_entry entry; /* first: what the table holds; until the reply came */
    mn_list in_client;      /* of asked_list, or of answered once the reply came */
    uint64_t fiber_id;
    minos_message *reply;
} asked;

struct minos_broker_client {
    minos_publisher *publisher;
    minos_subscriber *subscriber;
    bool owns_publisher;
    bool owns_subscriber;
    bool pooled;
    size_t asked_count; /* pooled: in asked_list and answered */
    mn_pending pending; /* pooled: whose replies have not come */
    mn_list asked_list;
    mn_list answered; /* pooled: replies not yet received, in order of arrival */
    mn_list spare;    /* entries for reuse */
    mn_list waiting;  /* pooled: fibers in receive */
    uint64_t late_count;
    char topic[MN_TOPIC_BYTES_MAX + 1];
};

/* One fiber in a pooled client's receive; lies on its stack. */
typedef struct receiver {
    mn_list in_client;
    mn_fiber *fiber;
} receiver;

/* ---- life ---- */

static minos_broker_client *client_make(const char *topic)
{
    minos_broker_client *client = mn_new(minos_broker_client);
    mn_list_init(&client->asked_list);
    mn_list_init(&client->answered);
    mn_list_init(&client->spare);
    mn_list_init(&client->waiting);
    if (topic != NULL)
        memcpy(client->topic, topic, strlen(topic) + 1);
    else
        mn_own_topic(client->topic);
    return client;
}

/* Open what was not given, over a driver and a subscription to the client's topic alone. */
static minos_rc open_missing(minos_broker_client *client, const mn_broker_ops *publisher_ops,
                             const mn_broker_ops *subscriber_ops, const mn_broker_source *source)
{
    const char *const topics[] = {client->topic, NULL};
    const minos_subscriber_options options = {.topics = topics, .remove_topics_on_destroy = true};

    if (client->publisher == NULL) {
        MINOS_TRY(mn_publisher_open(publisher_ops, source, &client->publisher));
        client->owns_publisher = true;
    }
    if (client->subscriber == NULL) {
        MINOS_TRY(mn_subscriber_open(subscriber_ops, source, &options, &client->subscriber));
        client->owns_subscriber = true;
    }
    return MINOS_OK;
}

static bool listens_to(const minos_subscriber *subscriber, const char *topic)
{
    const char *const *topics = minos_subscriber_topics(subscriber);
    for (; *topics != NULL; topics++)
        if (strcmp(*topics, topic) == 0)
            return true;
    return false;
}

minos_rc minos_broker_client_new(const char *topic, minos_publisher *publisher,
                                 minos_subscriber *subscriber, minos_broker_client **ret_client)
{
    const mn_broker_source source = {.config = NULL};
    minos_broker_client *client;
    minos_rc rc;

    if (topic != NULL)
        MINOS_TRY(mn_topic_check(topic, "the client's topic"));
    else if (subscriber != NULL)
        topic = minos_subscriber_topics(subscriber)[0];
    if (subscriber != NULL && !listens_to(subscriber, topic))
        return minos_fail(MINOS_EINVAL, "the subscriber is not subscribed to the client's topic %s",
                          topic);
    client = client_make(topic);
    client->publisher = publisher;
    client->subscriber = subscriber;
    rc = open_missing(client, &mn_broker_memory, &mn_broker_memory, &source);
    if (rc != MINOS_OK) {
        minos_broker_client_free(client);
        return minos_wrap(rc, "while making a broker client");
    }
    *ret_client = client;
    return MINOS_OK;
}

minos_rc minos_broker_client_from_config(const minos_config *config, const char *topic,
                                         minos_broker_client **ret_client)
{
    const mn_broker_source source = {.config = config};
    const mn_broker_ops *publisher_ops, *subscriber_ops;
    minos_broker_client *client;
    minos_rc rc;

    if (topic != NULL)
        MINOS_TRY(mn_topic_check(topic, "the client's topic"));
    MINOS_TRY(mn_broker_drivers_of(config, &publisher_ops, &subscriber_ops));
    client = client_make(topic);
    rc = open_missing(client, publisher_ops, subscriber_ops, &source);
    if (rc != MINOS_OK) {
        minos_broker_client_free(client);
        return minos_wrap(rc, "while making a broker client");
    }
    *ret_client = client;
    return MINOS_OK;
}

static void entry_drop(minos_broker_client *client, asked *one)
{
    mn_list_remove(&one->in_client);
    minos_message_unref(one->reply);
    one->reply = NULL;
    client->asked_count--;
    mn_list_insert(&client->spare, &one->in_client);
}

void mn_client_forget(minos_broker_client *client)
{
    while (!mn_list_empty(&client->asked_list)) {
        asked *one = mn_container(client->asked_list.next, asked, in_client);
        mn_pending_remove(&client->pending, &one->entry);
        entry_drop(client, one);
    }
    while (!mn_list_empty(&client->answered)) {
        client->late_count++;
        entry_drop(client, mn_container(client->answered.next, asked, in_client));
    }
}

void minos_broker_client_free(minos_broker_client *client)
{
    if (client == NULL)
        return;
    assert(mn_list_empty(&client->waiting));
    if (client->owns_subscriber)
        minos_subscriber_free(client->subscriber);
    if (client->owns_publisher)
        minos_publisher_free(client->publisher);
    mn_client_forget(client);
    for (mn_list *node; (node = mn_list_pop(&client->spare)) != NULL;)
        free(mn_container(node, asked, in_client));
    mn_pending_done(&client->pending);
    free(client);
}

const char *minos_broker_client_topic(const minos_broker_client *client)
{
    return client->topic;
}

uint64_t minos_broker_client_late(const minos_broker_client *client)
{
    return client->late_count;
}

/* ---- pooled ---- */

static void on_message(void *context, minos_message *message)
{
    minos_broker_client *client = context;
    asked *one = (asked *)mn_pending_find(&client->pending, &message->identifier);

    if (one == NULL) {
        client->late_count++;
        return;
    }
    mn_pending_remove(&client->pending, &one->entry);
    one->reply = minos_message_ref(message);
    mn_list_remove(&one->in_client);
    mn_list_insert(&client->answered, &one->in_client);
    mn_list_each(node, &client->waiting) {
        receiver *waiting = mn_container(node, receiver, in_client);
        if (mn_fiber_id(waiting->fiber) == one->fiber_id)
            mn_fiber_wake(waiting->fiber);
    }
}

minos_rc mn_client_new_pooled(const mn_broker_ops *publisher_ops,
                              const mn_broker_ops *subscriber_ops, const mn_broker_source *source,
                              minos_broker_client **ret_client)
{
    minos_broker_client *client = client_make(NULL);
    minos_rc rc = open_missing(client, publisher_ops, subscriber_ops, source);

    client->pooled = true;
    if (rc == MINOS_OK)
        rc = mn_subscriber_listen(client->subscriber, on_message, client);
    if (rc != MINOS_OK) {
        minos_broker_client_free(client);
        return minos_wrap(rc, "while making a pooled broker client");
    }
    *ret_client = client;
    return MINOS_OK;
}

static minos_rc remember(minos_broker_client *client, const minos_uuid *identifier)
{
    mn_list *node;
    asked *one;

    if (!client->pooled)
        return MINOS_OK;
    if (mn_fiber_current() == NULL)
        return minos_fail(MINOS_ESTATE, "only a fiber can use a pooled client");
    if (client->asked_count >= MN_CLIENT_ASKED_MAX)
        return minos_fail(MINOS_ETOOMANY, "%d messages of this client wait for their replies",
                          MN_CLIENT_ASKED_MAX);
    if (mn_pending_find(&client->pending, identifier) != NULL)
        return minos_fail(MINOS_EEXISTS, "a message with this identifier waits for its reply");
    node = mn_list_pop(&client->spare);
    one = node != NULL ? mn_container(node, asked, in_client) : mn_new(asked);
    one->entry.identifier = *identifier;
    one->fiber_id = mn_fiber_id(mn_fiber_current());
    one->reply = NULL;
    client->asked_count++;
    mn_list_insert(&client->asked_list, &one->in_client);
    mn_pending_add(&client->pending, &one->entry);
    return MINOS_OK;
}

static void forget_one(minos_broker_client *client, const minos_uuid *identifier)
{
    asked *one = (asked *)mn_pending_find(&client->pending, identifier);
    if (one == NULL)
        return;
    mn_pending_remove(&client->pending, &one->entry);
    entry_drop(client, one);
}

static minos_message *take_answered(minos_broker_client *client, uint64_t fiber_id)
{
    mn_list_each(node, &client->answered) {
        asked *one = mn_container(node, asked, in_client);
        minos_message *reply = one->reply;
        if (one->fiber_id != fiber_id)
            continue;
        one->reply = NULL;
        entry_drop(client, one);
        return reply;
    }
    return NULL;
}

static minos_rc receive_own(minos_broker_client *client, minos_deadline deadline,
                            minos_message **ret_message)
{
    receiver self = {.fiber = mn_fiber_current()};
    minos_message *reply;
    minos_rc rc = MINOS_OK;

    if (self.fiber == NULL)
        return minos_fail(MINOS_ESTATE, "only a fiber can wait for a message");
    mn_list_insert(&client->waiting, &self.in_client);
    while ((reply = take_answered(client, mn_fiber_id(self.fiber))) == NULL && rc == MINOS_OK)
        rc = mn_fiber_park(deadline);
    mn_list_remove(&self.in_client);
    if (reply == NULL)
        return minos_fail(rc, "no reply came to the client on %s", client->topic);
    *ret_message = reply;
    return MINOS_OK;
}

/* ---- send and receive ---- */

static minos_rc send_remembered(minos_broker_client *client, minos_message *message)
{
    minos_rc rc;

    MINOS_TRY(remember(client, &message->identifier));
    rc = minos_publisher_send(client->publisher, message);
    if (rc != MINOS_OK)
        forget_one(client, &message->identifier);
    return rc;
}

minos_rc minos_broker_client_send(minos_broker_client *client, const char *topic,
                                  const minos_value *content)
{
    mn_message_parts parts;
    minos_message *message;
    minos_rc rc;

    MINOS_TRY(mn_topic_check(topic, "the topic"));
    parts = (mn_message_parts){
        .topic = minos_view_of(topic),
        .reply_topic = minos_view_of(client->topic),
        .identifier = minos_uuid_new(),
        .strategy = MINOS_UNICAST,
        .status = MINOS_STATUS_SUCCESS,
        .content = content,
    };
    MINOS_TRY(mn_message_make(&parts, &message));
    rc = mn_headers_of_send(message, minos_deadline_never(), 0);
    if (rc == MINOS_OK)
        rc = send_remembered(client, message);
    minos_message_unref(message);
    return rc;
}

minos_rc minos_broker_client_send_message(minos_broker_client *client, const minos_message *message)
{
    minos_message *derived;
    minos_rc rc;

    if (message == NULL)
        return minos_fail(MINOS_EINVAL, "message is NULL");
    derived = mn_message_derive((minos_message *)message, minos_view_of(client->topic));
    rc = send_remembered(client, derived);
    minos_message_unref(derived);
    return rc;
}

minos_rc minos_broker_client_receive(minos_broker_client *client, minos_deadline deadline,
                                     minos_message **ret_message)
{
    if (client->pooled)
        return receive_own(client, deadline, ret_message);
    return minos_subscriber_receive(client->subscriber, deadline, ret_message);
}

/* ---- several ---- */

minos_batch minos_broker_client_receive_many(minos_broker_client *client, size_t count,
                                             minos_deadline until)
{
    minos_batch batch = {.client = client, .left = count, .until = until, .rc = MINOS_OK};
    return batch;
}

const minos_message *minos_batch_next(minos_batch *batch)
{
    minos_message *message;

    minos_message_unref(batch->current);
    batch->current = NULL;
    if (batch->left == 0 || batch->rc != MINOS_OK)
        return NULL;
    batch->rc = minos_broker_client_receive(batch->client, batch->until, &message);
    if (batch->rc != MINOS_OK)
        return NULL;
    batch->left--;
    return batch->current = message;
}

minos_rc minos_batch_end(minos_batch *batch)
{
    minos_message_unref(batch->current);
    batch->current = NULL;
    if (batch->rc == MINOS_ETIMEDOUT)
        return minos_fail(MINOS_ENOTENOUGH, "%zu messages on %s did not come in time", batch->left,
                          minos_broker_client_topic(batch->client));
    return batch->rc == MINOS_OK ? MINOS_OK : minos_wrap(batch->rc, "while receiving messages");
}
