/*
 * Blocking work on libuv's pool, and the names that need it.
 */
#include <arpa/inet.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/error.h"
#include "fiber/real.h"

/* One piece of work; on the stack of the fiber that waits for it. */
typedef struct job {
    uv_work_t work;
    minos_fiber_fn *fn;
    void *argument;
    mn_task task; /* what the work runs as: its errors move to the fiber */
    minos_rc rc;
    mn_fiber *fiber;
    bool done;
} job;

static void job_run(uv_work_t *work)
{
    job *self = mn_container(work, job, work);
    mn_task_running = &self->task;
    self->rc = self->fn(self->argument);
    mn_task_running = NULL;
}

static void job_after(uv_work_t *work, int status)
{
    job *self = mn_container(work, job, work);
    if (status == UV_ECANCELED)
        self->rc = MINOS_ECANCELED;
    self->done = true;
    mn_fiber_wake(self->fiber);
}

minos_rc mn_real_offload(minos_fiber_fn *fn, void *argument)
{
    job self = {.fn = fn, .argument = argument, .fiber = mn_fiber_running()};
    uv_loop_t *uv;
    minos_rc rc = MINOS_OK;

    MINOS_TRY(mn_real_uv(self.fiber->loop, &uv));
    self.task.context = self.fiber->task.context;
    if (uv_queue_work(uv, &self.work, job_run, job_after) != 0)
        return minos_fail(MINOS_ETOOMANY, "the pool takes no work");
    while (rc == MINOS_OK && !self.done)
        rc = mn_fiber_park(minos_deadline_never());
    if (self.done)
        rc = MINOS_OK;
    else if (uv_cancel((uv_req_t *)&self.work) != 0)
        rc = MINOS_OK; /* it has begun: its result counts */
    while (!self.done)
        minos_ignore(mn_fiber_park_shielded(minos_deadline_never())); /* wakes only */
    if (rc != MINOS_OK)
        return minos_fail(rc, "%s before the work began", minos_rc_text(rc));
    if (self.rc != MINOS_OK)
        mn_task_adopt(mn_take(&self.task.errors));
    mn_task_done(&self.task);
    return self.rc;
}

typedef struct question {
    const char *name;
    char *address;
    size_t size;
} question;

static minos_rc answer(void *argument)
{
    question *self = argument;
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_ADDRCONFIG};
    struct addrinfo *found, *best;
    int error = getaddrinfo(self->name, NULL, &hints, &found);

    if (error != 0)
        return minos_fail(error == EAI_NONAME ? MINOS_ENOTFOUND : MINOS_EIO,
                          "cannot resolve %s: %s", self->name, gai_strerror(error));
    best = found; /* IPv4 first, as the original */
    while (best != NULL && best->ai_family != AF_INET)
        best = best->ai_next;
    if (best == NULL)
        best = found;
    error = getnameinfo(best->ai_addr, best->ai_addrlen, self->address, (socklen_t)self->size, NULL,
                        0, NI_NUMERICHOST);
    freeaddrinfo(found);
    if (error != 0)
        return minos_fail(MINOS_EIO, "cannot write the address of %s: %s", self->name,
                          gai_strerror(error));
    return MINOS_OK;
}

minos_rc mn_real_resolve(const char *name, char *address, size_t size)
{
    question self = {name, address, size};
    unsigned char binary[sizeof(struct in6_addr)];

    if (inet_pton(AF_INET, name, binary) == 1 || inet_pton(AF_INET6, name, binary) == 1) {
        if ((size_t)snprintf(address, size, "%s", name) >= size)
            return minos_fail(MINOS_ETOOBIG, "no room for the address %s", name);
        return MINOS_OK;
    }
    if (mn_fiber_running() == NULL)
        return answer(&self); /* outside of loops, where nobody else is kept waiting */
    return minos_offload(answer, &self);
}
