/*
 * Queues of messages before and behind the broker. A queued publisher takes a message at once and
 * sends it when the broker takes it; a queued subscriber fetches ahead of its receivers. First
 * come, first served. Everything here belongs to the loop that made it.
 */
#ifndef MINOS_BROKER_QUEUE_H
#define MINOS_BROKER_QUEUE_H

#include <stdbool.h>
#include <stddef.h>

#include <minos/compiler.h>
#include <minos/error.h>
#include <minos/message.h>
#include <minos/time.h>

MINOS_BEGIN_DECLS

typedef struct minos_publisher minos_publisher;
typedef struct minos_subscriber minos_subscriber;

/** Messages in the order they came, within a bound. */
typedef struct minos_queue minos_queue;

/** What a queue is made of; all is copied. */
typedef struct minos_queue_options {
    size_t records;            /* messages held at most, 1..1,000,000; 0: 1,000 */
    const char *const *topics; /* NULL-terminated; what a subscriber's queue is for. NULL: any */
} minos_queue_options;

/**
 * A kind of queue. The framework allocates and zeroes `self_size` bytes for `self`, then calls
 * open, the work, close, all on one loop. Codes besides those named: EIO when what holds the
 * messages fails, raised with a message.
 */
typedef struct minos_queue_ops {
    const char *name;
    size_t self_size; /* bytes */
    bool durable;     /* what it holds is still there after close */
    /* Required; may yield. `options->records` is set. After a failure close is not called. */
    minos_rc (*open)(void *self, const minos_queue_options *options);
    /* Required; yields while full. Takes a reference of its own. ETIMEDOUT, ECANCELED: not held. */
    minos_rc (*enqueue)(void *self, minos_message *message, minos_deadline deadline);
    /*
     * Required; yields while empty. The caller gets a reference. What is there is given whatever
     * the deadline. ECLOSED while interrupted, ETIMEDOUT, ECANCELED.
     */
    minos_rc (*dequeue)(void *self, minos_deadline deadline, minos_message **ret_message);
    /* Optional; may yield. The receiver of a dequeued message needs it no more. */
    minos_rc (*done)(void *self, minos_message *message);
    /*
     * Required; does not yield. Put a dequeued message back before all others, whatever the bound.
     */
    void (*put_back)(void *self, minos_message *message);
    /* Required; does not yield. Messages held, those dequeued not counted. */
    size_t (*count)(const void *self);
    /*
     * Required; does not yield. Make dequeue fail with ECLOSED, for those waiting too, until off.
     */
    void (*interrupt)(void *self, bool on);
    /* Required; may yield. Nobody waits. */
    void (*close)(void *self);
} minos_queue_ops;

/**
 * Make a queue of a kind.
 * @param ops        not copied: lives as long as the queue
 * @param options    borrowed for the call; NULL: the defaults
 * @param ret_queue  free it with minos_queue_free, or give it to who takes it
 * @retval MINOS_EINVAL  ops is NULL or incomplete, records out of range, or a topic is none
 * @yields
 */
MINOS_API MINOS_MUST_CHECK minos_rc minos_queue_new(const minos_queue_ops *ops,
                                                    const minos_queue_options *options,
                                                    minos_queue **ret_queue);
/**
 * Make a queue in memory; what it holds is gone with it, with a warning.
 * @param options    borrowed for the call; NULL: the defaults
 * @param ret_queue  free it with minos_queue_free, or give it to who takes it
 * @retval MINOS_EINVAL  records out of range, or a topic is none
 * @noyield
 */
MINOS_API MINOS_MUST_CHECK minos_rc minos_queue_new_memory(const minos_queue_options *options,
                                                           minos_queue **ret_queue);
/**
 * Put a message at the end; wait while the queue is full.
 * @param message   shared, not taken
 * @param deadline  the fiber's own comes first when it is earlier; never waits 30 s
 * @retval MINOS_EINVAL     message is NULL
 * @retval MINOS_ETIMEDOUT  it stayed full until the deadline
 * @retval MINOS_ECANCELED  the fiber was cancelled
 * @yields while full
 */
MINOS_API MINOS_MUST_CHECK minos_rc minos_queue_enqueue(minos_queue *queue, minos_message *message,
                                                        minos_deadline deadline);
/**
 * Take the first message; wait while there is none.
 * @param deadline     the fiber's own comes first when it is earlier
 * @param ret_message  the caller owns one reference
 * @retval MINOS_ETIMEDOUT  none came by the deadline
 * @retval MINOS_ECANCELED  the fiber was cancelled
 * @retval MINOS_ECLOSED    the subscriber it belongs to was stopped
 * @yields while empty
 */
MINOS_API MINOS_MUST_CHECK minos_rc minos_queue_dequeue(minos_queue *queue, minos_deadline deadline,
                                                        minos_message **ret_message);
/** Give how many messages it holds. @noyield */
MINOS_API size_t minos_queue_count(const minos_queue *queue);
/**
 * Give the topics it is for, sorted, NULL-terminated; NULL: any. @noyield @lifetime{the queue's}
 */
MINOS_API const char *const *minos_queue_topics(const minos_queue *queue);
/** Free a queue that nobody waits on; NULL is fine. @yields when it is kept outside the process */
MINOS_API void minos_queue_free(minos_queue *queue);

/**
 * Put a queue before a publisher: sending returns when the queue holds the message, and a fiber
 * hands on what the queue holds, in order. While the broker fails it is tried again, for ever, at
 * most every 0.15 s and, once too many tries failed, every 1.5 s. A topic that takes no more holds
 * up its own messages only; what the broker refuses for good is logged and dropped. A message may
 * reach the broker twice, with one identifier. Requests, whose callers wait, go past the queue.
 * @param impl           taken on success
 * @param queue          taken on success
 * @param ret_publisher  free it with minos_publisher_free, which waits 5 s for what is queued
 * @retval MINOS_EINVAL   a part is NULL
 * @retval MINOS_ETOOMANY no fiber could be had
 * @retval MINOS_ESTATE   not on a loop
 * @noyield @thread{a loop's fiber}
 */
MINOS_API MINOS_MUST_CHECK minos_rc minos_publisher_new_queued(minos_publisher *impl,
                                                               minos_queue *queue,
                                                               minos_publisher **ret_publisher);
/**
 * Wait until the broker holds all that was sent; fine without a queue.
 * @param deadline  the fiber's own comes first when it is earlier
 * @retval MINOS_ETIMEDOUT  messages are left; they are still tried
 * @retval MINOS_ECANCELED  the fiber was cancelled
 * @retval MINOS_ECLOSED    messages are left and nobody sends them any more: the loop was cancelled
 * @yields
 */
MINOS_API MINOS_MUST_CHECK minos_rc minos_publisher_flush(minos_publisher *publisher,
                                                          minos_deadline deadline);
/**
 * Put a queue behind a subscriber: a fiber fetches messages into it while it has room. What nobody
 * received when it is freed goes back to the broker, in order, where the broker can take it.
 * @param impl            taken on success
 * @param queue           taken on success; its topics, when it tells any, equal those of impl
 * @param ret_subscriber  free it with minos_subscriber_free
 * @retval MINOS_EINVAL   a part is NULL, or the topics differ
 * @retval MINOS_ETOOMANY no fiber could be had
 * @retval MINOS_ESTATE   not on a loop
 * @noyield @thread{a loop's fiber}
 */
MINOS_API MINOS_MUST_CHECK minos_rc minos_subscriber_new_queued(minos_subscriber *impl,
                                                                minos_queue *queue,
                                                                minos_subscriber **ret_subscriber);

MINOS_AUTO_DEFINE(minos_queue)

MINOS_END_DECLS

#endif
