/*
 * Routers: a factory's actions of one door, found by key.
 *
 * The map leads from a key to the first action that bears it; those of other methods (REST) and the
 * other actions of an event are reached from there, few steps whatever the number of routes.
 */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "enroute/router.h"

#define METHOD_ANY "*"

minos_door mn_router_door(minos_router_kind kind)
{
    switch (kind) {
    case MINOS_ROUTER_BROKER:
        return MINOS_DOOR_BROKER;
    case MINOS_ROUTER_HTTP: /* what HTTP serves is what REST rows declare */
    case MINOS_ROUTER_REST:
        return MINOS_DOOR_REST;
    case MINOS_ROUTER_PERIODIC:
        return MINOS_DOOR_PERIODIC;
    }
    return MINOS_DOOR_NONE;
}

minos_rc minos_router_new(minos_router_kind kind, minos_factory *factory, minos_router **ret_router)
{
    minos_router *router;

    if (mn_router_door(kind) == MINOS_DOOR_NONE)
        return minos_fail(MINOS_EINVAL, "kind: %d is no kind of router", (int)kind);
    if (factory == NULL)
        return minos_fail(MINOS_EINVAL, "factory: a router needs one");
    router = mn_new(minos_router);
    router->kind = kind;
    router->factory = factory;
    *ret_router = router;
    return MINOS_OK;
}

void minos_router_free(minos_router *router)
{
    if (router == NULL)
        return;
    mn_map_done(&router->by_key);
    free(router->entries);
    free(router->actions);
    free(router);
}

/* ---- building ---- */

/* An event's later actions hang on the first, which the factory linked. */
static void entry_add(minos_router *router, mn_routed *entry)
{
    minos_view key = minos_view_of(entry->action->route->key);
    mn_routed *first = mn_map_get(&router->by_key, key);

    if (first == NULL) {
        mn_map_set(&router->by_key, key, entry);
    } else if (entry->action->route->door == MINOS_DOOR_REST) {
        entry->next = first->next;
        first->next = entry;
    }
}

minos_rc minos_router_build_routes(minos_router *router)
{
    minos_route_filter filter = {.door = mn_router_door(router->kind)};
    minos_action *action = NULL;
    size_t room;

    if (router->is_built)
        return MINOS_OK;
    room = router->is_left_out ? 0 : router->factory->action_count;
    router->actions = mn_new_array(minos_action *, room + 1);
    router->entries = mn_new_array(mn_routed, room + 1);
    while (room != 0 && (action = minos_factory_next(router->factory, filter, action)) != NULL) {
        mn_routed *entry = &router->entries[router->count];
        router->actions[router->count++] = action;
        entry->action = action;
        entry_add(router, entry);
    }
    router->is_built = true;
    return MINOS_OK;
}

/* ---- reading ---- */

minos_rc minos_router_get_routes(minos_router *router, minos_action *const **ret_actions,
                                 size_t *ret_count)
{
    MINOS_TRY(minos_router_build_routes(router));
    *ret_actions = router->actions;
    *ret_count = router->count;
    return MINOS_OK;
}

minos_action *const *minos_router_routes(minos_router *router, size_t *ret_count)
{
    minos_ignore(minos_router_build_routes(router)); /* fails only by a dry system, which aborts */
    if (ret_count != NULL)
        *ret_count = router->count;
    return router->actions;
}

minos_action *minos_router_find(minos_router *router, const char *key, const char *method)
{
    minos_action *of_any_method = NULL;
    mn_routed *entry;

    minos_ignore(minos_router_build_routes(router)); /* as above */
    entry = mn_map_get(&router->by_key, minos_view_of(key));
    if (entry == NULL || entry->action->route->door != MINOS_DOOR_REST)
        return entry == NULL ? NULL : entry->action;
    for (; entry != NULL; entry = entry->next) {
        const char *of_row = entry->action->route->method;
        if (method != NULL && strcmp(of_row, method) == 0)
            return entry->action;
        if (strcmp(of_row, METHOD_ANY) == 0)
            of_any_method = entry->action;
    }
    return of_any_method;
}

minos_action *minos_router_find_next(const minos_router *router, const minos_action *previous)
{
    (void)router; /* a key's actions are all of one door */
    return previous == NULL ? NULL : previous->same_key;
}

minos_router_kind minos_router_kind_of(const minos_router *router)
{
    return router->kind;
}
