/*
 * Queues from the inside: what queued publishers and subscribers do with theirs.
 */
#ifndef MN_BROKER_QUEUE_H
#define MN_BROKER_QUEUE_H

#include <minos/broker_queue.h>
#include <minos/config.h>

/* Limits, told in docs/internals/limits.md. */
#define MN_QUEUE_RECORDS     1000 /* held unless the options say otherwise */
#define MN_QUEUE_RECORDS_MAX 1000000

extern const minos_queue_ops mn_queue_memory;

/* The operations of minos_queue_ops that users of a queue alone do not need. */
minos_rc mn_queue_done(minos_queue *queue, minos_message *message);
void mn_queue_put_back(minos_queue *queue, minos_message *message);
void mn_queue_interrupt(minos_queue *queue, bool on);
bool mn_queue_is_durable(const minos_queue *queue);

#endif
