/*
 * The environment: every way out of the program (clock, randomness, exit; src/fiber adds waiting,
 * sockets and threads) goes through this table, so that a simulation can stand in for the machine.
 * Declared here because arenas, uuids and logs need it; both implementations are in src/fiber.
 */
#ifndef MN_BASE_ENV_H
#define MN_BASE_ENV_H

#include <stddef.h>
#include <stdint.h>

#include <minos/time.h>

typedef struct mn_env_ops {
    const char *name; /* "real", "simulated" */
    /* Any thread, never fail, do not yield. */
    int64_t (*monotonic_ns)(void);
    minos_timestamp (*wall_us)(void);
    void (*random)(void *bytes, size_t size);
    void (*write_error)(const char *text, size_t size); /* standard error, whole or not at all */
    void (*exit)(int code);                             /* does not return */
} mn_env_ops;

/* One a process: simulation runs on a single thread. Starts as the real one. */
extern const mn_env_ops *mn_env;
extern const mn_env_ops mn_env_real;

static inline int64_t mn_now(void)
{
    return mn_env->monotonic_ns();
}

#endif
