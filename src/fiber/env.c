/*
 * The real environment: clock, standard error, exit. Randomness is in random.c.
 */
#include "base/env.h"

#include <time.h>
#include <unistd.h>

#include "fiber/random.h"

static int64_t monotonic_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static minos_timestamp wall_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void write_error(const char *text, size_t size)
{
    while (size != 0) {
        ssize_t written = write(STDERR_FILENO, text, size);
        if (written <= 0)
            return; /* nobody is left to be told */
        text += written;
        size -= (size_t)written;
    }
}

const mn_env_ops mn_env_real = {
    .name = "real",
    .monotonic_ns = monotonic_ns,
    .wall_us = wall_us,
    .random = mn_random_real,
    .write_error = write_error,
    .exit = _exit,
};

const mn_env_ops *mn_env = &mn_env_real;
