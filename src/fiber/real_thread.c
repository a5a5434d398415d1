/*
 * Dedicated threads of the machine: see thread.h.
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/alloc.h"
#include "base/env.h"
#include "fiber/loop.h"
#include "fiber/real.h"

struct mn_thread {
    pthread_t handle;
    mn_thread_step_fn *step;
    void *argument; /* borrowed */
    mn_bell *ended; /* rung by the thread as its last deed */
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool rung;     /* since the last step began */
    bool stopping; /* no step begins any more */
};

/* Wait for a ring until `until_ns`. */
static void wait_ring(mn_thread *self, int64_t until_ns)
{
    struct timespec until = {until_ns / 1000000000, until_ns % 1000000000};

    while (!self->rung && !self->stopping) {
        if (until_ns == INT64_MAX)
            pthread_cond_wait(&self->changed, &self->lock);
        else if (pthread_cond_timedwait(&self->changed, &self->lock, &until) == ETIMEDOUT)
            return;
    }
}

static void *run(void *argument)
{
    mn_thread *self = argument;
    mn_task task = {.errors = NULL};

    mn_task_running = &task;
    pthread_mutex_lock(&self->lock);
    while (!self->stopping) {
        int64_t next_ns;
        self->rung = false;
        pthread_mutex_unlock(&self->lock);
        next_ns = self->step(self->argument);
        pthread_mutex_lock(&self->lock);
        if (next_ns != 0)
            wait_ring(self, next_ns);
    }
    pthread_mutex_unlock(&self->lock);
    mn_task_running = NULL;
    mn_task_done(&task);
    mn_bell_ring(self->ended);
    return NULL;
}

static void thread_free(mn_thread *self)
{
    mn_bell_free(self->ended);
    pthread_cond_destroy(&self->changed);
    pthread_mutex_destroy(&self->lock);
    free(self);
}

minos_rc mn_real_thread_start(const char *name, mn_thread_step_fn *step, void *argument,
                              mn_thread **ret_thread)
{
    mn_thread *self;
    mn_bell *ended;
    pthread_condattr_t monotonic;
    sigset_t all, before;
    int error;

    MINOS_TRY(mn_bell_new(&ended));
    self = mn_new(mn_thread);
    self->ended = ended;
    self->step = step;
    self->argument = argument;
    pthread_mutex_init(&self->lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&self->changed, &monotonic);
    pthread_condattr_destroy(&monotonic);
    sigfillset(&all); /* signals are the loop's */
    pthread_sigmask(SIG_SETMASK, &all, &before);
    error = pthread_create(&self->handle, NULL, run, self);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (error != 0) {
        thread_free(self);
        return minos_fail_os(MINOS_ETOOMANY, error, "no thread for %s: %s", name, strerror(error));
    }
    pthread_setname_np(self->handle, name);
    *ret_thread = self;
    return MINOS_OK;
}

void mn_real_thread_ring(mn_thread *self)
{
    pthread_mutex_lock(&self->lock);
    if (!self->rung) {
        self->rung = true;
        pthread_cond_signal(&self->changed);
    }
    pthread_mutex_unlock(&self->lock);
}

void mn_real_thread_stop(mn_thread *self)
{
    pthread_mutex_lock(&self->lock);
    self->stopping = true;
    pthread_cond_signal(&self->changed);
    pthread_mutex_unlock(&self->lock);
    mn_bell_wait_shielded(self->ended);
    pthread_join(self->handle, NULL);
    thread_free(self);
}

void mn_real_thread_pause(minos_duration length)
{
    struct timespec left = {length / MINOS_S, length % MINOS_S};
    while (nanosleep(&left, &left) != 0 && errno == EINTR)
        continue;
}
