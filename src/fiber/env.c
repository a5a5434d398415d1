/* placeholder until the fiber folder lands */
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "base/env.h"

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
static void random_bytes(void *bytes, size_t size)
{
    if (getrandom(bytes, size, 0) < 0)
        abort();
}
static void write_error(const char *text, size_t size)
{
    if (write(STDERR_FILENO, text, size) < 0)
        return;
}
const mn_env_ops mn_env_real = {"real", monotonic_ns, wall_us, random_bytes, write_error, _exit};
const mn_env_ops *mn_env = &mn_env_real;
