/*
 * Routes: words for doors and kinds, and reading rows whatever version of the table they come from.
 */
#include "enroute/route.h"

#include <string.h>

const char *minos_door_name(minos_door door)
{
    static const char *const names[] = {
        [MINOS_DOOR_NONE] = "memory",
        [MINOS_DOOR_BROKER] = "broker",
        [MINOS_DOOR_REST] = "rest",
        [MINOS_DOOR_PERIODIC] = "periodic",
    };
    return (unsigned)door < sizeof names / sizeof names[0] ? names[door] : "?";
}

const char *minos_kind_name(minos_kind kind)
{
    static const char *const names[] = {
        [MINOS_KIND_COMMAND] = "command",
        [MINOS_KIND_QUERY] = "query",
        [MINOS_KIND_EVENT] = "event",
    };
    return kind >= MINOS_KIND_COMMAND && kind <= MINOS_KIND_EVENT ? names[kind] : "?";
}

const void *mn_route_row(const minos_service *service, size_t index)
{
    return (const char *)service->routes + index * service->route_bytes;
}

void mn_route_read(const minos_service *service, size_t index, minos_route *ret_route)
{
    size_t bytes =
        service->route_bytes < sizeof *ret_route ? service->route_bytes : sizeof *ret_route;
    memset(ret_route, 0, sizeof *ret_route);
    memcpy(ret_route, mn_route_row(service, index), bytes);
}

bool mn_route_passes(const minos_route *route, minos_route_filter filter)
{
    return (filter.door == MINOS_DOOR_NONE || filter.door == route->door) &&
           (filter.kind == 0 || filter.kind == route->kind);
}

minos_view mn_route_handler(const minos_route *route)
{
    const char *from = route->source, *to;

    if (from == NULL)
        return minos_view_make(NULL, 0);
    from += strspn(from, " \t\n&(");
    to = from + strcspn(from, " \t\n,)");
    return minos_view_make(from, (size_t)(to - from));
}
