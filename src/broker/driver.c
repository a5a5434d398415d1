/*
 * The drivers of this build and how a config names them.
 */
#include "broker/driver.h"

#include "base/alloc.h"

static const mn_broker_ops *const drivers[] = {&mn_broker_memory};

const mn_broker_ops *mn_broker_driver(const char *name)
{
    for (size_t i = 0; i < mn_count_of(drivers); i++)
        if (minos_view_is(minos_view_of(name), drivers[i]->name))
            return drivers[i];
    return NULL;
}

static minos_rc driver_of(const minos_config *config, const char *key,
                          const mn_broker_ops **ret_ops)
{
    const mn_broker_ops *ops;
    const char *name;

    MINOS_TRY(minos_config_text(config, key, &name));
    ops = mn_broker_driver(name);
    if (ops == NULL)
        return minos_fail(MINOS_ECONFIG, "%s: broker %s is not in this build", key, name);
    *ret_ops = ops;
    return MINOS_OK;
}

minos_rc mn_broker_drivers_of(const minos_config *config, const mn_broker_ops **ret_publisher,
                              const mn_broker_ops **ret_subscriber)
{
    const mn_broker_ops *publisher, *subscriber;

    MINOS_TRY(driver_of(config, "interfaces.broker.publisher.client", &publisher));
    MINOS_TRY(driver_of(config, "interfaces.broker.subscriber.client", &subscriber));
    if (publisher != subscriber)
        return minos_fail(MINOS_ECONFIG,
                          "interfaces.broker: the publisher's client is %s, the subscriber's %s; "
                          "they must be one broker",
                          publisher->name, subscriber->name);
    *ret_publisher = publisher;
    *ret_subscriber = subscriber;
    return MINOS_OK;
}
