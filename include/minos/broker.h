/*
 * The broker system: publishers send messages, subscribers receive them, a dispatcher runs the
 * action of a topic, a consumer joins the two, clients ask and wait for the answer.
 *
 * Routing is by group: each subscribed group gets one copy of a multicast message, its members
 * share it; a unicast message goes to one group, the first that subscribed. A unicast message that
 * nobody is subscribed to waits for its first subscriber, a multicast one is dropped. Everything
 * here belongs to the loop that made it. Clients are in minos/broker_client.h, included here.
 */
#ifndef MINOS_BROKER_H
#define MINOS_BROKER_H

#include <stddef.h>
#include <stdint.h>

#include <minos/broker_client.h>
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
 * Send a command or query and wait for its reply. User, trace (traceparent, tracestate, baggage)
 * and changed headers of the request being handled travel with it, and the deadline as
 * `minos-deadline`.
 * @param topic      1..255 bytes of UTF-8, borrowed for the call
 * @param content    copied before the call waits; NULL: null
 * @param ret_reply  borrowed: in a handler until it returns, in any other fiber until its next
 *                   request
 * @retval MINOS_ERESPONSE  the reply's status is no success: status and message of the reply are
 *                          those of the error, which reach our own caller unless handled
 * @retval MINOS_ETIMEDOUT  no reply by the deadline (the fiber's own, or 30 s when it has none)
 * @retval MINOS_ECANCELED  the fiber was cancelled; the request may have been handled
 * @retval MINOS_ECLOSED    the broker stopped before the reply came
 * @retval MINOS_EFULL      the broker holds no more; nothing was sent
 * @retval MINOS_ETOOMANY   100,000 requests wait for their replies
 * @retval MINOS_EINVAL     not a topic
 * @retval MINOS_ESTATE     no broker port is set up on this loop
 * @yields @thread{a loop's fiber}
 */
MINOS_API MINOS_MUST_CHECK minos_rc minos_broker_request(const char *topic,
                                                         const minos_value *content,
                                                         const minos_value **ret_reply);
/**
 * Send a command without asking for a reply.
 * @param topic    1..255 bytes of UTF-8, borrowed for the call
 * @param content  copied before the call waits; NULL: null
 * @retval MINOS_OK         the broker or the publisher's queue holds the message
 * @retval MINOS_ETIMEDOUT  the topic's queue stayed full until the deadline (30 s when none)
 * @retval MINOS_ECANCELED  cancelled while waiting for room; nothing was sent
 * @retval MINOS_EFULL      the broker holds no more; nothing was sent
 * @retval MINOS_EINVAL     not a topic
 * @retval MINOS_ESTATE     no broker port is set up on this loop
 * @yields @thread{that of the port}
 */
MINOS_API MINOS_MUST_CHECK minos_rc minos_broker_send(const char *topic,
                                                      const minos_value *content);
/**
 * Publish an event to every group that is subscribed to its topic; with none it is dropped.
 * @param topic    1..255 bytes of UTF-8, borrowed for the call
 * @param content  copied before the call waits; NULL: null
 * @retval MINOS_OK         the broker or the publisher's queue holds it, or nobody wants it
 * @retval MINOS_ETIMEDOUT  a group's queue stayed full until the deadline (30 s when none); no
 *                          group got it
 * @retval MINOS_ECANCELED  cancelled while waiting for room; no group got it
 * @retval MINOS_EFULL      a group's queue is full and nobody reads it; no group got it
 * @retval MINOS_EINVAL     not a topic
 * @retval MINOS_ESTATE     no broker port is set up on this loop
 * @yields @thread{that of the port}
 */
MINOS_API MINOS_MUST_CHECK minos_rc minos_broker_publish(const char *topic,
                                                         const minos_value *content);

/* ---- publisher ---- */

/** Hands messages to a broker. */
typedef struct minos_publisher minos_publisher;

/**
 * Make the publisher that a config names (`interfaces.broker.publisher`): its broker, behind its
 * queue. See minos/broker_builder.h for more than that.
 * @param config         borrowed for the call
 * @param ret_publisher  free it with minos_publisher_free
 * @retval MINOS_ECONFIG  this build has no such broker or queue
 * @retval MINOS_ESTATE   it has a queue, and this is no fiber
 * @yields
 */
MINOS_API MINOS_MUST_CHECK minos_rc minos_publisher_from_config(const minos_config *config,
                                                                minos_publisher **ret_publisher);
/**
 * Make a publisher of this thread's in-process broker, which lives as long as anybody uses it.
 * @param ret_publisher  free it with minos_publisher_free
 * @retval MINOS_OK  always
 * @noyield
 */
MINOS_API MINOS_MUST_CHECK minos_rc minos_publisher_new_memory(minos_publisher **ret_publisher);
/**
 * Hand one message to the broker, or to the queue before it.
 * @param message  shared, not taken
 * @retval MINOS_OK         the broker or the queue holds it, or it is multicast and nobody wants it
 * @retval MINOS_EINVAL     message is NULL
 * @retval MINOS_ETIMEDOUT  the queue stayed full until the fiber's deadline (30 s when none)
 * @retval MINOS_ECANCELED  cancelled while waiting for room; nothing was sent
 * @retval MINOS_EFULL      the broker holds no more; nothing was sent
 * @yields when the broker must be waited for
 */
MINOS_API MINOS_MUST_CHECK minos_rc minos_publisher_send(minos_publisher *publisher,
                                                         minos_message *message);
/**
 * Keep the newest messages that were sent, for tests to look at.
 * @param messages_max  how many; 0, the default, keeps none
 * @noyield
 */
MINOS_API void minos_publisher_record(minos_publisher *publisher, size_t messages_max);
/**
 * Give a message kept by minos_publisher_record.
 * @param index  0 is the oldest
 * @return NULL past the newest
 * @noyield @lifetime{until the publisher's next send}
 */
MINOS_API const minos_message *minos_publisher_sent(const minos_publisher *publisher, size_t index);
/** Free a publisher; NULL is fine. @yields when it has a queue: 5 s for what is queued */
MINOS_API void minos_publisher_free(minos_publisher *publisher);

/* ---- subscriber ---- */

/** Receives the messages of some topics, for a group. */
typedef struct minos_subscriber minos_subscriber;

/** What a subscriber is made of; all is copied. */
typedef struct minos_subscriber_options {
    const char *const *topics; /* NULL-terminated, 1..10,000 of them */
    const minos_kind *kinds;   /* one a topic; NULL: not told. A topic that one group takes commands
                                  or queries from is refused to others */
    const char *group;         /* NULL: a group of its own, gone with it */
    bool remove_topics_on_destroy; /* drop what its group did not read, when its last member goes */
} minos_subscriber_options;

/**
 * Subscribe at the broker that a config names (`interfaces.broker.subscriber`), behind its
 * validator and its queue. See minos/broker_builder.h for more than that.
 * @param config          borrowed for the call
 * @param options         borrowed for the call
 * @param ret_subscriber  free it with minos_subscriber_free
 * @retval MINOS_ECONFIG  this build has no such broker, validator or queue
 * @retval MINOS_EINVAL   topics or group are not valid
 * @retval MINOS_ESTATE   it has a queue, and this is no fiber
 * @retval MINOS_EEXISTS  a command or query topic belongs to another group
 * @yields
 */
MINOS_API MINOS_MUST_CHECK minos_rc
minos_subscriber_from_config(const minos_config *config, const minos_subscriber_options *options,
                             minos_subscriber **ret_subscriber);
/**
 * Subscribe at this thread's in-process broker.
 * @param options         borrowed for the call
 * @param ret_subscriber  free it with minos_subscriber_free
 * @retval MINOS_EINVAL   topics or group are not valid
 * @retval MINOS_EEXISTS  a command or query topic belongs to another group
 * @retval MINOS_EFULL    the broker has 100,000 topics
 * @noyield
 */
MINOS_API MINOS_MUST_CHECK minos_rc minos_subscriber_new_memory(
    const minos_subscriber_options *options, minos_subscriber **ret_subscriber);
/**
 * Put a message into a subscriber by hand, past the broker (the original's add_message).
 * @param message  shared, not taken
 * @retval MINOS_EINVAL   message is NULL
 * @retval MINOS_EFULL    10,000 such messages were not received
 * @retval MINOS_ENOTSUP  its broker is not in this process
 * @noyield
 */
MINOS_API MINOS_MUST_CHECK minos_rc minos_subscriber_add_message(minos_subscriber *subscriber,
                                                                 minos_message *message);
/**
 * Wait for the next message. Several fibers may wait at once.
 * @param deadline     the fiber's own comes first when it is earlier
 * @param ret_message  the caller owns one reference
 * @retval MINOS_ETIMEDOUT  none came by the deadline
 * @retval MINOS_ECANCELED  the fiber was cancelled
 * @retval MINOS_ECLOSED    its consumer was stopped
 * @yields when none is there
 */
MINOS_API MINOS_MUST_CHECK minos_rc minos_subscriber_receive(minos_subscriber *subscriber,
                                                             minos_deadline deadline,
                                                             minos_message **ret_message);
/**
 * Subscribe to one more topic while others may be waiting in receive. Fine when it is already.
 * @param topic  1..255 bytes of UTF-8, borrowed for the call
 * @param kind   as in the options: of a topic with commands or queries; else MINOS_KIND_EVENT
 * @retval MINOS_EINVAL   not a topic, or it would be the 10,001st
 * @retval MINOS_EEXISTS  a command or query topic belongs to another group
 * @retval MINOS_EFULL    the broker has no room for more topics
 * @retval MINOS_ENOTSUP  its broker cannot
 * @yields when the broker must be asked
 */
MINOS_API MINOS_MUST_CHECK minos_rc minos_subscriber_topic_add(minos_subscriber *subscriber,
                                                               const char *topic, minos_kind kind);
/**
 * Subscribe to a topic no more. What waits on it stays with a named group, unless the subscriber
 * removes its topics and was the last; what a queue holds already is still received.
 * @param topic  borrowed for the call
 * @retval MINOS_ENOTFOUND  it is not subscribed to it
 * @retval MINOS_ESTATE     it is the last topic: free the subscriber instead
 * @retval MINOS_ENOTSUP    its broker cannot
 * @yields when the broker must be asked
 */
MINOS_API MINOS_MUST_CHECK minos_rc minos_subscriber_topic_remove(minos_subscriber *subscriber,
                                                                  const char *topic);
/**
 * Give the subscribed topics, NULL-terminated, sorted, each once. @noyield @lifetime{the
 * subscriber's, until its topics change}
 */
MINOS_API const char *const *minos_subscriber_topics(const minos_subscriber *subscriber);
/** Free a subscriber that nobody waits on; NULL is fine. @yields */
MINOS_API void minos_subscriber_free(minos_subscriber *subscriber);

/* ---- dispatcher ---- */

/** Runs the actions of a message's topic. */
typedef struct minos_dispatcher minos_dispatcher;

/**
 * Make a dispatcher from its parts.
 * @param router          of kind MINOS_ROUTER_BROKER, borrowed
 * @param publisher       replies go out through it; borrowed
 * @param ret_dispatcher  free it with minos_dispatcher_free
 * @retval MINOS_EINVAL  a part is NULL, the router of another kind, or a route's key no topic
 * @noyield
 */
MINOS_API MINOS_MUST_CHECK minos_rc minos_dispatcher_new(minos_router *router,
                                                         minos_publisher *publisher,
                                                         minos_dispatcher **ret_dispatcher);
/**
 * Make a dispatcher with parts of its own, as a config says; its services are set up.
 * @param config          borrowed for the dispatcher's life
 * @param ret_dispatcher  free it with minos_dispatcher_free
 * @retval MINOS_ECONFIG  the config names what this build has not
 * @yields
 */
MINOS_API MINOS_MUST_CHECK minos_rc minos_dispatcher_from_config(const minos_config *config,
                                                                 minos_dispatcher **ret_dispatcher);
/**
 * Run the actions of a message's topic (an event: all of them, concurrently) and send the reply
 * when one is wanted: same identifier, status 200, 400 or 500, header minos-status the exact one.
 * What a handler fails with is logged and answered here: a refusal with its message, a fault with
 * "internal error".
 * @param message  borrowed for the call
 * @retval MINOS_OK         whatever the handlers gave
 * @retval MINOS_ENOACTION  nothing is bound to the topic
 * @yields
 */
MINOS_API MINOS_MUST_CHECK minos_rc minos_dispatcher_dispatch(minos_dispatcher *dispatcher,
                                                              minos_message *message);
/** Free a dispatcher that runs nothing; NULL is fine. @yields when its services are its own */
MINOS_API void minos_dispatcher_free(minos_dispatcher *dispatcher);

/* ---- consumer (the original's BrokerHandler) ---- */

/** Receives and dispatches, some messages at once. */
typedef struct minos_consumer minos_consumer;

/**
 * Make a consumer from its parts.
 * @param dispatcher    borrowed
 * @param subscriber    borrowed
 * @param concurrency   messages in handlers at once, 1..100000; 0: the default of 5. A handler that
 *                      waits for a reply does not count
 * @param ret_consumer  free it with minos_consumer_free
 * @retval MINOS_EINVAL  a part is NULL or the concurrency out of range
 * @noyield
 */
MINOS_API MINOS_MUST_CHECK minos_rc minos_consumer_new(minos_dispatcher *dispatcher,
                                                       minos_subscriber *subscriber,
                                                       size_t concurrency,
                                                       minos_consumer **ret_consumer);
/**
 * Make a consumer with parts of its own, as a config says (`interfaces.broker`).
 * @param config        borrowed for the consumer's life
 * @param ret_consumer  free it with minos_consumer_free
 * @retval MINOS_ECONFIG  the config names what this build has not
 * @retval MINOS_EEXISTS  a command or query topic belongs to another group
 * @yields
 */
MINOS_API MINOS_MUST_CHECK minos_rc minos_consumer_from_config(const minos_config *config,
                                                               minos_consumer **ret_consumer);
/**
 * Receive and dispatch until stopped or cancelled; no error of a handler or the broker ends it.
 * @retval MINOS_OK         stopped
 * @retval MINOS_ECANCELED  the fiber was cancelled, and all handlers with it
 * @retval MINOS_ESTATE     it runs already
 * @yields @thread{a loop's fiber}
 */
MINOS_API MINOS_MUST_CHECK minos_rc minos_consumer_run(minos_consumer *consumer);
/**
 * Take no more messages and wait for those in handlers; at the deadline cancel them and wait. Fine
 * when it does not run.
 * @param deadline  when what still runs is cancelled
 * @retval MINOS_ETIMEDOUT  handlers were cancelled
 * @yields
 */
MINOS_API MINOS_MUST_CHECK minos_rc minos_consumer_stop(minos_consumer *consumer,
                                                        minos_deadline deadline);
/** Free a consumer that does not run; NULL is fine. @yields when its parts are its own */
MINOS_API void minos_consumer_free(minos_consumer *consumer);

/* ---- port ---- */

/** The broker door of a service: consumes the topics of its broker rows. */
typedef struct minos_broker_port minos_broker_port;

/**
 * Make a port around a consumer, whose services are set up already.
 * @param consumer  borrowed
 * @param ret_port  free it with minos_broker_port_free
 * @retval MINOS_EINVAL  NULL
 * @noyield
 */
MINOS_API MINOS_MUST_CHECK minos_rc minos_broker_port_new(minos_consumer *consumer,
                                                          minos_broker_port **ret_port);
/**
 * Make a port as a config says; minos_broker_request and its siblings work on this loop from now
 * on.
 * @param config    borrowed for the port's life
 * @param ret_port  free it with minos_broker_port_free
 * @retval MINOS_ECONFIG     the config names what this build has not
 * @retval MINOS_EREDEFINED  two rows bind one topic
 * @yields
 */
MINOS_API MINOS_MUST_CHECK minos_rc minos_broker_port_from_config(const minos_config *config,
                                                                  minos_broker_port **ret_port);
/**
 * Set up the services, subscribe in the group of the config and take messages. Fine when started.
 * @retval MINOS_EEXISTS  a command or query topic belongs to another group
 * @yields
 */
MINOS_API MINOS_MUST_CHECK minos_rc minos_broker_port_start(minos_broker_port *port);
/**
 * Take no more messages, wait for those in handlers, cancel what still runs at the deadline. Fine
 * when not started.
 * @param deadline  when what still runs is cancelled
 * @retval MINOS_ETIMEDOUT  handlers were cancelled
 * @yields
 */
MINOS_API MINOS_MUST_CHECK minos_rc minos_broker_port_stop(minos_broker_port *port,
                                                           minos_deadline deadline);
/** Free a port; one that still runs is stopped first, with a warning. NULL is fine. @yields */
MINOS_API void minos_broker_port_free(minos_broker_port *port);

MINOS_AUTO_DEFINE(minos_publisher)
MINOS_AUTO_DEFINE(minos_subscriber)
MINOS_AUTO_DEFINE(minos_dispatcher)
MINOS_AUTO_DEFINE(minos_consumer)
MINOS_AUTO_DEFINE(minos_broker_port)

MINOS_END_DECLS

#endif
