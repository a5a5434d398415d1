/*
 * The periodic port: the third door. It owns a periodic router and its scheduler; made by hand from
 * a config it owns a factory too, and then the services' set-up and end are its own.
 */
#include "cron/port.h"

#include <stdio.h>
#include <stdlib.h>

#include <minos/log.h>

#include "base/alloc.h"
#include "cron/task.h"
#include "fiber/worker.h"

struct minos_periodic_port {
    const minos_config *config; /* borrowed; of the services' set-up */
    minos_factory *factory;     /* owned; NULL: the launcher's */
    minos_router *router;
    minos_scheduler *scheduler;
    bool is_set_up; /* the services of our own factory are */
    bool is_started;
};

static minos_rc port_setup(void *self, const minos_config *config, minos_factory *factory)
{
    minos_periodic_port *port = self;
    MINOS_AUTO(minos_router) *router = NULL;

    if (port->scheduler != NULL)
        return MINOS_OK;
    MINOS_TRY(minos_router_new(MINOS_ROUTER_PERIODIC, factory, &router));
    MINOS_TRY(minos_scheduler_new(router, &port->scheduler));
    port->router = mn_take(&router);
    port->config = config;
    return MINOS_OK;
}

static minos_rc port_start(void *self)
{
    minos_periodic_port *port = self;
    minos_timestamp since;

    if (port->scheduler == NULL)
        return minos_fail(MINOS_ESTATE, "the periodic port is not set up");
    if (port->factory != NULL && !port->is_set_up) {
        MINOS_TRY(minos_factory_setup(port->factory, port->config));
        port->is_set_up = true;
    }
    since = mn_worker_since_take();
    MINOS_TRY(since == 0 ? minos_scheduler_start(port->scheduler)
                         : mn_scheduler_take_over(port->scheduler, since));
    port->is_started = true;
    return MINOS_OK;
}

static minos_rc port_stop(void *self, minos_deadline deadline)
{
    minos_periodic_port *port = self;

    if (port->scheduler == NULL || !port->is_started)
        return MINOS_OK;
    port->is_started = false;
    mn_worker_hand_over();
    MINOS_TRY(minos_scheduler_stop(port->scheduler, deadline));
    return MINOS_OK;
}

static void port_destroy(void *self)
{
    minos_periodic_port *port = self;

    if (port->is_started) {
        minos_log_warning("the periodic port is dropped without a stop");
        minos_ignore(port_stop(port, minos_deadline_in(0))); /* its runs are cancelled */
    }
    if (port->is_set_up)
        minos_factory_destroy(port->factory);
    port->is_set_up = false;
    minos_scheduler_free(mn_take(&port->scheduler));
    minos_router_free(mn_take(&port->router));
}

static void port_describe(const void *self, char *text, size_t size)
{
    const minos_periodic_port *port = self;
    size_t count = 0;

    while (port->scheduler != NULL && minos_scheduler_tasks(port->scheduler)[count] != NULL)
        count++;
    snprintf(text, size, "%zu periodic task%s", count, count == 1 ? "" : "s");
}

const minos_port_ops mn_periodic_port_ops = {
    .name = "periodic",
    .self_size = sizeof(minos_periodic_port),
    .setup = port_setup,
    .start = port_start,
    .stop = port_stop,
    .destroy = port_destroy,
    .describe = port_describe,
};

minos_rc minos_periodic_port_from_config(const minos_config *config, minos_periodic_port **ret_port)
{
    MINOS_AUTO(minos_periodic_port) *port = mn_new(minos_periodic_port);

    MINOS_TRY(minos_factory_from_config(config, &port->factory));
    MINOS_TRY(port_setup(port, config, port->factory));
    *ret_port = mn_take(&port);
    return MINOS_OK;
}

minos_scheduler *minos_periodic_port_scheduler(const minos_periodic_port *port)
{
    return port->scheduler;
}

minos_rc minos_periodic_port_start(minos_periodic_port *port)
{
    MINOS_TRY(port_start(port));
    return MINOS_OK;
}

minos_rc minos_periodic_port_stop(minos_periodic_port *port, minos_deadline deadline)
{
    MINOS_TRY(port_stop(port, deadline));
    return MINOS_OK;
}

void minos_periodic_port_free(minos_periodic_port *port)
{
    if (port == NULL)
        return;
    port_destroy(port);
    minos_factory_free(port->factory);
    free(port);
}
