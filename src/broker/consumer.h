/*
 * Consumers from the inside.
 */
#ifndef MN_BROKER_CONSUMER_H
#define MN_BROKER_CONSUMER_H

#include <minos/broker.h>

/* Subscribe to the topics of a broker router in the group of a config. Yields. */
minos_rc mn_subscriber_for_router(const minos_config *config, minos_router *router,
                                  minos_subscriber **ret_subscriber);
/* Read how many messages a config lets into handlers at once. */
minos_rc mn_concurrency_of(const minos_config *config, size_t *ret_concurrency);
/* Make the parts of a consumer its own, to be freed with it. */
void mn_consumer_own_parts(minos_consumer *consumer);

#endif
