/*
 * The caller: what a service sends and asks through. One publisher, one topic for all replies, and
 * a table that hands each reply to the fiber whose identifier it carries.
 *
 * Owner: a port, or who made it. Registered with its thread, so that minos_broker_request finds it
 * from any fiber; handlers of the broker door find that of their own port.
 */
#ifndef MN_BROKER_CALLER_H
#define MN_BROKER_CALLER_H

#include <minos/broker.h>

#include "broker/driver.h"

#define MN_REQUEST_WAIT     (30 * MINOS_S) /* for a reply, when the fiber has no deadline */
#define MN_CALLER_ASKED_MAX 100000         /* replies waited for at once */

typedef struct mn_caller mn_caller;

/*
 * Make and register a caller. The publisher is borrowed; the subscription for replies is opened at
 * the first request, from `source`, whose config must live as long.
 */
minos_rc mn_caller_new(minos_publisher *publisher, const mn_broker_ops *ops,
                       const mn_broker_source *source, mn_caller **ret_caller);
/* Unregister and free; requests still waiting fail with ECLOSED. Yields when replies are read. */
void mn_caller_free(mn_caller *caller);
/*
 * The caller of the running handler's port, else the newest of this thread; NULL when there is
 * none.
 */
mn_caller *mn_caller_current(void);

/*
 * As minos_broker_request, but gives the whole reply, whatever its status; the caller owns it.
 * Yields.
 */
minos_rc mn_caller_ask(mn_caller *caller, const char *topic, const minos_value *content,
                       minos_deadline deadline, minos_message **ret_reply);
/* Send without a reply. Yields while the broker takes no more. */
minos_rc mn_caller_send(mn_caller *caller, const char *topic, const minos_value *content,
                        minos_strategy strategy);
/* Replies that came after their caller had gone. */
uint64_t mn_caller_late(const mn_caller *caller);
/* Requests that wait for their reply. */
size_t mn_caller_asked(const mn_caller *caller);

#endif
