/*
 * The adapter: joins HTTP routers into one table of paths.
 */
#include "http/adapter.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "http/line.h"

static minos_rc check_method(const minos_route *route)
{
    minos_view method = minos_view_of(route->method);
    if (!mn_http_is_token(method) || method.size > MN_HTTP_METHOD_BYTES_MAX)
        return minos_fail(MINOS_EINVAL, "method \"%s\" is none (%s:%d)",
                          route->method == NULL ? "" : route->method, route->file, route->line);
    return MINOS_OK;
}

static minos_rc add_action(minos_http_adapter *adapter, minos_action *action)
{
    const minos_route *route = minos_action_route(action), *other;
    void *clash;
    minos_rc rc;

    MINOS_TRY(check_method(route));
    rc = mn_http_paths_add(adapter->paths, route->key, route->method, action, &clash);
    if (rc == MINOS_EREDEFINED) {
        other = minos_action_route(clash);
        return minos_fail(rc, "%s %s is bound at %s:%d and, as %s, at %s:%d", route->method,
                          route->key, route->file, route->line, other->key, other->file,
                          other->line);
    }
    if (rc != MINOS_OK)
        return minos_fail(rc, "%s:%d: %s", route->file, route->line,
                          minos_error_message(minos_error_last()));
    return MINOS_OK;
}

static minos_rc add_router(minos_http_adapter *adapter, minos_router *router)
{
    minos_router_kind kind = minos_router_kind_of(router);
    minos_action *const *actions;
    size_t count;

    if (kind != MINOS_ROUTER_HTTP && kind != MINOS_ROUTER_REST)
        return minos_fail(MINOS_EINVAL, "routers: one of them routes no HTTP");
    MINOS_TRY(minos_router_build_routes(router));
    actions = minos_router_routes(router, &count);
    for (size_t i = 0; i < count; i++)
        MINOS_TRY(add_action(adapter, actions[i]));
    return MINOS_OK;
}

minos_rc minos_http_adapter_new(minos_router *const *routers, minos_http_adapter **ret_adapter)
{
    MINOS_AUTO(minos_http_adapter) *adapter = NULL;

    if (routers == NULL)
        return minos_fail(MINOS_EINVAL, "routers: an adapter needs a list of them");
    adapter = mn_new(minos_http_adapter);
    mn_http_paths_new(&adapter->paths);
    for (; *routers != NULL; routers++)
        MINOS_TRY(add_router(adapter, *routers));
    *ret_adapter = mn_take(&adapter);
    return MINOS_OK;
}

void minos_http_adapter_free(minos_http_adapter *adapter)
{
    if (adapter == NULL)
        return;
    mn_http_paths_free(adapter->paths);
    free(adapter);
}
