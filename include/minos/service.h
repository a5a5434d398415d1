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

/** Runs before the checkers and the handler; gives the request to go on with, often `req` itself. */
typedef minos_rc minos_pre_fn(minos_request *req, minos_request **ret_req);
/** Runs after a handler that succeeded; may replace the reply. */
typedef minos_rc minos_post_fn(minos_request *req, minos_response *res);

typedef struct minos_service {
    uint32_t abi;
    uint32_t service_bytes; /* sizes as compiled, so that later versions can tell */
    uint32_t route_bytes;
    uint32_t route_count;
    const char *name;
    const minos_route *routes;
    /* Below: optional, named in the initialiser. */
    size_t self_size; /* bytes of state, zeroed; minos_request_self gives it */
    minos_rc (*setup)(void *self, const minos_config *config); /* yields; before any request */
    void (*destroy)(void *self);                               /* yields; after the last request */
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

/** Stands around every handler of every door; the first listed is outermost. */
typedef minos_rc minos_middleware_fn(minos_request *req, minos_response *res, minos_next *next);

/** Run what lies further in: the next middleware, or hooks, checkers and handler. @yields */
MINOS_API MINOS_MUST_CHECK minos_rc minos_next_run(minos_next *next, minos_request *req,
                                                   minos_response *res);

/** A middleware with the name that config's `middleware:` picks it by. */
typedef struct minos_middleware {
    const char *name;
    minos_middleware_fn *run;
} minos_middleware;

MINOS_END_DECLS

#endif
