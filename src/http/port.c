/*
 * The HTTP port: router, adapter and connector, made from a config.
 */
#include "http/port.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "fiber/fiber.h"
#include "fiber/socket.h"
#include "http/limits.h"

#define KEY "interfaces.http.connector."

/* How long a port that stops by itself lets requests in flight go on. */
#define STOP_TIMEOUT (30 * MINOS_S)

struct minos_http_port {
    const minos_config *config; /* borrowed */
    minos_factory *factory;     /* owned when made by from_config, else borrowed */
    bool owns_factory;
    bool started;
    minos_router *router;
    minos_http_adapter *adapter;
    minos_http_connector *connector;
};

static minos_rc options_read(const minos_config *config, minos_http_options *ret_options)
{
    minos_http_options options = {0};
    int64_t number;

    MINOS_TRY(minos_config_text(config, KEY "host", &options.host));
#define READ_INT(member)                                                                           \
    MINOS_TRY(minos_config_int(config, KEY #member, &number));                                     \
    options.member = (__typeof__(options.member))number;
    READ_INT(port)
    READ_INT(max_connections)
    READ_INT(connections_open_max)
    READ_INT(request_line_bytes_max)
    READ_INT(headers_bytes_max)
    READ_INT(headers_count_max)
    READ_INT(body_bytes_max)
#undef READ_INT
    MINOS_TRY(minos_config_duration(config, KEY "header_timeout", &options.header_timeout));
    MINOS_TRY(minos_config_duration(config, KEY "body_timeout", &options.body_timeout));
    MINOS_TRY(minos_config_duration(config, KEY "keep_alive", &options.keep_alive));
    MINOS_TRY(minos_config_duration(config, KEY "request_timeout", &options.request_timeout));
    if (options.port == 0)
        options.port = -1; /* in a config 0 is any free port; in options it is the default */
    *ret_options = options;
    return MINOS_OK;
}

static minos_rc port_setup(void *self, const minos_config *config, minos_factory *factory)
{
    minos_http_port *port = self;
    minos_http_options options;

    port->config = config;
    port->factory = factory;
    MINOS_TRY(options_read(config, &options));
    MINOS_TRY(minos_router_from_config(config, MINOS_ROUTER_REST, factory, &port->router));
    MINOS_TRY(minos_http_adapter_new((minos_router *const[]){port->router, NULL}, &port->adapter));
    return minos_http_connector_new(&options, port->adapter, &port->connector);
}

static minos_rc port_start(void *self)
{
    minos_http_port *port = self;
    return minos_http_connector_start(port->connector);
}

static minos_rc port_stop(void *self, minos_deadline deadline)
{
    minos_http_port *port = self;
    return port->connector == NULL ? MINOS_OK
                                   : minos_http_connector_stop(port->connector, deadline);
}

static void port_destroy(void *self)
{
    minos_http_port *port = self;
    minos_http_connector_free(mn_take(&port->connector));
    minos_http_adapter_free(mn_take(&port->adapter));
    minos_router_free(mn_take(&port->router));
}

static void port_describe(const void *self, char *text, size_t size)
{
    const minos_http_port *port = self;
    const char *host = minos_http_connector_host(port->connector);
    bool is_v6 = strchr(host, ':') != NULL;
    snprintf(text, size, "http://%s%s%s:%d", is_v6 ? "[" : "", host, is_v6 ? "]" : "",
             minos_http_connector_port(port->connector));
}

const minos_port_ops mn_http_port_ops = {
    .name = "http",
    .self_size = sizeof(minos_http_port),
    .setup = port_setup,
    .start = port_start,
    .stop = port_stop,
    .destroy = port_destroy,
    .describe = port_describe,
};

minos_rc mn_http_port_hold(const minos_config *config)
{
    const char *host;
    int64_t port;

    MINOS_TRY(minos_config_text(config, KEY "host", &host));
    MINOS_TRY(minos_config_int(config, KEY "port", &port));
    return mn_listen_hold(host, (int)port, MN_HTTP_BACKLOG);
}

/* ---- as a component of its own ---- */

minos_rc minos_http_port_from_config(const minos_config *config, minos_http_port **ret_port)
{
    MINOS_AUTO(minos_http_port) *port = mn_new(minos_http_port);

    port->owns_factory = true;
    MINOS_TRY(minos_factory_from_config(config, &port->factory));
    MINOS_TRY(port_setup(port, config, port->factory));
    *ret_port = mn_take(&port);
    return MINOS_OK;
}

minos_rc minos_http_port_start(minos_http_port *port)
{
    minos_rc rc;

    if (port->started)
        return MINOS_OK;
    if (port->owns_factory)
        MINOS_TRY(minos_factory_setup(port->factory, port->config));
    rc = port_start(port);
    if (rc != MINOS_OK && port->owns_factory)
        minos_factory_destroy(port->factory);
    port->started = rc == MINOS_OK;
    return rc;
}

minos_rc minos_http_port_wait(minos_http_port *port)
{
    int signal_number;
    minos_rc rc = mn_signal_wait(minos_deadline_never(), &signal_number);
    minos_rc stop_rc = minos_http_port_stop(port, minos_deadline_in(STOP_TIMEOUT));
    return rc != MINOS_OK ? rc : stop_rc;
}

minos_rc minos_http_port_stop(minos_http_port *port, minos_deadline deadline)
{
    minos_rc rc = port_stop(port, deadline);

    if (port->started && port->owns_factory)
        minos_factory_destroy(port->factory);
    port->started = false;
    return rc;
}

minos_http_connector *minos_http_port_connector(const minos_http_port *port)
{
    return port->connector;
}

void minos_http_port_free(minos_http_port *port)
{
    if (port == NULL)
        return;
    port_destroy(port);
    if (port->owns_factory)
        minos_factory_free(port->factory);
    free(port);
}
