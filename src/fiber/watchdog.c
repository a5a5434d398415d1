/*
 * The watchdog: see watchdog.h.
 *
 * It looks TICKS times in the limit and counts the looks that find no progress, not the time: when
 * the process was stopped, by a debugger, a signal or a sleeping machine, this thread was too, and
 * all of it is one look. The loop pays two counters a turn and asks the kernel nothing.
 *
 * It fires by SIGABRT to the loop's thread, so that the report is written, and the core dumped, on
 * the stack that stands still.
 */
#include "fiber/watchdog.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/alloc.h"
#include "fiber/loop.h"

#define TICKS           10
#define TICK_NS_MIN     INT64_C(1000000)
#define STACK_BYTES_MIN ((size_t)128 << 10)

struct mn_watchdog {
    mn_loop *loop;
    pthread_t watched;
    clockid_t cpu_clock; /* of the watched thread */
    int64_t limit_ns;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t stop;
    bool stopping; /* guarded by lock */
};

/* What a look sees. */
typedef struct look {
    unsigned beat;
    int turn_left;
} look;

static _Atomic int64_t stall_still_ms;
static _Atomic int64_t stall_cpu_ms;

mn_stall mn_watchdog_stall(void)
{
    mn_stall stall = {.still_ms = stall_still_ms, .cpu_ms = stall_cpu_ms};
    return stall;
}

static int64_t clock_ns(clockid_t clock)
{
    struct timespec now = {0};
    clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static look look_at(mn_loop *loop)
{
    look seen = {.beat = atomic_load_explicit(&loop->beat, memory_order_relaxed),
                 .turn_left = atomic_load_explicit(&loop->turn_left, memory_order_relaxed)};
    return seen;
}

static void fire(mn_watchdog *self, int64_t cpu_ns)
{
    stall_cpu_ms = cpu_ns / 1000000;
    stall_still_ms = self->limit_ns / 1000000;
    pthread_kill(self->watched, SIGABRT);
}

/* Wait for a tick; true when it is to stop. */
static bool wait_tick(mn_watchdog *self)
{
    int64_t tick_ns = self->limit_ns / TICKS < TICK_NS_MIN ? TICK_NS_MIN : self->limit_ns / TICKS;
    int64_t until_ns = clock_ns(CLOCK_MONOTONIC) + tick_ns;
    struct timespec until = {until_ns / 1000000000, until_ns % 1000000000};
    int error = 0;
    bool stopping;

    pthread_mutex_lock(&self->lock);
    while (!self->stopping && error != ETIMEDOUT)
        error = pthread_cond_timedwait(&self->stop, &self->lock, &until);
    stopping = self->stopping;
    pthread_mutex_unlock(&self->lock);
    return stopping;
}

static void *watch(void *argument)
{
    mn_watchdog *self = argument;
    look before = look_at(self->loop);
    int64_t cpu_ns = clock_ns(self->cpu_clock);
    int still = 0;

    while (!wait_tick(self)) {
        look now = look_at(self->loop);
        if (mn_beat_is_rest(now.beat) || now.beat != before.beat ||
            now.turn_left != before.turn_left) {
            before = now;
            cpu_ns = clock_ns(self->cpu_clock);
            still = 0;
        } else if (++still == TICKS) {
            fire(self, clock_ns(self->cpu_clock) - cpu_ns);
        } else if (still == 2 * TICKS) {
            abort(); /* the thread is deaf to signals, or hangs in the kernel */
        }
    }
    return NULL;
}

static int thread_start(mn_watchdog *self)
{
    size_t stack_bytes =
        STACK_BYTES_MIN > (size_t)PTHREAD_STACK_MIN ? STACK_BYTES_MIN : (size_t)PTHREAD_STACK_MIN;
    sigset_t all, before;
    pthread_attr_t attributes;
    int error;

    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, stack_bytes);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before); /* signals are the loop's thread's */
    error = pthread_create(&self->thread, &attributes, watch, self);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attributes);
    return error;
}

minos_rc mn_watchdog_start(minos_duration limit, mn_watchdog **ret_watchdog)
{
    mn_watchdog *self;
    pthread_condattr_t monotonic;
    int error;

    if (mn_loop_of_thread == NULL)
        return minos_fail(MINOS_ESTATE, "no loop runs on this thread");
    self = mn_new(mn_watchdog);
    self->loop = mn_loop_of_thread;
    self->watched = pthread_self();
    self->limit_ns = limit;
    pthread_getcpuclockid(self->watched, &self->cpu_clock);
    pthread_mutex_init(&self->lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&self->stop, &monotonic);
    pthread_condattr_destroy(&monotonic);
    error = thread_start(self);
    if (error != 0) {
        pthread_cond_destroy(&self->stop);
        pthread_mutex_destroy(&self->lock);
        free(self);
        return minos_fail_os(MINOS_ETOOMANY, error, "no thread for the watchdog: %s",
                             strerror(error));
    }
    *ret_watchdog = self;
    return MINOS_OK;
}

void mn_watchdog_stop(mn_watchdog *self)
{
    if (self == NULL)
        return;
    pthread_mutex_lock(&self->lock);
    self->stopping = true;
    pthread_cond_signal(&self->stop);
    pthread_mutex_unlock(&self->lock);
    pthread_join(self->thread, NULL);
    pthread_cond_destroy(&self->stop);
    pthread_mutex_destroy(&self->lock);
    free(self);
}
