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
 * Step through the rows of a service that a filter lets pass, in the order of the table.
 * @param service   one that minos_collector_check or a factory passed
 * @param filter    door and kind, 0 in either takes all
 * @param previous  NULL for the first
 * @return the next row, NULL at the end; of a service compiled against an older minos, only the
 *         members that it had then
 * @noyield @thread{any} @lifetime{that of the service's table}
 */
MINOS_API const minos_route *minos_collector_next(const minos_service *service,
                                                  minos_route_filter filter,
                                                  const minos_route *previous);
/**
 * Check the rows of one service: handlers, keys and methods present, kinds not mixed. Every fault
 * is in the message, a line each, with file and line of its row.
 * @param service  borrowed
 * @retval MINOS_OK             all is well
 * @retval MINOS_EENROUTE       a row lacks something, or has an option out of range
 * @retval MINOS_EMULTIPLEKINDS one handler under two kinds; names both rows
 * @retval MINOS_EREDEFINED     one key bound twice; names both rows
 * @retval MINOS_EINVAL         not made with MINOS_SERVICE, or compiled against another ABI
 * @noyield @thread{any}
 */
MINOS_API MINOS_MUST_CHECK minos_rc minos_collector_check(const minos_service *service);

/* ---- factory: key to ready callable over all services ---- */

/** A row made callable: service state, hooks, checkers and middleware bound. */
typedef struct minos_action minos_action;
/** All actions of a program, with the states of its services. */
typedef struct minos_factory minos_factory;

/**
 * Join services and middleware; makes the state of each service, zeroed. A command or query key may
 * be bound once over all services, an event's by many. Every fault is in the message, a line each.
 * @param services     NULL-terminated; the tables are borrowed until the factory is freed
 * @param middleware   ended by a row without name; the first is outermost; NULL: none
 * @param ret_factory  to be freed with minos_factory_free
 * @retval MINOS_OK             the factory is ready to be set up
 * @retval MINOS_EENROUTE       a row lacks something, or has an option out of range
 * @retval MINOS_EMULTIPLEKINDS one handler under two kinds; names both rows
 * @retval MINOS_EREDEFINED     one key bound twice; names both rows
 * @retval MINOS_EINVAL         a service not made with MINOS_SERVICE, compiled against another ABI,
 *                              or listed twice; middleware without function
 * @noyield @thread{any; the factory then belongs to one loop}
 */
MINOS_API MINOS_MUST_CHECK minos_rc minos_factory_new(const minos_service *const *services,
                                                      const minos_middleware *middleware,
                                                      minos_factory **ret_factory);
/**
 * Join the services and middleware that a config names under `services:` and `middleware:`, in that
 * order; a list that is not set takes all that were registered with the config.
 * @param config       borrowed
 * @param ret_factory  to be freed with minos_factory_free
 * @retval MINOS_OK       the factory is ready to be set up
 * @retval MINOS_ECONFIG  a name that nobody registered; the message has its place, a guess and a
 * list
 * @retval MINOS_EENROUTE       as minos_factory_new
 * @retval MINOS_EMULTIPLEKINDS as minos_factory_new
 * @retval MINOS_EREDEFINED     as minos_factory_new
 * @retval MINOS_EINVAL         no config; else as minos_factory_new
 * @noyield @thread{any; the factory then belongs to one loop}
 */
MINOS_API MINOS_MUST_CHECK minos_rc minos_factory_from_config(const minos_config *config,
                                                              minos_factory **ret_factory);
/**
 * Free a factory and the states of its services; warns of a service that was not destroyed.
 * @param factory  taken; NULL is fine
 * @noyield @thread{the factory's loop}
 */
MINOS_API void minos_factory_free(minos_factory *factory);
/**
 * Call every service's setup, in order; undoes what it did when one fails. Idempotent.
 * @param factory  one that no request runs in
 * @param config   borrowed for the call, given to each setup
 * @retval MINOS_OK  all are set up; else the code of the setup that failed, its service named
 * @yields @thread{the factory's loop}
 */
MINOS_API MINOS_MUST_CHECK minos_rc minos_factory_setup(minos_factory *factory,
                                                        const minos_config *config);
/**
 * Call every service's destroy, in reverse; idempotent.
 * @param factory  one that no request runs in any more
 * @yields @thread{the factory's loop}
 */
MINOS_API void minos_factory_destroy(minos_factory *factory);
/**
 * Step through the actions that a filter lets pass; order of services, then of rows.
 * @param factory   borrowed
 * @param filter    door and kind, 0 in either takes all
 * @param previous  NULL for the first
 * @return the next action, NULL at the end
 * @noyield @thread{the factory's loop} @lifetime{that of the factory}
 */
MINOS_API minos_action *minos_factory_next(minos_factory *factory, minos_route_filter filter,
                                           const minos_action *previous);
/** Give the row of an action, whole. @noyield @thread{any} @lifetime{that of the factory} */
MINOS_API const minos_route *minos_action_route(const minos_action *action);
/** Give the service of an action. @noyield @thread{any} @lifetime{that of the factory} */
MINOS_API const minos_service *minos_action_service(const minos_action *action);
/**
 * Give the stable name of the handler: its service's and its function's, "users.create_user".
 * @noyield @thread{any} @lifetime{that of the factory}
 */
MINOS_API const char *minos_action_name(const minos_action *action);

/**
 * Run an action on a request: context, deadline and place of the row, middleware, pre hook,
 * checkers, handler, post hook. On failure the response is empty and the error lies in the slot; it
 * is not logged.
 * @param action  of a factory that is set up
 * @param req     a door's, or made in memory
 * @param res     empty
 * @retval MINOS_OK         the response holds the answer, which may have no content
 * @retval MINOS_ERESPONSE  refused by minos_reject; status and message are for the peer
 * @retval MINOS_ECHECK     a checker was not satisfied (400)
 * @retval MINOS_ETIMEDOUT  the row's or the request's deadline passed
 * @retval MINOS_ECANCELED  the fiber was cancelled
 * @yields when the handler, a hook, a checker or middleware does, or the row's places are taken
 * @thread{the factory's loop}
 */
MINOS_API MINOS_MUST_CHECK minos_rc minos_action_run(minos_action *action, minos_request *req,
                                                     minos_response *res);

/* ---- routers ---- */

/** The actions of one kind of port. */
typedef struct minos_router minos_router;

/**
 * Which actions a router takes: the original's BrokerRouter, HttpRouter/RestHttpRouter,
 * PeriodicRouter.
 */
typedef enum minos_router_kind {
    MINOS_ROUTER_BROKER = 1,
    MINOS_ROUTER_HTTP, /* what HTTP serves, which is what REST rows declare */
    MINOS_ROUTER_REST,
    MINOS_ROUTER_PERIODIC
} minos_router_kind;

/**
 * Make a router, a view of a factory's actions for one kind of port.
 * @param kind        of the actions it takes
 * @param factory     borrowed, and outlives the router
 * @param ret_router  to be freed with minos_router_free
 * @retval MINOS_OK      its routes are collected when first read
 * @retval MINOS_EINVAL  no such kind, or no factory
 * @noyield @thread{the factory's loop}
 */
MINOS_API MINOS_MUST_CHECK minos_rc minos_router_new(minos_router_kind kind, minos_factory *factory,
                                                     minos_router **ret_router);
/**
 * Make a router as minos_router_new does when config's `routers:` names the kind or is not set;
 * else one without routes.
 * @param config      borrowed for the call
 * @param kind        of the actions it takes; `http` and `rest` name both of these kinds
 * @param factory     borrowed, and outlives the router
 * @param ret_router  to be freed with minos_router_free
 * @retval MINOS_OK      its routes are collected when first read
 * @retval MINOS_EINVAL  no such kind, no factory or no config
 * @noyield @thread{the factory's loop}
 */
MINOS_API MINOS_MUST_CHECK minos_rc minos_router_from_config(const minos_config *config,
                                                             minos_router_kind kind,
                                                             minos_factory *factory,
                                                             minos_router **ret_router);
/**
 * Free a router; the actions stay with the factory.
 * @param router  taken; NULL is fine
 * @noyield @thread{the factory's loop}
 */
MINOS_API void minos_router_free(minos_router *router);
/**
 * Collect the routes; done by the first of the reads below when not called.
 * @retval MINOS_OK  they are collected, now or before
 * @noyield @thread{the factory's loop}
 */
MINOS_API MINOS_MUST_CHECK minos_rc minos_router_build_routes(minos_router *router);
/**
 * Give the actions in the order of their rows.
 * @param router     borrowed
 * @param ret_count  how many; may be NULL
 * @return NULL-terminated
 * @noyield @thread{the factory's loop} @lifetime{that of the router}
 */
MINOS_API minos_action *const *minos_router_routes(minos_router *router, size_t *ret_count);
/**
 * Collect the routes when that is not done, and give the actions as minos_router_routes does.
 * @param router       borrowed
 * @param ret_actions  NULL-terminated
 * @param ret_count    how many
 * @retval MINOS_OK  they are given
 * @noyield @thread{the factory's loop} @lifetime{that of the router}
 */
MINOS_API MINOS_MUST_CHECK minos_rc minos_router_get_routes(minos_router *router,
                                                            minos_action *const **ret_actions,
                                                            size_t *ret_count);
/**
 * Find the action of a key, the first of an event's. Takes the same time however many there are.
 * @param router  borrowed
 * @param key     topic, path as the row writes it, or pattern
 * @param method  REST: the row's own, else that of a row for any method; NULL elsewhere
 * @return NULL when there is none
 * @noyield @thread{the factory's loop} @lifetime{that of the factory}
 */
MINOS_API minos_action *minos_router_find(minos_router *router, const char *key,
                                          const char *method);
/**
 * Give the next action bound to the same event.
 * @param router    borrowed
 * @param previous  what minos_router_find or this gave
 * @return NULL after the last
 * @noyield @thread{the factory's loop} @lifetime{that of the factory}
 */
MINOS_API minos_action *minos_router_find_next(const minos_router *router,
                                               const minos_action *previous);
/** Give the kind that a router was made with. @noyield @thread{the factory's loop} */
MINOS_API minos_router_kind minos_router_kind_of(const minos_router *router);

MINOS_AUTO_DEFINE(minos_factory)
MINOS_AUTO_DEFINE(minos_router)

MINOS_END_DECLS

#endif
