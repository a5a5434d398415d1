/*
 * The dispatcher from the inside, and the request of the broker door.
 */
#ifndef MN_BROKER_DISPATCHER_H
#define MN_BROKER_DISPATCHER_H

#include <minos/broker.h>

#include "base/arena.h"
#include "enroute/request.h"
#include "enroute/response.h"
#include "fiber/fiber.h"

typedef struct mn_caller mn_caller;

#define MN_HANDLERS_MAX 1000 /* of one event in one service */

/*
 * Who bounds the handlers that run at once; told when one begins and ends to wait for a reply,
 * since it needs no place meanwhile.
 */
typedef struct mn_places {
    void (*give)(void *context);
    void (*take)(void *context);
    void *context;
} mn_places;

/*
 * One message in its handlers, which share its place: it is given back while any of their fibers
 * waits for a reply.
 */
typedef struct mn_flight {
    const mn_places *places; /* NULL: nobody counts */
    size_t waiting;
} mn_flight;

/* One run of one action: request, response and their arena, reused. */
typedef struct mn_job {
    minos_request request; /* first: the request's table casts back */
    minos_response response;
    minos_arena arena;
    minos_dispatcher *dispatcher;
    minos_message *message; /* borrowed from who dispatches */
    minos_action *action;
    minos_value failure; /* what a caller is told when it failed */
    mn_flight *flight;
    struct mn_job *next; /* free ones; siblings of one message */
} mn_job;

/* Give the job whose handler runs on this fiber, NULL outside of the broker door. */
mn_job *mn_job_current(void);
/* What handlers of this dispatcher send through; NULL: the loop's. Borrowed. */
void mn_dispatcher_caller_set(minos_dispatcher *dispatcher, mn_caller *caller);
mn_caller *mn_dispatcher_caller(const minos_dispatcher *dispatcher);
/* Make parts the dispatcher's own, to be freed with it; the factory's services are set up. */
void mn_dispatcher_own(minos_dispatcher *dispatcher, minos_factory *factory, minos_router *router,
                       minos_publisher *publisher);
minos_router *mn_dispatcher_router(const minos_dispatcher *dispatcher);
/* As minos_dispatcher_dispatch, in one of somebody's places. Yields. */
minos_rc mn_dispatcher_dispatch_in(minos_dispatcher *dispatcher, minos_message *message,
                                   const mn_places *places);
/* A fiber of a handler is about to wait for a reply, and is done with it. */
void mn_job_wait_begin(mn_job *job);
void mn_job_wait_end(mn_job *job);

/* What happened so far. */
typedef struct mn_dispatcher_counts {
    uint64_t dispatched;
    uint64_t refused;      /* handlers that rejected */
    uint64_t failed;       /* handlers that failed */
    uint64_t expired;      /* past their deadline before a handler began */
    uint64_t unbound;      /* no action for the topic */
    uint64_t lost_replies; /* that could not be sent */
} mn_dispatcher_counts;
mn_dispatcher_counts mn_dispatcher_count(const minos_dispatcher *dispatcher);

#endif
