/*
 * Services: a name, a table of routes, a state and the hooks around its handlers.
 */
#ifndef MINOS_SERVICE_H
#define MINOS_SERVICE_H

#include <stddef.h>
#include <stdint.h>

#include <minos/compiler.h>
#include <minos/error.h>
#include <minos/request.h>
#include <minos/response.h>
#include <minos/route.h>

MINOS_BEGIN_DECLS

typedef struct minos_config minos_config;

/** Number of the binary interface that tables are compiled against. */
#define MINOS_ABI 1u

/**
 * Run before the checkers and the handler. `*ret_req` is `req` before the call; a hook may put
 * another in its place, often a wrapper of it. A code ends the request. May yield.
 */
typedef minos_rc minos_pre_fn(minos_request *req, minos_request **ret_req);
/** Run after a handler that succeeded; may replace the reply, a code discards it. May yield. */
typedef minos_rc minos_post_fn(minos_request *req, minos_response *res);

/**
 * A service, as a constant: MINOS_SERVICE gives the first members, the others are named behind it.
 */
typedef struct minos_service {
    uint32_t abi;           /* MINOS_ABI */
    uint32_t service_bytes; /* sizes as compiled, so that later versions can tell */
    uint32_t route_bytes;
    uint32_t route_count;
    const char *name; /* what config's `services:` picks it by; no two may share one */
    const minos_route *routes;
    /* Below: optional, named in the initialiser. */
    size_t self_size; /* bytes of state, zeroed; minos_request_self gives it */
    /* May yield; before any request, again after a destroy. A setup that fails cleans up itself. */
    minos_rc (*setup)(void *self, const minos_config *config);
    void (*destroy)(void *self); /* may yield; after the last request, when setup succeeded */
    minos_pre_fn *pre_command;
    minos_pre_fn *pre_query;
    minos_pre_fn *pre_event;
    minos_post_fn *post_command;
    minos_post_fn *post_query;
    minos_post_fn *post_event;
} minos_service;

/* The first members of a minos_service: its name and its table. */
#define MINOS_SERVICE(name_, table)                                                                \
    .abi = MINOS_ABI, .service_bytes = (uint32_t)sizeof(minos_service),                            \
    .route_bytes = (uint32_t)sizeof(minos_route),                                                  \
    .route_count = (uint32_t)(sizeof(table) / sizeof((table)[0])), .name = (name_),                \
    .routes = (table)

/* A NULL-terminated list of services: MINOS_SERVICES(&orders, &stock). */
#define MINOS_SERVICES(...) ((const minos_service *const[]){__VA_ARGS__, NULL})

/** What a middleware calls to go on inwards. */
typedef struct minos_next minos_next;

/**
 * Stand around every handler of every door; the first listed is outermost. May call minos_next_run
 * once, again, or not at all, with its own request and response or others. May yield.
 */
typedef minos_rc minos_middleware_fn(minos_request *req, minos_response *res, minos_next *next);

/**
 * Run what lies further in: the next middleware, or hooks, checkers and handler. The reply, but not
 * the headers, is cleared before; on failure all of the response is.
 * @param next  what the middleware was given; only until it returns
 * @param req   the request to go on with
 * @param res   the response to fill
 * @retval MINOS_OK      what lies further in succeeded; else its code
 * @retval MINOS_EINVAL  an argument is NULL
 * @yields when what lies further in does @thread{the request's loop}
 */
MINOS_API MINOS_MUST_CHECK minos_rc minos_next_run(minos_next *next, minos_request *req,
                                                   minos_response *res);

/** A middleware with the name that config's `middleware:` picks it by. */
typedef struct minos_middleware {
    const char *name;
    minos_middleware_fn *run;
} minos_middleware;

MINOS_END_DECLS

#endif
