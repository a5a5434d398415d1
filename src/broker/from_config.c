/*
 * Dispatchers and consumers made from a config alone, with parts of their own.
 */
#include <stdlib.h>

#include "base/alloc.h"
#include "broker/consumer.h"
#include "broker/dispatcher.h"
#include "broker/driver.h"

minos_rc mn_concurrency_of(const minos_config *config, size_t *ret_concurrency)
{
    int64_t concurrency;
    MINOS_TRY(minos_config_int(config, "interfaces.broker.consumer.concurrency", &concurrency));
    *ret_concurrency = (size_t)concurrency;
    return MINOS_OK;
}

minos_rc mn_subscriber_for_router(const minos_config *config, minos_router *router,
                                  minos_subscriber **ret_subscriber)
{
    size_t count;
    minos_action *const *actions = minos_router_routes(router, &count);
    const char **topics = mn_new_array(const char *, count + 1);
    minos_kind *kinds = mn_new_array(minos_kind, count + 1);
    minos_subscriber_options options = {.topics = topics, .kinds = kinds};
    minos_rc rc;

    for (size_t i = 0; i < count; i++) {
        topics[i] = minos_action_route(actions[i])->key;
        kinds[i] = minos_action_route(actions[i])->kind;
    }
    rc = minos_config_text(config, "interfaces.broker.subscriber.group", &options.group);
    if (rc == MINOS_OK)
        rc = minos_subscriber_from_config(config, &options, ret_subscriber);
    free(topics);
    free(kinds);
    return rc;
}

minos_rc minos_dispatcher_from_config(const minos_config *config, minos_dispatcher **ret_dispatcher)
{
    MINOS_AUTO(minos_factory) *factory = NULL;
    MINOS_AUTO(minos_router) *router = NULL;
    MINOS_AUTO(minos_publisher) *publisher = NULL;
    minos_dispatcher *dispatcher = NULL;

    MINOS_TRY(minos_factory_from_config(config, &factory));
    MINOS_TRY(minos_router_new(MINOS_ROUTER_BROKER, factory, &router));
    MINOS_TRY(minos_publisher_from_config(config, &publisher));
    MINOS_TRY(minos_factory_setup(factory, config));
    if (minos_dispatcher_new(router, publisher, &dispatcher) != MINOS_OK) {
        minos_factory_destroy(factory);
        return minos_wrap(minos_error_rc(minos_error_last()), "while making a dispatcher");
    }
    mn_dispatcher_own(dispatcher, mn_take(&factory), mn_take(&router), mn_take(&publisher));
    *ret_dispatcher = dispatcher;
    return MINOS_OK;
}

minos_rc minos_consumer_from_config(const minos_config *config, minos_consumer **ret_consumer)
{
    MINOS_AUTO(minos_dispatcher) *dispatcher = NULL;
    MINOS_AUTO(minos_subscriber) *subscriber = NULL;
    size_t concurrency;

    MINOS_TRY(mn_concurrency_of(config, &concurrency));
    MINOS_TRY(minos_dispatcher_from_config(config, &dispatcher));
    MINOS_TRY(mn_subscriber_for_router(config, mn_dispatcher_router(dispatcher), &subscriber));
    MINOS_TRY(minos_consumer_new(dispatcher, subscriber, concurrency, ret_consumer));
    mn_consumer_own_parts(*ret_consumer);
    mn_take(&dispatcher);
    mn_take(&subscriber);
    return MINOS_OK;
}
