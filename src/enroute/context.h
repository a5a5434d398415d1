/*
 * The context of the running task (minos/context.h), as actions and doors set it.
 *
 * Invariant: a context lies on the stack of the action that set it; task->context always points at
 * the innermost one and is restored when that action ends, whatever its outcome.
 */
#ifndef MN_ENROUTE_CONTEXT_H
#define MN_ENROUTE_CONTEXT_H

#include <minos/context.h>
#include <minos/request.h>

#include "base/task.h"
#include "enroute/response.h"

struct mn_context {
    mn_context *outer;
    minos_request *request; /* headers are read from it until one is changed */
    const minos_uuid *user; /* NULL when none */
    const char *reply_topic;
    mn_header *changed;         /* headers changed by the handler, in order */
    const minos_value *headers; /* merged view, made when asked for */
    minos_arena *arena;
};

/* Enter the context of a request; leave it with mn_context_leave in the same function. */
void mn_context_enter(mn_context *context, minos_request *req);
void mn_context_leave(mn_context *context);
/* Set the reply topic that messages sent by this fiber carry; a pooled client's. NULL clears it. */
void mn_context_reply_topic_set(const char *topic);
/* The headers that the handler changed, for the door's reply; NULL when none. */
const mn_header *mn_context_changed(const mn_context *context);

#endif
