/*
 * Running: the whole of a program in one call.
 */
#ifndef MINOS_RUN_H
#define MINOS_RUN_H

#include <minos/compiler.h>
#include <minos/config.h>
#include <minos/error.h>
#include <minos/plugin.h>
#include <minos/service.h>

MINOS_BEGIN_DECLS

/**
 * Be a service: `program [--config FILE] [WORD]`, the words being those of minos(1). Reads the
 * config, builds what it names, runs until SIGINT or SIGTERM, drains.
 * @param services  NULL-terminated, MINOS_SERVICES(…); borrowed for the call
 * @return the exit code: 0 ok, 1 failed, 2 usage, 78 configuration
 * @noyield @thread{the main one, outside of fibers}
 */
MINOS_API int minos_main(int argc, char **argv, const minos_service *const *services);
/**
 * Be a service that has middleware and more, told as a plugin's descriptor; see minos_main.
 * @param plugin  borrowed for the call
 * @return the exit code: 0 ok, 1 failed, 2 usage, 78 configuration
 * @noyield @thread{the main one, outside of fibers}
 */
MINOS_API int minos_main_plugin(int argc, char **argv, const minos_plugin *plugin);

typedef minos_rc minos_run_fn(const minos_config *config);

/**
 * Run one function on a fiber of a new loop.
 * @param config_path  NULL: defaults and environment only
 * @return the exit code; an error is written to standard error with its chain
 * @noyield @thread{any without a loop}
 */
MINOS_API int minos_run(const char *config_path, minos_run_fn *fn);

/** Give the version of the library, "0.1.0". @noyield @thread{any} */
MINOS_API const char *minos_version(void);

MINOS_END_DECLS

#endif
