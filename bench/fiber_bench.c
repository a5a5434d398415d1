/*
 * Fibers in numbers: ns a switch, cost of a spawn, memory of parked fibers, precision of sleep,
 * cost of a channel's hand-over and of a random UUID. `fiber_bench` prints a line each.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <minos/uuid.h>

#include "base/env.h"
#include "fiber/fiber.h"

#define RUNS     10
#define SWITCHES 2000000
#define SPAWNS   200000
#define PARKED   100000
#define SLEEPS   200
#define UUIDS    2000000

static size_t resident_bytes(void)
{
    size_t pages = 0, all;
    FILE *file = fopen("/proc/self/statm", "r");
    if (file != NULL && fscanf(file, "%zu %zu", &all, &pages) != 2)
        pages = 0;
    if (file != NULL)
        fclose(file);
    return pages * (size_t)sysconf(_SC_PAGESIZE);
}

static minos_rc yield_many(void *argument)
{
    (void)argument;
    for (int i = 0; i < SWITCHES / 2; i++)
        MINOS_TRY(minos_yield());
    return MINOS_OK;
}

static minos_rc run_switch(double *ret_ns)
{
    MINOS_AUTO(minos_scope) *scope = NULL;
    int64_t begin;
    MINOS_TRY(minos_scope_new(&scope));
    MINOS_TRY(minos_scope_spawn(scope, "a", yield_many, NULL));
    MINOS_TRY(minos_scope_spawn(scope, "b", yield_many, NULL));
    begin = mn_now();
    MINOS_TRY(minos_scope_join(scope, minos_deadline_never()));
    *ret_ns = (double)(mn_now() - begin) / SWITCHES;
    return MINOS_OK;
}

static minos_rc nothing(void *argument)
{
    (void)argument;
    return MINOS_OK;
}

static minos_rc run_spawn(double *ret_ns)
{
    MINOS_AUTO(minos_scope) *scope = NULL;
    int64_t begin;
    MINOS_TRY(minos_scope_new(&scope));
    begin = mn_now();
    for (int i = 0; i < SPAWNS; i++) {
        MINOS_TRY(minos_scope_spawn(scope, "n", nothing, NULL));
        MINOS_TRY(minos_scope_join(scope, minos_deadline_never()));
    }
    *ret_ns = (double)(mn_now() - begin) / SPAWNS;
    return MINOS_OK;
}

static minos_rc park(void *argument)
{
    (void)argument;
    return minos_sleep_until(minos_deadline_never());
}

static minos_rc bench_parked(void)
{
    MINOS_AUTO(minos_scope) *scope = NULL;
    size_t before = resident_bytes();
    int64_t begin = mn_now();
    MINOS_TRY(minos_scope_new(&scope));
    for (int i = 0; i < PARKED; i++)
        MINOS_TRY(minos_scope_spawn(scope, "parked", park, NULL));
    MINOS_TRY(minos_yield());
    printf("%-28s %8.1f ns\n", "spawn on a new stack", (double)(mn_now() - begin) / PARKED);
    printf("%-28s %8.1f MiB, %.0f bytes each\n", "100,000 parked",
           (double)(resident_bytes() - before) / (1 << 20),
           (double)(resident_bytes() - before) / PARKED);
    return MINOS_OK;
}

static int compare(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static minos_rc bench_sleep(minos_duration delay, const char *name)
{
    int64_t late[SLEEPS];
    for (int i = 0; i < SLEEPS; i++) {
        int64_t begin = mn_now();
        MINOS_TRY(minos_sleep(delay));
        late[i] = mn_now() - begin - delay;
    }
    qsort(late, SLEEPS, sizeof *late, compare);
    printf("%-28s %8.1f us late, p99 %.1f us\n", name, (double)late[SLEEPS / 2] / 1000,
           (double)late[SLEEPS * 99 / 100] / 1000);
    return MINOS_OK;
}

static minos_rc sleep_many(void *argument)
{
    for (;;) {
        MINOS_TRY(minos_sleep(10 * MINOS_MS));
        ++*(int *)argument;
    }
}

/* What a thousand handlers that each sleep 10 ms could answer at most. */
static minos_rc bench_sleepers(void)
{
    MINOS_AUTO(minos_scope) *scope = NULL;
    int count = 0;
    MINOS_TRY(minos_scope_new(&scope));
    for (int i = 0; i < 1000; i++)
        MINOS_TRY(minos_scope_spawn(scope, "sleeper", sleep_many, &count));
    MINOS_TRY(minos_sleep(MINOS_S));
    printf("%-28s %8d /s of 100,000\n", "1,000 sleep 10 ms each", count);
    return MINOS_OK;
}

static minos_rc drain(void *argument)
{
    void *item;
    minos_rc rc;
    while ((rc = minos_channel_receive(argument, minos_deadline_never(), &item)) == MINOS_OK)
        continue;
    return rc == MINOS_ECLOSED ? MINOS_OK : rc;
}

static minos_rc run_channel(size_t capacity, double *ret_ns)
{
    MINOS_AUTO(minos_channel) *channel = NULL;
    MINOS_AUTO(minos_scope) *scope = NULL;
    int64_t begin;
    MINOS_TRY(minos_channel_new(capacity, &channel));
    MINOS_TRY(minos_scope_new(&scope));
    MINOS_TRY(minos_scope_spawn(scope, "receiver", drain, channel));
    begin = mn_now();
    for (int i = 0; i < SPAWNS; i++)
        MINOS_TRY(minos_channel_send(channel, channel, minos_deadline_never()));
    minos_channel_close(channel);
    MINOS_TRY(minos_scope_join(scope, minos_deadline_never()));
    *ret_ns = (double)(mn_now() - begin) / SPAWNS;
    return MINOS_OK;
}

static minos_rc run_channel_direct(double *ret_ns)
{
    return run_channel(0, ret_ns);
}

static minos_rc run_channel_of_64(double *ret_ns)
{
    return run_channel(64, ret_ns);
}

static minos_rc bench_offload(void)
{
    int64_t begin = mn_now();
    for (int i = 0; i < 10000; i++)
        MINOS_TRY(minos_offload(nothing, NULL));
    printf("%-28s %8.1f us\n", "offload of nothing", (double)(mn_now() - begin) / 10000 / 1000);
    return MINOS_OK;
}

static minos_rc run_uuid(double *ret_ns)
{
    int64_t begin = mn_now();
    volatile uint8_t sink;
    for (int i = 0; i < UUIDS; i++)
        sink = minos_uuid_new().bytes[0];
    (void)sink;
    *ret_ns = (double)(mn_now() - begin) / UUIDS;
    return MINOS_OK;
}

/* Print the best of some runs: what else the machine does only ever adds. */
static minos_rc bench_best(const char *name, minos_rc (*run)(double *ret_ns))
{
    double best = 1e9, ns;
    for (int i = 0; i < RUNS; i++) {
        MINOS_TRY(run(&ns));
        best = ns < best ? ns : best;
    }
    printf("%-28s %8.1f ns\n", name, best);
    return MINOS_OK;
}

static minos_rc bench(void *argument)
{
    (void)argument;
    MINOS_TRY(bench_best("switch", run_switch));
    MINOS_TRY(bench_best("spawn, run, join", run_spawn));
    MINOS_TRY(bench_best("channel, direct", run_channel_direct));
    MINOS_TRY(bench_best("channel of 64", run_channel_of_64));
    MINOS_TRY(bench_sleep(MINOS_MS, "sleep 1 ms"));
    MINOS_TRY(bench_sleep(100 * MINOS_US, "sleep 100 us"));
    MINOS_TRY(bench_sleepers());
    MINOS_TRY(bench_best("random UUID", run_uuid));
    MINOS_TRY(bench_parked());
    return bench_offload();
}

int main(void)
{
    char text[1024];
    minos_rc rc = mn_loop_run("bench", bench, NULL);
    if (rc == MINOS_OK)
        return 0;
    minos_error_describe(minos_error_last(), text, sizeof text);
    fprintf(stderr, "fiber_bench: %s\n", text);
    return 1;
}
