/*
 * Clients from the inside: the pool makes its own kind.
 */
#ifndef MN_BROKER_CLIENT_H
#define MN_BROKER_CLIENT_H

#include <minos/broker.h>

#include "broker/driver.h"

#define MN_CLIENT_ASKED_MAX 100000 /* messages of one holder whose replies were not received yet */

/*
 * Make a client with a topic of its own that gives a message only to the fiber that sent the
 * message it answers; for pools. The parts become the client's.
 */
minos_rc mn_client_new_pooled(const mn_broker_ops *publisher_ops,
                              const mn_broker_ops *subscriber_ops, const mn_broker_source *source,
                              minos_broker_client **ret_client);
/* Forget what the holder asked: what comes for it now is late. */
void mn_client_forget(minos_broker_client *client);

/* Make a pool over a driver; the suite of all drivers comes in here. */
minos_rc mn_client_pool_open(const mn_broker_ops *ops, const mn_broker_source *source,
                             size_t clients_max, minos_client_pool **ret_pool);

#endif
