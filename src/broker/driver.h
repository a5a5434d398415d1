/*
 * The plug point of brokers: what a driver does for publishers and subscribers. A driver only
 * transports; dispatch, clients and replies are the same over each.
 */
#ifndef MN_BROKER_DRIVER_H
#define MN_BROKER_DRIVER_H

#include <minos/broker.h>

#include "broker/hub.h"
#include "broker/ring.h"

#define MN_PUBLISH_WAIT (30 * MINOS_S) /* for a broker that takes no more */
#define MN_REPLY_WAIT   (5 * MINOS_S)  /* likewise; for a client that does not read its replies */

/* Where a publisher or subscriber comes from: a config, or the parts of a driver's own. */
typedef struct mn_broker_source {
    const minos_config *config;    /* borrowed for the call; NULL: the driver's defaults */
    const minos_override *options; /* the driver's own, ended by a row without key; win over the
                                      config. NULL: none */
    mn_hub *hub;                   /* memory: NULL takes the thread's */
} mn_broker_source;

/*
 * The framework allocates and zeroes the given bytes for `self`, then calls open, the work, close.
 * Everything runs on the loop that opened it. Codes besides those named: ECANCELED and ETIMEDOUT of
 * waits, EIO when the broker cannot be reached, all raised with a message.
 */
typedef struct mn_broker_ops {
    const char *name;           /* what config's `client` says */
    const char *const *options; /* names it knows in a source's options; NULL: none */
    size_t publisher_bytes;
    size_t subscriber_bytes;
    /* Required; may yield. After a failure close is not called. */
    minos_rc (*publisher_open)(void *self, const mn_broker_source *source);
    /*
     * Required; may yield until `deadline`, when that is never for MN_PUBLISH_WAIT, with a reply
     * MN_REPLY_WAIT. MINOS_OK: the broker holds the message. EFULL, ECANCELED: it does not; any
     * other failure: it may. `is_reply`: nobody there means dropped, not kept.
     */
    minos_rc (*publish)(void *self, minos_message *message, bool is_reply, minos_deadline deadline);
    /* Optional; yields. Wait until the broker holds all that was published; absent: it does. */
    minos_rc (*flush)(void *self, minos_deadline deadline);
    /* Optional; does not yield. The publisher behind, for what waits in no queue. */
    minos_publisher *(*direct)(void *self);
    /* Required; may yield when there is a flush. */
    void (*publisher_close)(void *self);
    /* Required; may yield. EEXISTS: a command topic of another group. */
    minos_rc (*subscriber_open)(void *self, const mn_broker_source *source,
                                const minos_subscriber_options *options);
    /*
     * Required; yields. The caller owns a reference. ECLOSED while interrupted. Many fibers at
     * once.
     */
    minos_rc (*receive)(void *self, minos_deadline deadline, minos_message **ret_message);
    /*
     * Required; does not yield. Make receive fail with ECLOSED, for those waiting too, until off.
     */
    void (*interrupt)(void *self, bool on);
    /* Optional; does not yield. Put a message in by hand. EFULL. */
    minos_rc (*add)(void *self, minos_message *message);
    /* Optional; does not yield. Call `fn` for each message instead of keeping it for receive. */
    void (*listen)(void *self, mn_listen_fn *fn, void *context);
    /*
     * Optional; does not yield. Take back what receive gave, before all that waits on its topic;
     * with several the last comes first.
     */
    minos_rc (*give_back)(void *self, minos_message *message);
    /*
     * Optional; may yield. Subscribe to one more topic, or no more to one. EEXISTS as at open,
     * EFULL.
     */
    minos_rc (*topic_change)(void *self, const char *topic, minos_kind kind, bool on);
    /* Required; may yield. Nobody is waiting in receive. */
    void (*subscriber_close)(void *self);
} mn_broker_ops;

extern const mn_broker_ops mn_broker_memory;

/* Find a driver by the name in a config; NULL when this build has none of that name. */
const mn_broker_ops *mn_broker_driver(const char *name);

/* Find the two drivers that a config names. ECONFIG: not in this build. */
minos_rc mn_broker_drivers_of(const minos_config *config, const mn_broker_ops **ret_publisher,
                              const mn_broker_ops **ret_subscriber);

/* Make a publisher and a subscriber over a driver; the suite of all drivers comes in here. */
minos_rc mn_publisher_open(const mn_broker_ops *ops, const mn_broker_source *source,
                           minos_publisher **ret_publisher);
minos_rc mn_subscriber_open(const mn_broker_ops *ops, const mn_broker_source *source,
                            const minos_subscriber_options *options,
                            minos_subscriber **ret_subscriber);

/*
 * Make a publisher or subscriber that stands before another: not opened, `self` zeroed.
 */
minos_publisher *mn_publisher_make(const mn_broker_ops *ops, void **ret_self);
/* Free what was made so and is not complete. */
void mn_publisher_drop(minos_publisher *publisher);

/* `impl` is what it stands before: its topics are copied. mn_subscriber_drop frees it. */
minos_subscriber *mn_subscriber_make(const mn_broker_ops *ops, const minos_subscriber *impl,
                                     void **ret_self);
void mn_subscriber_drop(minos_subscriber *subscriber);

/* Give the publisher behind all queues. */
minos_publisher *mn_publisher_direct(minos_publisher *publisher);
/* Publish until a deadline; `is_reply` as in the driver. Yields. */
minos_rc mn_publisher_publish(minos_publisher *publisher, minos_message *message, bool is_reply,
                              minos_deadline deadline);
void mn_subscriber_interrupt(minos_subscriber *subscriber, bool on);
/* Give a received message back to the broker. ENOTSUP: its driver takes none back. */
minos_rc mn_subscriber_give_back(minos_subscriber *subscriber, minos_message *message);
/* Give all of a ring back, in their order, and end the ring; logs what was lost. */
void mn_subscriber_give_back_all(minos_subscriber *subscriber, mn_ring *ring);
/* Have messages handed to a function, by the driver or by a fiber that receives; until freed. */
minos_rc mn_subscriber_listen(minos_subscriber *subscriber, mn_listen_fn *fn, void *context);

#endif
