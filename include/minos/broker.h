/*
 * The broker system: publishers send messages, subscribers receive them, a dispatcher runs the action
 * of a topic, a consumer joins the two, clients ask and wait for the answer.
 *
 * Routing is by group: each subscribed group gets one copy of a multicast message, its members share
 * it; a unicast message goes to one group. A client's topic belongs to that client alone.
 */
#ifndef MINOS_BROKER_H
#define MINOS_BROKER_H

#include <stddef.h>
#include <stdint.h>

#include <minos/compiler.h>
#include <minos/config.h>
#include <minos/enroute.h>
#include <minos/error.h>
#include <minos/message.h>
#include <minos/time.h>
#include <minos/value.h>

MINOS_BEGIN_DECLS

/* ---- in a handler, or any fiber of a running service ---- */

/**
 * Send a command or query and wait for its reply.
 * @param ret_reply  borrowed; lives until the handler returns. Its status may be 400 or 500: then the
 *                   call gives MINOS_ERESPONSE with that status and the reply's message, and
 *                   ret_reply is untouched.
 * @retval MINOS_ETIMEDOUT  no reply by the deadline (the request's own, or 30 s when it has none)
 * @yields
 */
MINOS_API MINOS_MUST_CHECK minos_rc minos_broker_request(const char *topic,
                                                         const minos_value *content,
                                                         const minos_value **ret_reply);
/** Send a command without asking for a reply. @yields */
MINOS_API MINOS_MUST_CHECK minos_rc minos_broker_send(const char *topic,
                                                      const minos_value *content);
/** Publish an event to every group that is subscribed to its topic. @yields */
MINOS_API MINOS_MUST_CHECK minos_rc minos_broker_publish(const char *topic,
                                                         const minos_value *content);

/* ---- publisher ---- */

typedef struct minos_publisher minos_publisher;

/** Make the publisher that a config names (`interfaces.broker.publisher.client`). */
MINOS_API MINOS_MUST_CHECK minos_rc minos_publisher_from_config(const minos_config *config,
                                                                minos_publisher **ret_publisher);
/** Make a publisher of the in-process broker. */
MINOS_API MINOS_MUST_CHECK minos_rc minos_publisher_new_memory(minos_publisher **ret_publisher);
/** Hand one message to the broker; the message is shared, not taken. @yields */
MINOS_API MINOS_MUST_CHECK minos_rc minos_publisher_send(minos_publisher *publisher,
                                                         minos_message *message);
/** Keep the newest messages that were sent, for tests to look at; 0 keeps none, the default. @noyield */
MINOS_API void minos_publisher_record(minos_publisher *publisher, size_t messages_max);
/** Give a kept message, 0 the oldest, NULL past the newest. @lifetime{until the next send} */
MINOS_API const minos_message *minos_publisher_sent(const minos_publisher *publisher, size_t index);
MINOS_API void minos_publisher_free(minos_publisher *publisher);

/* ---- subscriber ---- */

typedef struct minos_subscriber minos_subscriber;

typedef struct minos_subscriber_options {
    const char *const *topics; /* NULL-terminated */
    const minos_kind *kinds;   /* one a topic; NULL: not told. A topic that one group takes commands
                                  or queries from is refused to others */
    const char *group;         /* NULL: a group of its own, gone with it */
    bool remove_topics_on_destroy;
} minos_subscriber_options;

MINOS_API MINOS_MUST_CHECK minos_rc
minos_subscriber_from_config(const minos_config *config, const minos_subscriber_options *options,
                             minos_subscriber **ret_subscriber);
MINOS_API MINOS_MUST_CHECK minos_rc minos_subscriber_new_memory(
    const minos_subscriber_options *options, minos_subscriber **ret_subscriber);
/** Put a message into an in-process subscriber by hand, past the broker (the original's add_message). */
MINOS_API MINOS_MUST_CHECK minos_rc minos_subscriber_add_message(minos_subscriber *subscriber,
                                                                 minos_message *message);
/** Wait for the next message; the caller owns one reference. @yields */
MINOS_API MINOS_MUST_CHECK minos_rc minos_subscriber_receive(minos_subscriber *subscriber,
                                                             minos_deadline deadline,
                                                             minos_message **ret_message);
/** Give the subscribed topics, NULL-terminated, sorted. */
MINOS_API const char *const *minos_subscriber_topics(const minos_subscriber *subscriber);
MINOS_API void minos_subscriber_free(minos_subscriber *subscriber);

/* ---- dispatcher ---- */

typedef struct minos_dispatcher minos_dispatcher;

/** Replies go out through `publisher`, which is borrowed, as is the router. */
MINOS_API MINOS_MUST_CHECK minos_rc minos_dispatcher_new(minos_router *router,
                                                         minos_publisher *publisher,
                                                         minos_dispatcher **ret_dispatcher);
/**
 * Run the actions of a message's topic (an event: all of them, concurrently) and send the reply when
 * one is wanted: same identifier, status 200, 400 or 500, header minos-status the exact one.
 * @retval MINOS_ENOACTION  nothing is bound to the topic
 * @yields
 */
MINOS_API MINOS_MUST_CHECK minos_rc minos_dispatcher_dispatch(minos_dispatcher *dispatcher,
                                                              minos_message *message);
MINOS_API void minos_dispatcher_free(minos_dispatcher *dispatcher);

/* ---- consumer (the original's BrokerHandler) ---- */

typedef struct minos_consumer minos_consumer;

/** @param concurrency  messages in handlers at once, 1..100000; 0: the default of 5 */
MINOS_API MINOS_MUST_CHECK minos_rc minos_consumer_new(minos_dispatcher *dispatcher,
                                                       minos_subscriber *subscriber,
                                                       size_t concurrency,
                                                       minos_consumer **ret_consumer);
/** Receive and dispatch until cancelled; errors of handlers are logged and never end it. @yields */
MINOS_API MINOS_MUST_CHECK minos_rc minos_consumer_run(minos_consumer *consumer);
/** Take no more messages and wait for those in handlers. @yields */
MINOS_API MINOS_MUST_CHECK minos_rc minos_consumer_stop(minos_consumer *consumer,
                                                        minos_deadline deadline);
MINOS_API void minos_consumer_free(minos_consumer *consumer);

/* ---- client ---- */

typedef struct minos_broker_client minos_broker_client;

/** @param topic  receives every message on it; NULL: one of its own, 32 random hex digits */
MINOS_API MINOS_MUST_CHECK minos_rc minos_broker_client_new(const char *topic,
                                                            minos_publisher *publisher,
                                                            minos_subscriber *subscriber,
                                                            minos_broker_client **ret_client);
MINOS_API MINOS_MUST_CHECK minos_rc
minos_broker_client_from_config(const minos_config *config, const char *topic,
                                minos_broker_client **ret_client);
MINOS_API const char *minos_broker_client_topic(const minos_broker_client *client);
/** Give how many messages a pooled client dropped because nobody waited for them any more. @noyield */
MINOS_API uint64_t minos_broker_client_late(const minos_broker_client *client);
/** Send content to a topic, replies coming to the client's own. @yields */
MINOS_API MINOS_MUST_CHECK minos_rc minos_broker_client_send(minos_broker_client *client,
                                                             const char *topic,
                                                             const minos_value *content);
/** Send a whole message; its reply topic becomes the client's. @yields */
MINOS_API MINOS_MUST_CHECK minos_rc
minos_broker_client_send_message(minos_broker_client *client, const minos_message *message);
/** Wait for one message; the caller owns one reference. @yields */
MINOS_API MINOS_MUST_CHECK minos_rc minos_broker_client_receive(minos_broker_client *client,
                                                                minos_deadline deadline,
                                                                minos_message **ret_message);
MINOS_API void minos_broker_client_free(minos_broker_client *client);

/** Several messages, taken one by one as they come. Lies in the caller's storage. */
typedef struct minos_batch {
    minos_broker_client *client;
    minos_message *current; /* owned until the next step */
    size_t left;
    minos_deadline until;
    minos_rc rc;
} minos_batch;

/** Begin to receive `count` messages until a deadline (the original's default is 60 s). @noyield */
MINOS_API minos_batch minos_broker_client_receive_many(minos_broker_client *client, size_t count,
                                                       minos_deadline until);
/** Give the next message, borrowed until the next call; NULL at the end or on failure. @yields */
MINOS_API const minos_message *minos_batch_next(minos_batch *batch);
/** @retval MINOS_ENOTENOUGH  fewer came in time @noyield */
MINOS_API MINOS_MUST_CHECK minos_rc minos_batch_end(minos_batch *batch);

/* ---- client pool ---- */

typedef struct minos_client_pool minos_client_pool;

/** @param clients_max  1..10000; 0: the default of 5 */
MINOS_API MINOS_MUST_CHECK minos_rc minos_client_pool_from_config(const minos_config *config,
                                                                  size_t clients_max,
                                                                  minos_client_pool **ret_pool);
/** Make a pool of clients of the in-process broker. */
MINOS_API MINOS_MUST_CHECK minos_rc minos_client_pool_new_memory(size_t clients_max,
                                                                 minos_client_pool **ret_pool);
/** Take a client and make its topic the reply topic of this fiber's context. @yields */
MINOS_API MINOS_MUST_CHECK minos_rc minos_client_pool_acquire(minos_client_pool *pool,
                                                              minos_broker_client **ret_client);
MINOS_API void minos_client_pool_release(minos_client_pool *pool, minos_broker_client *client);
/** Give how many replies came too late, over all clients. @noyield */
MINOS_API uint64_t minos_client_pool_late(const minos_client_pool *pool);
/** Wait for what is out, then free. @yields */
MINOS_API void minos_client_pool_free(minos_client_pool *pool);

/* ---- port ---- */

typedef struct minos_broker_port minos_broker_port;

MINOS_API MINOS_MUST_CHECK minos_rc minos_broker_port_from_config(const minos_config *config,
                                                                  minos_broker_port **ret_port);
MINOS_API MINOS_MUST_CHECK minos_rc minos_broker_port_start(minos_broker_port *port);
MINOS_API MINOS_MUST_CHECK minos_rc minos_broker_port_stop(minos_broker_port *port,
                                                           minos_deadline deadline);
MINOS_API void minos_broker_port_free(minos_broker_port *port);

MINOS_AUTO_DEFINE(minos_publisher)
MINOS_AUTO_DEFINE(minos_subscriber)
MINOS_AUTO_DEFINE(minos_dispatcher)
MINOS_AUTO_DEFINE(minos_consumer)
MINOS_AUTO_DEFINE(minos_broker_client)
MINOS_AUTO_DEFINE(minos_client_pool)
MINOS_AUTO_DEFINE(minos_broker_port)

MINOS_END_DECLS

#endif
