/*
 * enroute: from the rows of services to ready callables. A collector reads one service; a factory
 * joins services and middleware and finds conflicts; a router is a factory's view for one port.
 */
#ifndef MINOS_ENROUTE_H
#define MINOS_ENROUTE_H

#include <minos/compiler.h>
#include <minos/error.h>
#include <minos/route.h>
#include <minos/service.h>

MINOS_BEGIN_DECLS

/* ---- collector: the rows of one service ---- */

/** Which rows to give; 0 in a member takes all. */
typedef struct minos_route_filter {
    minos_door door;
    minos_kind kind;
} minos_route_filter;

/**
 * Step through the rows of a service that a filter lets pass.
 * @param previous  NULL for the first
 * @return the next row, NULL at the end
 */
MINOS_API const minos_route *minos_collector_next(const minos_service *service,
                                                  minos_route_filter filter,
                                                  const minos_route *previous);
/**
 * Check the rows of one service: handlers, keys and methods present, kinds not mixed.
 * @retval MINOS_EMULTIPLEKINDS  one handler under two kinds; names both rows
 * @retval MINOS_EREDEFINED      one key bound twice; names both rows
 */
MINOS_API MINOS_MUST_CHECK minos_rc minos_collector_check(const minos_service *service);

/* ---- factory: key to ready callable over all services ---- */

/** A row made callable: service state, hooks, checkers and middleware bound. */
typedef struct minos_action minos_action;
typedef struct minos_factory minos_factory;

/**
 * Join services and middleware; makes the state of each service, zeroed. Tables are borrowed.
 * @param services    NULL-terminated
 * @param middleware  ended by a row without name; NULL: none
 * @retval MINOS_EREDEFINED, MINOS_EMULTIPLEKINDS, MINOS_EINVAL
 */
MINOS_API MINOS_MUST_CHECK minos_rc minos_factory_new(const minos_service *const *services,
                                                      const minos_middleware *middleware,
                                                      minos_factory **ret_factory);
/** Take the services and middleware that a config names, or all that are registered with it. */
MINOS_API MINOS_MUST_CHECK minos_rc minos_factory_from_config(const minos_config *config,
                                                              minos_factory **ret_factory);
MINOS_API void minos_factory_free(minos_factory *factory);
/** Call every service's setup, in order; undoes what it did when one fails. @yields */
MINOS_API MINOS_MUST_CHECK minos_rc minos_factory_setup(minos_factory *factory,
                                                        const minos_config *config);
/** Call every service's destroy, in reverse; idempotent. @yields */
MINOS_API void minos_factory_destroy(minos_factory *factory);
/** Step through the actions that a filter lets pass; order of services, then of rows. */
MINOS_API minos_action *minos_factory_next(minos_factory *factory, minos_route_filter filter,
                                           const minos_action *previous);
MINOS_API const minos_route *minos_action_route(const minos_action *action);
MINOS_API const minos_service *minos_action_service(const minos_action *action);
/** Give the stable name of the handler: "users.create_user". */
MINOS_API const char *minos_action_name(const minos_action *action);

/**
 * Run an action on a request: context, middleware, pre hook, checkers, handler, post hook. On failure
 * the response is empty and the error lies in the slot. @yields
 */
MINOS_API MINOS_MUST_CHECK minos_rc minos_action_run(minos_action *action, minos_request *req,
                                                     minos_response *res);

/* ---- routers ---- */

typedef struct minos_router minos_router;

/** Which actions a router takes: the original's BrokerRouter, HttpRouter/RestHttpRouter, PeriodicRouter. */
typedef enum minos_router_kind {
    MINOS_ROUTER_BROKER = 1,
    MINOS_ROUTER_HTTP,
    MINOS_ROUTER_REST,
    MINOS_ROUTER_PERIODIC
} minos_router_kind;

MINOS_API MINOS_MUST_CHECK minos_rc minos_router_new(minos_router_kind kind, minos_factory *factory,
                                                     minos_router **ret_router);
/**
 * The same when config's `routers:` names the kind (or is not set); else a router without routes.
 * @retval MINOS_EINVAL  as minos_router_new
 */
MINOS_API MINOS_MUST_CHECK minos_rc minos_router_from_config(const minos_config *config,
                                                             minos_router_kind kind,
                                                             minos_factory *factory,
                                                             minos_router **ret_router);
MINOS_API void minos_router_free(minos_router *router);
/** Collect the routes; done by the first of the reads below when not called. */
MINOS_API MINOS_MUST_CHECK minos_rc minos_router_build_routes(minos_router *router);
/** Give the actions, NULL-terminated, and how many; in the order of their rows. */
MINOS_API minos_action *const *minos_router_routes(minos_router *router, size_t *ret_count);
/** The same, telling why when they cannot be collected. */
MINOS_API MINOS_MUST_CHECK minos_rc minos_router_get_routes(minos_router *router,
                                                            minos_action *const **ret_actions,
                                                            size_t *ret_count);
/**
 * Find the action of a key, the first of an event's; NULL when there is none. Takes the same time
 * however many there are.
 * @param key     topic, path as the row writes it, or pattern
 * @param method  REST: the row's own, else that of a row for any method; NULL elsewhere
 */
MINOS_API minos_action *minos_router_find(minos_router *router, const char *key,
                                          const char *method);
/** Give the next action bound to the same event; NULL after the last. */
MINOS_API minos_action *minos_router_find_next(const minos_router *router,
                                               const minos_action *previous);
MINOS_API minos_router_kind minos_router_kind_of(const minos_router *router);

MINOS_AUTO_DEFINE(minos_factory)
MINOS_AUTO_DEFINE(minos_router)

MINOS_END_DECLS

#endif
