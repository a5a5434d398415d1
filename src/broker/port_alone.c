/*
 * The broker port by itself, without the launcher: it owns the factory of what it serves.
 */
#include <stdlib.h>

#include "base/alloc.h"
#include "broker/port.h"

struct minos_broker_port {
    const minos_config *config; /* borrowed */
    minos_factory *factory;
    bool is_started;
    void *self; /* of mn_broker_port_ops */
};

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

minos_rc minos_broker_port_start(minos_broker_port *port)
{
    minos_rc rc;

    if (port->is_started)
        return MINOS_OK;
    MINOS_TRY(minos_factory_setup(port->factory, port->config));
    rc = mn_broker_port_ops.start(port->self);
    if (rc != MINOS_OK) {
        minos_factory_destroy(port->factory);
        return rc;
    }
    port->is_started = true;
    return MINOS_OK;
}

minos_rc minos_broker_port_stop(minos_broker_port *port, minos_deadline deadline)
{
    minos_rc rc;

    if (!port->is_started)
        return MINOS_OK;
    port->is_started = false;
    rc = mn_broker_port_ops.stop(port->self, deadline);
    minos_factory_destroy(port->factory);
    return rc;
}

void minos_broker_port_free(minos_broker_port *port)
{
    if (port == NULL)
        return;
    mn_broker_port_ops.destroy(port->self);
    if (port->is_started)
        minos_factory_destroy(port->factory);
    minos_factory_free(port->factory);
    free(port->self);
    free(port);
}
