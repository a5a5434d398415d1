/*
 * The broker port by itself, without the launcher: around a consumer, or with a factory of its own.
 */
#include <stdlib.h>

#include <minos/log.h>

#include "base/alloc.h"
#include "broker/port.h"
#include "fiber/fiber.h"

#define DRAIN_DEFAULT (30 * MINOS_S) /* of a port that is freed while it runs */

struct minos_broker_port {
    const minos_config *config; /* borrowed; NULL: made around a consumer */
    minos_factory *factory;
    void *self;               /* of mn_broker_port_ops */
    minos_consumer *consumer; /* borrowed */
    mn_fiber *fiber;          /* that runs the consumer; NULL while stopped */
    bool is_started;
};

minos_rc minos_broker_port_new(minos_consumer *consumer, minos_broker_port **ret_port)
{
    minos_broker_port *port;

    if (consumer == NULL)
        return minos_fail(MINOS_EINVAL, "consumer is NULL");
    port = mn_new(minos_broker_port);
    port->consumer = consumer;
    *ret_port = port;
    return MINOS_OK;
}

minos_rc minos_broker_port_from_config(const minos_config *config, minos_broker_port **ret_port)
{
    minos_broker_port *port = mn_new(minos_broker_port);
    minos_rc rc;

    port->config = config;
    port->self = mn_alloc(mn_broker_port_ops.self_size);
    rc = minos_factory_from_config(config, &port->factory);
    if (rc == MINOS_OK)
        rc = mn_broker_port_ops.setup(port->self, config, port->factory);
    if (rc != MINOS_OK) {
        minos_broker_port_free(port);
        return rc;
    }
    *ret_port = port;
    return MINOS_OK;
}

static minos_rc consume(void *argument)
{
    minos_broker_port *port = argument;
    return minos_consumer_run(port->consumer);
}

static minos_rc start_with_services(minos_broker_port *port)
{
    minos_rc rc;

    MINOS_TRY(minos_factory_setup(port->factory, port->config));
    rc = mn_broker_port_ops.start(port->self);
    if (rc != MINOS_OK)
        minos_factory_destroy(port->factory);
    return rc;
}

minos_rc minos_broker_port_start(minos_broker_port *port)
{
    if (port->is_started)
        return MINOS_OK;
    if (port->consumer != NULL)
        MINOS_TRY(mn_fiber_start("broker port", consume, port, &port->fiber));
    else
        MINOS_TRY(start_with_services(port));
    port->is_started = true;
    return MINOS_OK;
}

static minos_rc stop_consumer(minos_broker_port *port, minos_deadline deadline)
{
    minos_rc rc = minos_consumer_stop(port->consumer, deadline);
    mn_fiber *fiber = mn_take(&port->fiber);

    mn_fiber_cancel(fiber);                                     /* it may not even have begun */
    minos_ignore(mn_fiber_join(fiber, minos_deadline_never())); /* as the stop said */
    return rc;
}

minos_rc minos_broker_port_stop(minos_broker_port *port, minos_deadline deadline)
{
    minos_rc rc;

    if (!port->is_started)
        return MINOS_OK;
    port->is_started = false;
    if (port->consumer != NULL)
        return stop_consumer(port, deadline);
    rc = mn_broker_port_ops.stop(port->self, deadline);
    minos_factory_destroy(port->factory);
    return rc;
}

void minos_broker_port_free(minos_broker_port *port)
{
    if (port == NULL)
        return;
    if (port->is_started) {
        minos_log_warning("a broker port is freed while it runs; stopping it");
        if (minos_broker_port_stop(port, minos_deadline_in(DRAIN_DEFAULT)) != MINOS_OK)
            minos_log_chain(MINOS_LEVEL_WARNING, minos_error_last(), "the broker port was cut off");
    }
    if (port->self != NULL)
        mn_broker_port_ops.destroy(port->self);
    minos_factory_free(port->factory);
    free(port->self);
    free(port);
}
