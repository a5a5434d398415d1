/*
 * Running: the word `run` (services until a signal, then drain) and minos_run (one function).
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include <minos/log.h>
#include <minos/run.h>

#include "base/env.h"
#include "fiber/fiber.h"
#include "fiber/watchdog.h"
#include "fiber/worker.h"
#include "runtime/app.h"
#include "runtime/command.h"
#include "runtime/supervisor.h"

typedef struct running {
    const mn_command *command;
    minos_config *config;
    mn_app app;
    minos_run_fn *fn; /* minos_run only */
} running;

static minos_rc apply_log(const minos_config *config)
{
    static const struct {
        const char *name;
        minos_level level;
    } levels[] = {{"error", MINOS_LEVEL_ERROR},
                  {"warning", MINOS_LEVEL_WARNING},
                  {"notice", MINOS_LEVEL_NOTICE},
                  {"info", MINOS_LEVEL_INFO},
                  {"debug", MINOS_LEVEL_DEBUG}};
    const char *level, *format;

    MINOS_TRY(minos_config_text(config, "log.level", &level));
    MINOS_TRY(minos_config_text(config, "log.format", &format));
    for (size_t i = 0; i < sizeof levels / sizeof levels[0]; i++)
        if (strcmp(levels[i].name, level) == 0)
            minos_log_level_set(levels[i].level);
    minos_log_format_set(strcmp(format, "json") == 0   ? MINOS_LOG_JSON
                         : strcmp(format, "text") == 0 ? MINOS_LOG_TEXT
                                                       : MINOS_LOG_AUTO);
    return MINOS_OK;
}

static minos_rc apply_process(const minos_config *config)
{
    int64_t stack_bytes;

    MINOS_TRY(apply_log(config));
    MINOS_TRY(minos_config_int(config, "fiber.stack_bytes", &stack_bytes));
    mn_fiber_stack_bytes_set((size_t)stack_bytes);
    return MINOS_OK;
}

/* ---- run ---- */

/* Wait for SIGINT or SIGTERM; a worker for its supervisor's SIGTERM. */
static minos_rc wait_for_end(void)
{
    int number = 0;
    while (mn_worker_count() > 1 && number != SIGTERM)
        MINOS_TRY(mn_signal_wait(minos_deadline_never(), &number));
    if (mn_worker_count() > 1)
        return MINOS_OK;
    do {
        MINOS_TRY(mn_signal_wait(minos_deadline_never(), &number));
        if (number == SIGHUP)
            minos_log_notice("SIGHUP: nothing is read again while running; start anew");
    } while (number == SIGHUP);
    minos_log_info("%s: no new work is taken, what was taken is finished",
                   number == SIGINT ? "SIGINT" : "SIGTERM");
    return MINOS_OK;
}

/* While draining: a second SIGINT ends the process at once, a second SIGTERM changes nothing. */
static minos_rc watch_second(void *argument)
{
    int number = 0;
    (void)argument;
    do
        MINOS_TRY(mn_signal_wait(minos_deadline_never(), &number));
    while (number != SIGINT || mn_worker_count() > 1); /* a worker is killed by its supervisor */
    minos_log_warning("second SIGINT: ending at once");
    mn_env->exit(128 + SIGINT);
    return MINOS_OK;
}

static minos_rc drain(running *run)
{
    mn_fiber *watcher;
    minos_duration limit;
    minos_rc rc;

    MINOS_TRY(minos_config_duration(run->config, "drain_timeout", &limit));
    MINOS_TRY(mn_fiber_start("second signal", watch_second, NULL, &watcher));
    rc = mn_app_stop(&run->app, minos_deadline_in(limit));
    mn_fiber_cancel(watcher);
    minos_ignore(mn_fiber_join(watcher, minos_deadline_never())); /* it was cancelled */
    if (rc == MINOS_ETIMEDOUT)
        return minos_fail(rc, "not all work was finished within drain_timeout, see the warnings");
    return rc == MINOS_OK ? rc : minos_fail(rc, "the stop was not clean, see the warnings");
}

/* Serve under the watchdog's eyes; set-up and destroy may block as long as they like. */
static minos_rc watched(running *run)
{
    mn_watchdog *watchdog = NULL;
    minos_duration limit;
    minos_rc rc;

    MINOS_TRY(minos_config_duration(run->config, "stall_timeout", &limit));
    if (limit != 0 && mn_watchdog_start(limit, &watchdog) != MINOS_OK)
        minos_log_chain(MINOS_LEVEL_WARNING, minos_error_last(), "serving without a watchdog");
    mn_worker_ready();
    rc = wait_for_end();
    if (rc == MINOS_OK)
        rc = drain(run);
    mn_watchdog_stop(watchdog);
    return rc;
}

static minos_rc serve(running *run)
{
    minos_rc rc;

    MINOS_TRY(mn_app_setup(&run->app, run->config));
    MINOS_TRY(mn_signals_catch()); /* who reaches our port may end us in order at once */
    rc = mn_app_start(&run->app);
    if (rc != MINOS_OK) {
        char chain[4096];
        minos_error_describe(minos_error_last(), chain, sizeof chain);
        minos_ignore(mn_app_stop(&run->app, minos_deadline_in(0))); /* it never served */
        return minos_fail(rc, "%s", chain);
    }
    if (mn_worker_count() == 1)
        minos_log_info("%s is ready", minos_config_name(run->config));
    else
        minos_log_info("worker started");
    return watched(run);
}

static minos_rc run_fiber(void *argument)
{
    running *run = argument;
    minos_rc rc = serve(run);

    mn_app_done(&run->app);
    return rc;
}

/* The life of one process that serves: the only one, or a worker. */
static int run_process(void *argument)
{
    running *run = argument;
    minos_rc rc = mn_loop_run("main", run_fiber, run);

    return rc == MINOS_OK ? MN_EXIT_OK : mn_command_failed(run->command, rc);
}

/* The system service alone serves nobody: most likely the config was not found. */
static bool has_services(const minos_config *config)
{
    const minos_plugin *plugin;

    for (size_t i = 0; (plugin = minos_config_registered(config, i)) != NULL; i++)
        if (plugin != &mn_builtin_plugin && (plugin->services != NULL || plugin->ports != NULL))
            return true;
    return false;
}

static int nothing_to_run(const mn_command *command, minos_config *config)
{
    const char *path = command->config_path;

    fprintf(stderr, "%s: nothing to serve: %s%s; see minos.yml(5)\n", command->program,
            path != NULL ? path
                         : "no configuration was given, and no config.yml lies in this folder",
            path != NULL ? " names no modules" : "");
    minos_config_free(config);
    return MN_EXIT_CONFIG;
}

int mn_word_run(mn_command *command)
{
    running run = {.command = command};
    int code = mn_command_config(command, &run.config);
    int64_t workers = 1;
    minos_rc rc;

    if (code != MN_EXIT_OK)
        return code;
    if (!has_services(run.config))
        return nothing_to_run(command, run.config);
    rc = apply_process(run.config);
    if (rc == MINOS_OK)
        rc = minos_config_int(run.config, "workers", &workers);
    if (rc == MINOS_OK && workers == 1)
        code = run_process(&run);
    else if (rc == MINOS_OK)
        rc = mn_supervise(run.config, run_process, &run, &code);
    if (rc != MINOS_OK)
        code = mn_command_failed(command, rc);
    minos_config_free(run.config);
    return code;
}

/* ---- minos_run ---- */

static minos_rc run_function(void *argument)
{
    running *run = argument;
    MINOS_TRY(mn_modules_load(run->config));
    return run->fn(run->config);
}

static bool is_for_many(const minos_config *config)
{
    int64_t workers;
    return minos_config_int(config, "workers", &workers) == MINOS_OK && workers > 1;
}

int minos_run(const char *config_path, minos_run_fn *fn)
{
    static const minos_plugin nothing = {MINOS_PLUGIN("program")};
    mn_command command = {.program = "minos", .plugin = &nothing, .config_path = config_path};
    running run = {.fn = fn};
    minos_rc rc = minos_config_new(config_path, NULL, &run.config);

    if (rc == MINOS_OK)
        rc = minos_config_register(run.config, &mn_builtin_plugin);
    if (rc == MINOS_OK)
        rc = apply_process(run.config);
    if (rc == MINOS_OK && is_for_many(run.config))
        minos_log_warning("workers: a function runs in one process; only services have workers");
    if (rc == MINOS_OK)
        rc = mn_loop_run("main", run_function, &run);
    int code = rc == MINOS_OK ? MN_EXIT_OK : mn_command_failed(&command, rc);
    minos_config_free(run.config);
    return code;
}
