/*
 * The application: config, factory and ports of one process, and their life: setup → start → stop
 * in reverse. `minos_main`, `minos check` and the test kit all run this one.
 */
#ifndef MN_RUNTIME_APP_H
#define MN_RUNTIME_APP_H

#include <minos/config.h>
#include <minos/enroute.h>
#include <minos/plugin.h>

#define MN_APP_PORTS_MAX 16

typedef struct mn_app_port {
    const minos_port_ops *ops;
    void *self; /* ops->self_size bytes, owned */
    bool started;
} mn_app_port;

typedef struct mn_app {
    minos_config *config; /* borrowed */
    minos_factory *factory;
    mn_app_port ports[MN_APP_PORTS_MAX]; /* in starting order */
    size_t port_count;
    bool serving; /* the services were set up */
} mn_app;

/* Build factory and ports from a config that programs and modules are registered with. Opens
 * nothing. Yields. */
minos_rc mn_app_setup(mn_app *app, minos_config *config);
/*
 * Set up the services, then start the ports, the HTTP port last. Undoes itself on failure. Yields.
 */
minos_rc mn_app_start(mn_app *app);
/*
 * Stop in reverse: no more intake, finish, answer; cancelled at the deadline. Idempotent. Yields.
 */
minos_rc mn_app_stop(mn_app *app, minos_deadline deadline);
/* Free what setup made; fine for a half-built app. Yields. */
void mn_app_done(mn_app *app);
/* Find a port by name; NULL when the config has none of it. */
void *mn_app_port_find(mn_app *app, const minos_port_ops *ops);

/* What the library itself adds to every program: the system service. */
extern const minos_plugin mn_builtin_plugin;

/* Tell whether the config has a door open. */
bool mn_app_wants_port(const minos_config *config, const char *name);
/*
 * Refuse with ECONFIG several workers for a service that takes messages of a broker within the
 * process.
 */
minos_rc mn_workers_check(const minos_config *config, minos_factory *factory);

/* Load the service modules (.so) that the config names and register them. */
minos_rc mn_modules_load(minos_config *config);

#endif
