/*
 * The context of the running task (minos/context.h), as actions and doors set it.
 *
 * Invariant: a context lies on the stack of the action that set it; task->context always points at
 * the innermost one and is restored when that action ends, whatever its outcome. A spawned fiber
 * inherits the pointer: its scope joins it before the handler ends, hence before the context goes.
 */
#ifndef MN_ENROUTE_CONTEXT_H
#define MN_ENROUTE_CONTEXT_H

#include <minos/context.h>

#include "base/task.h"
#include "enroute/request.h"

struct mn_context {
    mn_context *outer;             /* of the handler that called this one directly; else NULL */
    const char *outer_reply_topic; /* restored with it */
    minos_request *request;        /* what its headers are read from */
    const minos_uuid *user;        /* NULL when none */
    mn_header *changed;            /* headers changed by the handler, in order */
    const minos_value *headers;    /* merged view, made when asked for; NULL after a change */
    const char *name;              /* of the handler, for reports; NULL outside of actions */
    const char *file;              /* where its row stands */
    int line;
};

/* Enter the context of a request; leave it with mn_context_leave in the same function. */
void mn_context_enter(mn_context *context, minos_request *req);
/*
 * Restore the outer context; the headers that were changed are then in the request, for its
 * door.
 */
void mn_context_leave(mn_context *context);
/*
 * Set the reply topic that messages sent by this fiber carry: a pooled client's, borrowed until it
 * is set again. NULL clears it. Fibers spawned later inherit it, those that run already do not see
 * it. Give the one it replaces, so that a client that is given back restores it.
 */
const char *mn_context_reply_topic_set(const char *topic);

#endif
