/*
 * The simulated environment and driver: see simulation.h.
 */
#include "fiber/simulation.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/env.h"
#include "fiber/sim.h"

#define BUSY_TURNS_MAX 1000000 /* of the loop, each of hundreds of switches */

static struct simulation {
    int64_t now_ns;
    int64_t wall_step_us; /* what the wall clock jumped, in all */
    uint64_t random[4];   /* xoshiro256**, Blackman and Vigna */
    mn_fiber *advancer;   /* in mn_sim_advance; NULL: nobody */
    int64_t advance_to_ns;
    bool stuck;     /* everything was cancelled since nothing could happen any more */
    int busy_turns; /* of the loop, since time last passed */
} sim;

/* ---- the environment ---- */

static int64_t sim_monotonic_ns(void)
{
    return sim.now_ns;
}

static minos_timestamp sim_wall_us(void)
{
    return MN_SIM_WALL_US + sim.wall_step_us + sim.now_ns / 1000;
}

static uint64_t rotate(uint64_t x, int bits)
{
    return (x << bits) | (x >> (64 - bits));
}

static uint64_t random_next(void)
{
    uint64_t *s = sim.random, result = rotate(s[1] * 5, 7) * 9, t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotate(s[3], 45);
    return result;
}

static void sim_random(void *bytes, size_t size)
{
    char *out = bytes;
    while (size != 0) {
        uint64_t word = random_next();
        size_t some = size < sizeof word ? size : sizeof word;
        memcpy(out, &word, some);
        out += some;
        size -= some;
    }
}

static void sim_write_error(const char *text, size_t size)
{
    mn_env_real.write_error(text, size);
}

static void sim_exit(int code)
{
    mn_env_real.exit(code);
}

static const mn_env_ops env_simulated = {
    .name = "simulated",
    .monotonic_ns = sim_monotonic_ns,
    .wall_us = sim_wall_us,
    .random = sim_random,
    .write_error = sim_write_error,
    .exit = sim_exit,
};

/* ---- the driver ---- */

static minos_rc sim_open(mn_loop *loop)
{
    (void)loop;
    return MINOS_OK;
}

static void sim_close(mn_loop *loop)
{
    (void)loop;
}

static void report_fibers(mn_loop *loop, const char *title)
{
    char line[256];
    mn_env->write_error(title, strlen(title));
    mn_list_each(node, &loop->fibers) {
        const mn_fiber *fiber = mn_container(node, mn_fiber, all);
        int size;
        if (fiber->ended)
            continue;
        size = snprintf(line, sizeof line, "  fiber %llu \"%s\" %s %s:%d\n",
                        (unsigned long long)fiber->id, fiber->name,
                        fiber->what == NULL ? "" : fiber->what,
                        fiber->file == NULL ? "" : fiber->file, fiber->line);
        if (size > 0)
            mn_env->write_error(line, (size_t)size < sizeof line ? (size_t)size : sizeof line - 1);
    }
}

static void sim_poll(mn_loop *loop, int64_t until_ns)
{
    if (until_ns == 0 || atomic_load(&loop->bells_rung)) {
        if (++sim.busy_turns == BUSY_TURNS_MAX) {
            report_fibers(loop,
                          "minos: simulation: some fiber never waits, so time stands still:\n");
            abort();
        }
        return;
    }
    sim.busy_turns = 0;
    if (sim.advancer != NULL && until_ns > sim.advance_to_ns) {
        mn_fiber *advancer = sim.advancer;
        sim.now_ns = sim.advance_to_ns;
        sim.advancer = NULL;
        mn_fiber_wake(advancer);
    } else if (until_ns != INT64_MAX) {
        if (until_ns > sim.now_ns)
            sim.now_ns = until_ns;
    } else {
        report_fibers(loop, "minos: simulation: nothing can happen any more; waiting:\n");
        if (sim.stuck)
            abort(); /* they are deaf to cancel */
        sim.stuck = true;
        mn_loop_cancel_all();
    }
}

static void sim_notify(mn_loop *loop)
{
    (void)loop; /* its turn looks at the bells before it lets time pass */
}

static minos_rc sim_offload(minos_fiber_fn *fn, void *argument)
{
    mn_loop *loop = mn_loop_of_thread;
    mn_fiber *self = mn_fiber_running();
    minos_rc rc;

    MINOS_TRY(minos_yield());
    mn_loop_of_thread = NULL; /* as on a thread of the pool: it cannot wait */
    mn_fiber_of_thread = NULL;
    rc = fn(argument);
    mn_loop_of_thread = loop;
    mn_fiber_of_thread = self;
    return rc;
}

static minos_rc sim_catch_signals(mn_loop *loop)
{
    (void)loop;
    return MINOS_OK;
}

const mn_driver_ops mn_driver_simulated = {
    .name = "simulated",
    .open = sim_open,
    .close = sim_close,
    .poll = sim_poll,
    .notify = sim_notify,
    .offload = sim_offload,
    .resolve = mn_sim_resolve,
    .listen = mn_sim_listen,
    .connect = mn_sim_connect,
    .catch_signals = sim_catch_signals,
    .thread_start = mn_sim_thread_start,
    .thread_ring = mn_sim_thread_ring,
    .thread_stop = mn_sim_thread_stop,
    .thread_pause = mn_sim_thread_pause,
};

/* ---- for tests ---- */

void mn_env_simulate(uint64_t seed)
{
    assert(mn_loop_of_thread == NULL);
    memset(&sim, 0, sizeof sim);
    sim.now_ns = MINOS_S;            /* so that no deadline lies before the beginning */
    for (size_t i = 0; i < 4; i++) { /* splitmix64, as xoshiro's authors advise */
        uint64_t z = (seed += UINT64_C(0x9e3779b97f4a7c15));
        z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
        z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
        sim.random[i] = z ^ (z >> 31);
    }
    sim.wall_step_us = -sim.now_ns / 1000; /* the wall clock begins at MN_SIM_WALL_US */
    mn_sim_sockets_init();
    mn_env = &env_simulated;
    mn_driver = &mn_driver_simulated;
}

void mn_env_restore(void)
{
    assert(mn_loop_of_thread == NULL);
    mn_env = &mn_env_real;
    mn_driver = &mn_driver_real;
}

minos_rc mn_simulate(uint64_t seed, const char *name, minos_fiber_fn *fn, void *argument)
{
    minos_rc rc;
    mn_env_simulate(seed);
    rc = mn_loop_run(name, fn, argument);
    mn_env_restore();
    return rc;
}

minos_rc mn_sim_advance(minos_duration by)
{
    mn_fiber *self = mn_fiber_running();
    if (self == NULL || self->loop->driver != &mn_driver_simulated)
        return minos_fail(MINOS_ESTATE, "time passes by itself outside of a simulation");
    if (sim.advancer != NULL)
        return minos_fail(MINOS_ESTATE, "fiber %s lets time pass already", sim.advancer->name);
    if (by < 0)
        return minos_fail(MINOS_EINVAL, "by: time does not pass backwards");
    sim.advancer = self;
    sim.advance_to_ns = by < INT64_MAX - sim.now_ns ? sim.now_ns + by : INT64_MAX - 1;
    while (sim.advancer == self)
        minos_ignore(mn_fiber_park_shielded(minos_deadline_never())); /* wakes only */
    return MINOS_OK;
}

minos_rc mn_sim_settle(void)
{
    return mn_sim_advance(0);
}

void mn_sim_wall_step(minos_duration by)
{
    sim.wall_step_us += by / 1000;
}

void mn_sim_signal(int number)
{
    if (mn_loop_of_thread != NULL)
        mn_loop_signal(mn_loop_of_thread, number);
}
