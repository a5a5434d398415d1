/*
 * The collector: the rows of one service.
 */
#include <minos/enroute.h>

#include "enroute/check.h"
#include "enroute/route.h"

const minos_route *minos_collector_next(const minos_service *service, minos_route_filter filter,
                                        const minos_route *previous)
{
    size_t index = 0;

    if (previous != NULL)
        index = (size_t)((const char *)previous - (const char *)service->routes) /
                    service->route_bytes +
                1;
    for (; index < service->route_count; index++) {
        const minos_route *route = mn_route_row(service, index);
        if (mn_route_passes(route, filter))
            return route;
    }
    return NULL;
}

minos_rc minos_collector_check(const minos_service *service)
{
    const minos_service *const services[] = {service, NULL};
    MINOS_AUTO(minos_arena) *arena = NULL;
    mn_row *rows;
    size_t count;

    if (service == NULL)
        return minos_fail(MINOS_EINVAL, "service: one is needed");
    arena = minos_arena_new(0);
    return mn_rows_check(services, arena, &rows, &count);
}
