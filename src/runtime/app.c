/*
 * The application's life: see app.h.
 */
#include "runtime/app.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <minos/log.h>
#include <minos/system.h>

#include "base/alloc.h"
#include "broker/port.h"
#include "codec/codec.h"
#include "cron/port.h"
#include "fiber/worker.h"
#include "http/port.h"

/* The doors in starting order: what others send to first, what the outside sees last. */
static const minos_port_ops *const own_ports[] = {
    &mn_broker_port_ops,
    &mn_periodic_port_ops,
    &mn_http_port_ops,
};

static const minos_service *const own_services[] = {&minos_system_service, NULL};

const minos_plugin mn_builtin_plugin = {
    MINOS_PLUGIN("minos"),
    .services = own_services,
};

/* The config says "none" for a door that is shut, by its own word or since it names other doors. */
bool mn_app_wants_port(const minos_config *config, const char *name)
{
    char key[64];
    const minos_value *port;

    snprintf(key, sizeof key, "interfaces.%s.port", name);
    port = minos_config_value(config, key);
    return port == NULL || !minos_view_is(minos_value_view(port), "none");
}

static void warn_unserved(mn_app *app, const minos_port_ops *ops)
{
    static const struct {
        const char *port;
        minos_door door;
    } doors[] = {{"http", MINOS_DOOR_REST},
                 {"broker", MINOS_DOOR_BROKER},
                 {"periodic", MINOS_DOOR_PERIODIC}};

    for (size_t i = 0; i < mn_count_of(doors); i++) {
        minos_route_filter filter = {.door = doors[i].door};
        if (strcmp(doors[i].port, ops->name) == 0 &&
            minos_factory_next(app->factory, filter, NULL) != NULL)
            minos_log_warning("%s routes are declared, but the configuration's interfaces have no "
                              "%s: they are not served",
                              minos_door_name(doors[i].door), ops->name);
    }
}

/* Codecs stay for the process's life, so a second application finds them there already. */
static minos_rc add_codecs(const minos_plugin *plugin)
{
    for (const minos_codec *const *codec = plugin->codecs; codec != NULL && *codec != NULL;
         codec++) {
        minos_rc rc;
        if (minos_codec_find(minos_view_of((*codec)->media_type)) == *codec)
            continue;
        rc = mn_codec_register(*codec);
        if (rc != MINOS_OK)
            return minos_wrap(rc, "while adding the codecs of plugin %s", plugin->name);
    }
    return MINOS_OK;
}

static minos_rc add_port(mn_app *app, const minos_port_ops *ops)
{
    mn_app_port *port = &app->ports[app->port_count];

    if (!mn_app_wants_port(app->config, ops->name)) {
        warn_unserved(app, ops);
        return MINOS_OK;
    }
    if (ops == &mn_periodic_port_ops && mn_worker_slot() != 0)
        return MINOS_OK; /* periodic tasks run once a service, not once a worker */
    if (app->port_count == MN_APP_PORTS_MAX)
        return minos_fail(MINOS_ETOOMANY, "more than %d ports", MN_APP_PORTS_MAX);
    port->ops = ops;
    port->self = mn_alloc(ops->self_size);
    app->port_count++;
    return ops->setup(port->self, app->config, app->factory);
}

static minos_rc add_ports(mn_app *app)
{
    const minos_plugin *plugin;

    for (size_t i = 0; (plugin = minos_config_registered(app->config, i)) != NULL; i++) {
        MINOS_TRY(add_codecs(plugin));
        for (const minos_port_ops *const *ops = plugin->ports; ops != NULL && *ops != NULL; ops++)
            MINOS_TRY(add_port(app, *ops));
    }
    for (size_t i = 0; i < mn_count_of(own_ports); i++)
        MINOS_TRY(add_port(app, own_ports[i]));
    return MINOS_OK;
}

minos_rc mn_app_setup(mn_app *app, minos_config *config)
{
    memset(app, 0, sizeof *app);
    app->config = config;
    MINOS_TRY(minos_factory_from_config(config, &app->factory));
    MINOS_TRY(mn_workers_check(config, app->factory));
    return add_ports(app);
}

minos_rc mn_app_start(mn_app *app)
{
    minos_rc rc = minos_factory_setup(app->factory, app->config);

    if (rc != MINOS_OK)
        return minos_wrap(rc, "while setting up the services");
    app->serving = true;
    for (size_t i = 0; i < app->port_count; i++) {
        mn_app_port *port = &app->ports[i];
        char place[256] = "";
        rc = port->ops->start(port->self);
        if (rc != MINOS_OK)
            return minos_wrap(rc, "while starting the %s port", port->ops->name);
        port->started = true;
        if (port->ops->describe != NULL)
            port->ops->describe(port->self, place, sizeof place);
        minos_log_info("%s port started%s%s", port->ops->name, place[0] == '\0' ? "" : ": ", place);
    }
    return MINOS_OK;
}

minos_rc mn_app_stop(mn_app *app, minos_deadline deadline)
{
    minos_rc first = MINOS_OK;

    for (size_t i = app->port_count; i-- > 0;) {
        mn_app_port *port = &app->ports[i];
        minos_rc rc;
        if (!port->started)
            continue;
        port->started = false;
        rc = port->ops->stop(port->self, deadline);
        if (rc != MINOS_OK) {
            minos_log_chain(MINOS_LEVEL_WARNING, minos_error_last(),
                            "the %s port stopped uncleanly", port->ops->name);
            first = first == MINOS_OK ? rc : first;
        }
    }
    if (app->serving)
        minos_factory_destroy(app->factory);
    app->serving = false;
    return first;
}

void mn_app_done(mn_app *app)
{
    if (app->serving)
        minos_log_warning("the application is dropped without having been stopped");
    for (size_t i = app->port_count; i-- > 0;) {
        app->ports[i].ops->destroy(app->ports[i].self);
        free(app->ports[i].self);
    }
    app->port_count = 0;
    minos_factory_free(app->factory);
    app->factory = NULL;
}

void *mn_app_port_find(mn_app *app, const minos_port_ops *ops)
{
    for (size_t i = 0; i < app->port_count; i++)
        if (app->ports[i].ops == ops)
            return app->ports[i].self;
    return NULL;
}
