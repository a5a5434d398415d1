/*
 * The run of an action: see action.h.
 */
#include "enroute/action.h"

#include "enroute/context.h"
#include "enroute/response.h"
#include "fiber/fiber.h"

/* On the stack of whoever runs a middleware. */
struct minos_next {
    minos_action *action;
    size_t index; /* of the middleware that comes next */
};

/* Hand a request to an action; a pre hook or middleware may bring another one. */
static void bind_request(const minos_action *action, minos_request *req)
{
    req->self = action->self;
    req->route = action->route;
}

/* What lies inside all middleware. */
static minos_rc run_inner(const minos_action *action, minos_request *req, minos_response *res)
{
    minos_rc rc;

    mn_response_clear_reply(res);
    bind_request(action, req);
    if (action->pre != NULL) {
        minos_request *made = req;
        rc = action->pre(req, &made);
        if (rc != MINOS_OK)
            return rc;
        if (made == NULL)
            return minos_fail(MINOS_EINVAL, "the pre hook of service %s gave no request",
                              action->service->name);
        req = made;
        bind_request(action, req);
    }
    if (action->checker_count != 0) {
        rc = mn_checkers_run(action->route->checkers, action->checker_count, req);
        if (rc != MINOS_OK)
            return rc;
    }
    rc = action->route->handler(req, res);
    if (rc == MINOS_OK && action->post != NULL)
        rc = action->post(req, res);
    return rc;
}

static minos_rc run_from(minos_action *action, size_t index, minos_request *req,
                         minos_response *res)
{
    minos_next next = {action, index + 1};
    minos_rc rc = index < action->middleware_count ? action->middleware[index](req, res, &next)
                                                   : run_inner(action, req, res);
    if (MINOS_UNLIKELY(rc != MINOS_OK))
        mn_response_reset(res);
    return rc;
}

minos_rc minos_next_run(minos_next *next, minos_request *req, minos_response *res)
{
    if (next == NULL || req == NULL || res == NULL)
        return minos_fail(MINOS_EINVAL, "%s: none was given to minos_next_run",
                          next == NULL  ? "next"
                          : req == NULL ? "req"
                                        : "res");
    return run_from(next->action, next->index, req, res);
}

/* A run that takes one of the row's places. */
static minos_rc run_in_place(minos_action *action, minos_request *req, minos_response *res)
{
    minos_rc rc = minos_semaphore_acquire(action->places, minos_deadline_never());
    if (rc != MINOS_OK)
        return minos_wrap(rc, "while waiting for one of the %d places of %s",
                          (int)action->route->concurrency, action->name);
    rc = run_from(action, 0, req, res);
    minos_semaphore_release(action->places);
    return rc;
}

/* The row's own limits around a run: deadline, then places. Without a fiber nothing waits. */
static minos_rc run_limited(minos_action *action, minos_request *req, minos_response *res)
{
    if (action->route->timeout > 0)
        minos_fiber_deadline_shorten(minos_deadline_in(action->route->timeout));
    return action->places != NULL && mn_fiber_current() != NULL ? run_in_place(action, req, res)
                                                                : run_from(action, 0, req, res);
}

/* What a run changes of the request and the fiber that it is given, and puts back at its end. */
typedef struct outside {
    void *self;
    const minos_route *route;
    minos_deadline deadline;
} outside;

static void restore(const outside *before, minos_request *req, const mn_context *outer)
{
    mn_fiber_deadline_set(before->deadline); /* a handler may have shortened it */
    if (before->route != NULL) {             /* a handler ran another action on its own request */
        req->self = before->self;
        req->route = before->route;
    }
    if (outer != NULL)
        mn_fiber_describe(outer->name, outer->file, outer->line);
}

minos_rc minos_action_run(minos_action *action, minos_request *req, minos_response *res)
{
    const minos_route *route = action->route;
    bool is_limited = route->timeout > 0 || action->places != NULL;
    outside before = {req->self, req->route, minos_fiber_deadline()};
    mn_context context;
    minos_rc rc;

    bind_request(action, req);
    mn_context_enter(&context, req);
    context.name = action->name;
    context.file = route->file;
    context.line = route->line;
    if (context.outer == NULL)
        minos_error_clear(); /* of the request that this fiber ran before */
    mn_fiber_describe(action->name, route->file, route->line);
    rc = is_limited ? run_limited(action, req, res) : run_from(action, 0, req, res);
    if (rc != MINOS_OK)
        mn_response_reset(res);
    mn_context_leave(&context);
    restore(&before, req, context.outer);
    return rc;
}

const minos_route *minos_action_route(const minos_action *action)
{
    return action->route;
}

const minos_service *minos_action_service(const minos_action *action)
{
    return action->service;
}

const char *minos_action_name(const minos_action *action)
{
    return action->name;
}
