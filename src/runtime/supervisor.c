/*
 * The supervisor: see supervisor.h. How it is built: docs/internals/workers.md.
 *
 * Slot 0 starts alone; the others follow when it serves, so that a mistake is told once and what a
 * first start creates is created by one. From then on each slot is on its own.
 */
#include "runtime/supervisor.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include <minos/log.h>

#include "base/alloc.h"
#include "base/env.h"
#include "fiber/socket.h"
#include "http/port.h"
#include "runtime/app.h"
#include "runtime/command.h"
#include "runtime/restart.h"

#define KILL_GRACE (5 * MINOS_S) /* for workers to end by themselves after their drain_timeout */

typedef struct slot {
    pid_t pid;               /* 0: no worker */
    bool ready;              /* it serves */
    int64_t started_ns;      /* when it was forked */
    minos_deadline start_at; /* without a worker: when the next one starts */
    minos_timestamp since;   /* death of a predecessor that served; 0: none did */
    mn_restart restart;
} slot;

typedef struct supervisor {
    const char *name;
    slot *slots;
    int count;
    mn_child_fn *work;
    void *argument;
    minos_duration drain_timeout;
    bool was_ready;         /* slot 0 has served, once */
    bool was_complete;      /* all have, at one time */
    bool draining;          /* no more starts */
    minos_deadline killing; /* draining: when the rest is killed */
    int code;               /* of the process */
} supervisor;

/* ---- starting ---- */

static minos_rc start(supervisor *self, slot *one)
{
    int index = (int)(one - self->slots);

    one->start_at = minos_deadline_never();
    one->ready = false;
    one->started_ns = mn_now();
    MINOS_TRY(mn_child_start(index, one->since, self->work, self->argument, &one->pid));
    minos_log_debug("worker %d starts as process %d", index, (int)one->pid);
    return MINOS_OK;
}

static void start_due(supervisor *self)
{
    for (int i = 0; i < self->count && !self->draining; i++) {
        slot *one = &self->slots[i];
        if (one->pid != 0 || minos_deadline_left(one->start_at) != 0)
            continue;
        if (start(self, one) != MINOS_OK) {
            one->start_at = minos_deadline_in(mn_restart_after(&one->restart, 0, false));
            minos_log_chain(MINOS_LEVEL_ERROR, minos_error_last(), "worker %d", i);
        }
    }
}

static minos_deadline next_start(const supervisor *self)
{
    minos_deadline next = minos_deadline_never();
    for (int i = 0; i < self->count; i++)
        if (self->slots[i].pid == 0)
            next = minos_deadline_min(next, self->slots[i].start_at);
    return next;
}

/* Look at the pages: who serves now? */
static void note_ready(supervisor *self)
{
    int ready = 0;

    for (int i = 0; i < self->count; i++) {
        slot *one = &self->slots[i];
        one->ready = one->pid != 0 && atomic_load(&mn_child_page(i)->is_ready);
        ready += one->ready;
    }
    if (!self->was_ready && ready != 0)
        for (int i = 1; i < self->count; i++)
            self->slots[i].start_at = minos_deadline_in(0);
    self->was_ready = self->was_ready || ready != 0;
    if (ready == self->count && !self->was_complete) {
        self->was_complete = true;
        minos_log_info("%s is ready: %d workers", self->name, self->count);
    }
}

/* ---- ending ---- */

static void kill_all(const supervisor *self, int number)
{
    for (int i = 0; i < self->count; i++)
        if (self->slots[i].pid != 0)
            mn_child_kill(self->slots[i].pid, number);
}

static bool is_any_alive(const supervisor *self)
{
    for (int i = 0; i < self->count; i++)
        if (self->slots[i].pid != 0)
            return true;
    return false;
}

static void drain(supervisor *self, int code)
{
    self->draining = true;
    self->code = code;
    self->killing = minos_deadline_in(self->drain_timeout + KILL_GRACE);
    mn_listen_drop_held();
    kill_all(self, SIGTERM);
}

static void on_signal(supervisor *self, int number)
{
    if (number == SIGHUP) {
        minos_log_notice("SIGHUP: nothing is read again while running; start anew");
    } else if (!self->draining) {
        minos_log_info("%s: no new work is taken, what was taken is finished",
                       number == SIGINT ? "SIGINT" : "SIGTERM");
        drain(self, MN_EXIT_OK);
    } else if (number == SIGINT) {
        minos_log_warning("second SIGINT: ending at once");
        self->code = 128 + SIGINT;
        kill_all(self, SIGKILL);
    }
}

/* ---- deaths ---- */

static void describe_death(int status, const char *report, char *text, size_t size)
{
    const char *name = WIFSIGNALED(status) ? sigabbrev_np(WTERMSIG(status)) : NULL;

    if (report[0] != '\0') /* written by a process that went wrong: it may not even end */
        snprintf(text, size, "%.*s", MN_WORKER_REPORT_BYTES_MAX, report);
    else if (name != NULL)
        snprintf(text, size, "SIG%s", name);
    else if (WIFSIGNALED(status))
        snprintf(text, size, "signal %d", WTERMSIG(status));
    else
        snprintf(text, size, "exit code %d", WEXITSTATUS(status));
}

static int code_of(int status)
{
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

/* Tell whether it is of no use to go on. */
static bool is_hopeless(const supervisor *self, int status)
{
    if (WIFEXITED(status) && WEXITSTATUS(status) != 0 && !self->was_ready)
        return true; /* it has said why, as a process without supervisor would */
    for (int i = 0; i < self->count; i++)
        if (self->slots[i].ready ||
            ((self->was_ready || i == 0) && !mn_restart_is_hopeless(&self->slots[i].restart)))
            return false;
    return true;
}

static void on_death_while_draining(supervisor *self, int index, int status, bool was_ready)
{
    char how[MN_WORKER_REPORT_BYTES_MAX + 64];
    /* One that did not serve yet knows no better than to die of the signal we sent. */
    bool is_clean = status == 0 || (!was_ready && code_of(status) == 128 + SIGTERM);

    if (is_clean || self->code > MN_EXIT_FAILED)
        return;
    self->code = MN_EXIT_FAILED;
    describe_death(status, mn_child_page(index)->report, how, sizeof how);
    minos_log_warning("worker %d did not end cleanly: %s", index, how);
}

/* Give the moment from which a successor goes on. */
static minos_timestamp end_of(int index)
{
    minos_timestamp handed_at = atomic_load(&mn_child_page(index)->handed_at);
    return handed_at != 0 ? handed_at : minos_timestamp_now();
}

static void on_death(supervisor *self, slot *one, int status)
{
    int index = (int)(one - self->slots);
    char how[MN_WORKER_REPORT_BYTES_MAX + 64];
    pid_t pid = one->pid;
    bool was_ready = one->ready;
    minos_duration wait;

    one->pid = 0;
    one->ready = false;
    mn_child_forget(index);
    if (self->draining) {
        on_death_while_draining(self, index, status, was_ready);
        return;
    }
    if (was_ready)
        one->since = end_of(index);
    describe_death(status, mn_child_page(index)->report, how, sizeof how);
    wait = mn_restart_after(&one->restart, mn_now() - one->started_ns, was_ready);
    if (is_hopeless(self, status)) {
        minos_log_error("worker %d (process %d) died: %s; the service ends", index, (int)pid, how);
        drain(self, code_of(status) == 0 ? MN_EXIT_FAILED : code_of(status));
        return;
    }
    one->start_at = minos_deadline_in(wait);
    if (status == 0)
        minos_log_notice("worker %d (process %d) ended; the next starts in %lld ms", index,
                         (int)pid, (long long)(wait / MINOS_MS));
    else
        minos_log_error("worker %d (process %d) died: %s; the next starts in %lld ms", index,
                        (int)pid, how, (long long)(wait / MINOS_MS));
}

/* ---- the loop ---- */

static void on_event(supervisor *self, const mn_child_event *event)
{
    note_ready(self); /* before a death, so that a short service is not taken for none */
    if (event->kind == MN_CHILD_SIGNAL)
        on_signal(self, event->signal);
    for (int i = 0; event->kind == MN_CHILD_DEATH && i < self->count; i++)
        if (self->slots[i].pid == event->pid)
            on_death(self, &self->slots[i], event->status);
}

static minos_rc supervise(supervisor *self)
{
    while (!self->draining || is_any_alive(self)) {
        minos_deadline until = self->draining ? self->killing : next_start(self);
        mn_child_event event;
        minos_rc rc = mn_children_wait(until, &event);
        if (rc == MINOS_OK) {
            on_event(self, &event);
        } else if (rc != MINOS_ETIMEDOUT) {
            kill_all(self, SIGTERM);
            return rc;
        } else if (self->draining) {
            minos_log_warning("workers have not ended within drain_timeout; killing them");
            self->killing = minos_deadline_never();
            self->code = self->code == MN_EXIT_OK ? MN_EXIT_FAILED : self->code;
            kill_all(self, SIGKILL);
        }
        start_due(self);
    }
    return MINOS_OK;
}

/* Open what the workers will listen on. */
static minos_rc hold_sockets(const minos_config *config)
{
    if (mn_app_wants_port(config, mn_http_port_ops.name))
        MINOS_TRY(mn_http_port_hold(config));
    return MINOS_OK;
}

minos_rc mn_supervise(const minos_config *config, mn_child_fn *work, void *argument, int *ret_code)
{
    supervisor self = {.name = minos_config_name(config), .work = work, .argument = argument};
    int64_t count;
    minos_rc rc;

    MINOS_TRY(minos_config_int(config, "workers", &count));
    MINOS_TRY(minos_config_duration(config, "drain_timeout", &self.drain_timeout));
    MINOS_TRY(hold_sockets(config));
    self.count = (int)count;
    MINOS_TRY(mn_children_open(self.count));
    self.slots = mn_new_array(slot, (size_t)self.count);
    for (int i = 0; i < self.count; i++)
        self.slots[i].start_at = i == 0 ? minos_deadline_in(0) : minos_deadline_never();
    start_due(&self);
    rc = supervise(&self);
    mn_listen_drop_held();
    mn_children_close();
    free(self.slots);
    *ret_code = self.code;
    return rc;
}
