/*
 * Clients of the broker: send to any topic, receive on one of their own. A pool lends them.
 */
#ifndef MINOS_BROKER_CLIENT_H
#define MINOS_BROKER_CLIENT_H

#include <stddef.h>
#include <stdint.h>

#include <minos/compiler.h>
#include <minos/config.h>
#include <minos/error.h>
#include <minos/message.h>
#include <minos/time.h>
#include <minos/value.h>

MINOS_BEGIN_DECLS

typedef struct minos_publisher minos_publisher;
typedef struct minos_subscriber minos_subscriber;

/** Sends to any topic, receives on one. */
typedef struct minos_broker_client minos_broker_client;

/**
 * Make a client from its parts.
 * @param topic       receives every message on it; NULL: the subscriber's first topic, and without
 *                    a subscriber one of its own, 32 random hex digits
 * @param publisher   borrowed; NULL: one of its own at this thread's in-process broker
 * @param subscriber  borrowed, subscribed to `topic`; NULL: one of its own, likewise
 * @param ret_client  free it with minos_broker_client_free
 * @retval MINOS_EINVAL  not a topic, or not one of the subscriber's
 * @noyield
 */
MINOS_API MINOS_MUST_CHECK minos_rc minos_broker_client_new(const char *topic,
                                                            minos_publisher *publisher,
                                                            minos_subscriber *subscriber,
                                                            minos_broker_client **ret_client);
/**
 * Make a client with parts of its own, as a config says. Its subscription is its own too and
 * removes the topic when it goes.
 * @param config      borrowed for the call
 * @param topic       receives every message on it; NULL: one of its own, 32 random hex digits
 * @param ret_client  free it with minos_broker_client_free
 * @retval MINOS_ECONFIG  this build has no such broker
 * @retval MINOS_EINVAL   not a topic
 * @yields
 */
MINOS_API MINOS_MUST_CHECK minos_rc minos_broker_client_from_config(
    const minos_config *config, const char *topic, minos_broker_client **ret_client);
/** Give the topic it receives on. @noyield @lifetime{the client's} */
MINOS_API const char *minos_broker_client_topic(const minos_broker_client *client);
/**
 * Give how many messages a pooled client dropped because nobody waited for them any more. @noyield
 */
MINOS_API uint64_t minos_broker_client_late(const minos_broker_client *client);
/**
 * Send content to a topic, replies coming to the client's own.
 * @param topic    1..255 bytes of UTF-8, borrowed for the call
 * @param content  copied; NULL: null
 * @retval MINOS_EINVAL     not a topic
 * @retval MINOS_ETIMEDOUT  the queue stayed full until the fiber's deadline (30 s when none)
 * @retval MINOS_ECANCELED  cancelled while waiting for room; nothing was sent
 * @retval MINOS_EFULL      the broker holds no more; nothing was sent
 * @retval MINOS_ETOOMANY   pooled: 100,000 replies were not received yet
 * @yields when the broker must be waited for
 */
MINOS_API MINOS_MUST_CHECK minos_rc minos_broker_client_send(minos_broker_client *client,
                                                             const char *topic,
                                                             const minos_value *content);
/**
 * Send a whole message; what travels is the same with the client's topic as reply topic.
 * @param message  borrowed for the call
 * @retval MINOS_EINVAL   NULL
 * @retval MINOS_EEXISTS  pooled: a message with this identifier has no reply yet
 * @retval MINOS_EFULL    the broker holds no more; nothing was sent
 * @yields when the broker must be waited for
 */
MINOS_API MINOS_MUST_CHECK minos_rc minos_broker_client_send_message(minos_broker_client *client,
                                                                     const minos_message *message);
/**
 * Wait for one message. A client of a pool gives a fiber only replies to what that fiber sent.
 * @param deadline     the fiber's own comes first when it is earlier
 * @param ret_message  the caller owns one reference
 * @retval MINOS_ETIMEDOUT  none came by the deadline
 * @retval MINOS_ECANCELED  the fiber was cancelled
 * @yields
 */
MINOS_API MINOS_MUST_CHECK minos_rc minos_broker_client_receive(minos_broker_client *client,
                                                                minos_deadline deadline,
                                                                minos_message **ret_message);
/** Free a client that nobody waits on; NULL is fine. @yields when its parts are its own */
MINOS_API void minos_broker_client_free(minos_broker_client *client);

/** Several messages, taken one by one as they come. Lies in the caller's storage. */
typedef struct minos_batch {
    minos_broker_client *client;
    minos_message *current; /* owned until the next step */
    size_t left;
    minos_deadline until;
    minos_rc rc;
} minos_batch;

/**
 * Begin to receive several messages.
 * @param count  how many
 * @param until  when they must have come (the original's default is 60 s)
 * @return to be ended with minos_batch_end
 * @noyield
 */
MINOS_API minos_batch minos_broker_client_receive_many(minos_broker_client *client, size_t count,
                                                       minos_deadline until);
/**
 * Give the next message.
 * @return NULL at the end or on failure
 * @yields @lifetime{until the next call for this batch}
 */
MINOS_API const minos_message *minos_batch_next(minos_batch *batch);
/**
 * End a batch and tell how it went; leaving it half way is no failure.
 * @retval MINOS_ENOTENOUGH  fewer came in time
 * @retval MINOS_ECANCELED   the fiber was cancelled
 * @noyield
 */
MINOS_API MINOS_MUST_CHECK minos_rc minos_batch_end(minos_batch *batch);

/* ---- client pool ---- */

/** Clients with topics of their own, lent one at a time. */
typedef struct minos_client_pool minos_client_pool;

/**
 * Make a pool of clients of the broker that a config names.
 * @param config       borrowed for the pool's life
 * @param clients_max  1..10000; 0: `pools.broker.maxsize`, 5 by default
 * @param ret_pool     free it with minos_client_pool_free
 * @retval MINOS_EINVAL   clients_max is out of range
 * @retval MINOS_ECONFIG  this build has no such broker
 * @noyield
 */
MINOS_API MINOS_MUST_CHECK minos_rc minos_client_pool_from_config(const minos_config *config,
                                                                  size_t clients_max,
                                                                  minos_client_pool **ret_pool);
/**
 * Make a pool of clients of this thread's in-process broker.
 * @param clients_max  1..10000; 0: the default of 5
 * @param ret_pool     free it with minos_client_pool_free
 * @retval MINOS_EINVAL  clients_max is out of range
 * @noyield
 */
MINOS_API MINOS_MUST_CHECK minos_rc minos_client_pool_new_memory(size_t clients_max,
                                                                 minos_client_pool **ret_pool);
/**
 * Take a client and make its topic the reply topic of this fiber's context; wait while all are out.
 * @param ret_client  give it back with minos_client_pool_release
 * @retval MINOS_ETIMEDOUT  all were out until the fiber's deadline
 * @retval MINOS_ECANCELED  the fiber was cancelled
 * @retval MINOS_ECLOSED    the pool is being freed
 * @yields
 */
MINOS_API MINOS_MUST_CHECK minos_rc minos_client_pool_acquire(minos_client_pool *pool,
                                                              minos_broker_client **ret_client);
/**
 * Give a client back and restore the reply topic; what it asked and did not receive is late from
 * now on.
 * @param client  of this pool; NULL is fine
 * @noyield
 */
MINOS_API void minos_client_pool_release(minos_client_pool *pool, minos_broker_client *client);
/** Give how many replies came too late, over all clients. @noyield */
MINOS_API uint64_t minos_client_pool_late(const minos_client_pool *pool);
/** Wait for what is out, then free; NULL is fine. @yields */
MINOS_API void minos_client_pool_free(minos_client_pool *pool);

MINOS_AUTO_DEFINE(minos_broker_client)
MINOS_AUTO_DEFINE(minos_client_pool)

MINOS_END_DECLS

#endif
