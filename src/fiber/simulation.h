/*
 * The simulated environment: time is virtual (when all fibers wait, the clock jumps to the next of
 * their timers), randomness comes from a seed, blocking work runs inline, sockets stay within the
 * process, signals are injected. The same seed gives the same run, step by step.
 *
 * It is one a process and its loop runs on one thread. When every fiber waits and no timer is left,
 * nothing can ever happen again: the simulation writes who waits to standard error and cancels all.
 */
#ifndef MN_FIBER_SIMULATION_H
#define MN_FIBER_SIMULATION_H

#include <stdint.h>

#include <minos/error.h>
#include <minos/fiber.h>
#include <minos/time.h>

/* The wall clock at the beginning: 2026-01-01T00:00:00Z. */
#define MN_SIM_WALL_US INT64_C(1767225600000000)

/*
 * Run a function on a fiber of a simulated loop, until all fibers have ended; gives what it gave.
 */
minos_rc mn_simulate(uint64_t seed, const char *name, minos_fiber_fn *fn, void *argument);

/* The two halves of it, for code that makes its own loop: from now on simulated, until restored. */
void mn_env_simulate(uint64_t seed);
void mn_env_restore(void);

/* ---- on a fiber of the simulation ---- */

/* Let virtual time pass, running all that comes due in it; at its end all others wait. Yields. */
minos_rc mn_sim_advance(minos_duration by);
/* Run the others until all of them wait, without time passing. Yields. */
minos_rc mn_sim_settle(void);
/* Let the wall clock jump, by a negative length too; the monotonic clock goes on. */
void mn_sim_wall_step(minos_duration by);
/* Deliver a signal to who waits for it, now or later. */
void mn_sim_signal(int number);

#endif
