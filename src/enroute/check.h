/*
 * Declarations checked: every row of every service, read whole, and conflicts between them.
 */
#ifndef MN_ENROUTE_CHECK_H
#define MN_ENROUTE_CHECK_H

#include <minos/arena.h>
#include <minos/enroute.h>

#include "enroute/faults.h"

/* A row as the factory takes it. */
typedef struct mn_row {
    const minos_route *route; /* the service's own when it is as long as ours, else a padded copy */
    const minos_service *service;
    size_t service_index;
    struct mn_row *same_key; /* the event's next row, in the order of the tables */
} mn_row;

/*
 * Read and check all services; the rows live in `arena`. Every fault is told, each with file:line.
 * EINVAL  a service of another binary interface, without name, or listed twice
 * EENROUTE  a row lacks something or has an option out of range
 * EMULTIPLEKINDS, EREDEFINED  naming both places
 */
minos_rc mn_rows_check(const minos_service *const *services, minos_arena *arena, mn_row **ret_rows,
                       size_t *ret_count);

/* Check one row by itself. */
void mn_row_check(const minos_service *service, const minos_route *route, mn_faults *faults);
/*
 * Write a path without the names of its params, so that /a/{x} and /a/{y} are one: "/a/{}"; a regex
 * stays: "/a/{:[0-9]+}". The path is one that mn_row_check passed.
 */
const char *mn_path_shape(minos_arena *arena, const char *path);
/*
 * Find the brace that closes a param's regex, which begins at `at`: those of its quantifiers nest,
 * brackets and backslashes hide theirs. NULL when none does.
 */
const char *mn_path_regex_end(const char *at);

#endif
