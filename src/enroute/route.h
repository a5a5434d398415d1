/*
 * Rows as the factory reads them. A service may be compiled against an older or newer minor
 * version, whose rows are shorter or longer: rows are stepped by the service's own size, missing
 * members read as zero, and members we do not know must be zero (they would be options that we
 * cannot keep).
 */
#ifndef MN_ENROUTE_ROUTE_H
#define MN_ENROUTE_ROUTE_H

#include <minos/enroute.h>
#include <minos/view.h>

/* What every version of a row and of a service has. */
#define MN_ROUTE_BYTES_MIN   offsetof(minos_route, checkers)
#define MN_SERVICE_BYTES_MIN offsetof(minos_service, self_size)

/* Give a row where it stands; only members within route_bytes may be read through it. */
const void *mn_route_row(const minos_service *service, size_t index);
/* Read a row whole. */
void mn_route_read(const minos_service *service, size_t index, minos_route *ret_route);
/* Tell whether a filter lets a row pass. */
bool mn_route_passes(const minos_route *route, minos_route_filter filter);
/* The handler's name as written in the row; empty for rows made by hand. */
minos_view mn_route_handler(const minos_route *route);

#endif
