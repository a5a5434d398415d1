/*
 * Declarations checked over all services: see check.h.
 */
#include "enroute/check.h"

#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/map.h"
#include "enroute/route.h"

#define SERVICES_MAX 256
#define ROUTES_MAX   100000u /* of one service: more is a table's size misread */

/* What the steps below share. */
typedef struct checking {
    minos_arena *arena;
    mn_faults faults;
    mn_map by_handler; /* function → its first row */
    mn_map by_key;     /* door, method and key → its first row */
    mn_row *rows;
    size_t count;
} checking;

/* ---- services ---- */

/* Bytes behind the row that we know must be zero. */
static bool has_unknown_options(const minos_service *service, size_t index)
{
    const char *row = mn_route_row(service, index);
    for (size_t at = sizeof(minos_route); at < service->route_bytes; at++)
        if (row[at] != 0)
            return true;
    return false;
}

/* The table itself: nothing behind the first members may be looked at before this passed. */
static bool service_check(checking *check, const minos_service *const *services, size_t index)
{
    const minos_service *service = services[index];

    if (service->abi != MINOS_ABI) {
        mn_faults_add(
            &check->faults, MINOS_EINVAL,
            "service %zu of the list is compiled against interface %u of minos, this is %u",
            index + 1, (unsigned)service->abi, MINOS_ABI);
        return false;
    }
    if (service->service_bytes < MN_SERVICE_BYTES_MIN ||
        (service->route_count != 0 && service->route_bytes < MN_ROUTE_BYTES_MIN) ||
        service->route_count > ROUTES_MAX) {
        mn_faults_add(&check->faults, MINOS_EINVAL,
                      "service %zu of the list has sizes that no version of minos has "
                      "(was it made with MINOS_SERVICE?)",
                      index + 1);
        return false;
    }
    if (service->name == NULL || service->name[0] == '\0') {
        mn_faults_add(&check->faults, MINOS_EINVAL, "service %zu of the list has no name",
                      index + 1);
        return false;
    }
    if (service->routes == NULL && service->route_count != 0) {
        mn_faults_add(&check->faults, MINOS_EINVAL, "service %s has no table", service->name);
        return false;
    }
    for (size_t i = 0; i < index; i++)
        if (services[i]->abi == MINOS_ABI && services[i]->name != NULL &&
            strcmp(services[i]->name, service->name) == 0) {
            mn_faults_add(&check->faults, MINOS_EINVAL, "service %s is listed twice",
                          service->name);
            return false;
        }
    return true;
}

/* ---- rows ---- */

static void row_read(checking *check, const minos_service *service, size_t service_index,
                     size_t index)
{
    mn_row *row = &check->rows[check->count++];

    row->service = service;
    row->service_index = service_index;
    if (service->route_bytes >= sizeof(minos_route)) {
        row->route = mn_route_row(service, index);
    } else {
        minos_route *copy = mn_arena_make(check->arena, minos_route);
        mn_route_read(service, index, copy);
        row->route = copy;
    }
    mn_row_check(service, row->route, &check->faults);
    if (has_unknown_options(service, index))
        mn_faults_add(&check->faults, MINOS_EINVAL,
                      "%s:%d: the row has options of a newer minos than this one", row->route->file,
                      row->route->line);
}

/* ---- conflicts ---- */

static void kinds_check(checking *check, mn_row *row)
{
    const minos_route *route = row->route, *first;
    mn_row *found;
    minos_view name = mn_route_handler(route);

    if (route->handler == NULL)
        return;
    found = mn_map_get(&check->by_handler, minos_view_make(&route->handler, sizeof route->handler));
    if (found == NULL) {
        mn_map_set(&check->by_handler, minos_view_make(&route->handler, sizeof route->handler),
                   row);
        return;
    }
    first = found->route;
    if (first->kind != route->kind)
        mn_faults_add(&check->faults, MINOS_EMULTIPLEKINDS,
                      "handler %.*s is declared as %s at %s:%d and as %s at %s:%d", (int)name.size,
                      name.data, minos_kind_name(first->kind), first->file, first->line,
                      minos_kind_name(route->kind), route->file, route->line);
}

/* What makes two rows one key: topic, method and path's shape, or pattern. */
static minos_view key_of(checking *check, const minos_route *route)
{
    const char *key = route->key;
    if (route->door == MINOS_DOOR_REST)
        key = mn_path_shape(check->arena, key);
    return minos_view_of(minos_arena_printf(check->arena, "%d %s %s", (int)route->door,
                                            route->method == NULL ? "" : route->method, key));
}

static void redefined(checking *check, const minos_route *first, const minos_route *route)
{
    char word[64] = "", as_first[64] = "", as_second[64] = "";

    if (route->door == MINOS_DOOR_REST)
        snprintf(word, sizeof word, "%s ", route->method);
    if (first->kind != route->kind) {
        snprintf(as_first, sizeof as_first, "as %s ", minos_kind_name(first->kind));
        snprintf(as_second, sizeof as_second, "as %s at ", minos_kind_name(route->kind));
    }
    if (strcmp(first->key, route->key) == 0)
        mn_faults_add(&check->faults, MINOS_EREDEFINED, "%s%s is bound %sat %s:%d and %s%s:%d",
                      word, route->key, as_first, first->file, first->line, as_second, route->file,
                      route->line);
    else
        mn_faults_add(&check->faults, MINOS_EREDEFINED,
                      "%s%s is bound %sat %s:%d and, written %s, %s%s:%d", word, first->key,
                      as_first, first->file, first->line, route->key, as_second, route->file,
                      route->line);
}

static void keys_check(checking *check, mn_row *row)
{
    const minos_route *route = row->route;
    minos_view key = key_of(check, route);
    mn_row *found = mn_map_get(&check->by_key, key), *last = NULL;

    if (found == NULL) {
        mn_map_set(&check->by_key, key, row);
        return;
    }
    if (route->kind != MINOS_KIND_EVENT || found->route->kind != MINOS_KIND_EVENT) {
        redefined(check, found->route, route);
        return;
    }
    for (; found != NULL; last = found, found = found->same_key)
        if (found->route->handler == route->handler && found->service == row->service) {
            mn_faults_add(&check->faults, MINOS_EREDEFINED,
                          "%s is bound to one handler twice, at %s:%d and %s:%d", route->key,
                          found->route->file, found->route->line, route->file, route->line);
            return;
        }
    last->same_key = row;
}

static void services_check(checking *check, const minos_service *const *services, size_t count)
{
    size_t rows_max = 0;
    bool passed[SERVICES_MAX];

    for (size_t i = 0; i < count; i++) {
        passed[i] = service_check(check, services, i);
        if (passed[i])
            rows_max += services[i]->route_count;
    }
    check->rows = mn_arena_array(check->arena, mn_row, rows_max == 0 ? 1 : rows_max);
    for (size_t i = 0; i < count; i++)
        for (size_t at = 0; passed[i] && at < services[i]->route_count; at++)
            row_read(check, services[i], i, at);
    if (check->faults.count != 0)
        return; /* conflicts are looked for between rows that are whole */
    for (size_t i = 0; i < check->count; i++) {
        kinds_check(check, &check->rows[i]);
        keys_check(check, &check->rows[i]);
    }
}

minos_rc mn_rows_check(const minos_service *const *services, minos_arena *arena, mn_row **ret_rows,
                       size_t *ret_count)
{
    checking check = {.arena = arena};
    size_t count = 0;
    minos_rc rc;

    if (services == NULL)
        return minos_fail(MINOS_EINVAL, "services: a list is needed");
    while (services[count] != NULL)
        if (++count > SERVICES_MAX)
            return minos_fail(MINOS_EINVAL, "services: more than %d, or not ended by NULL",
                              SERVICES_MAX);
    mn_faults_init(&check.faults);
    services_check(&check, services, count);
    rc = mn_faults_raise(&check.faults);
    mn_faults_done(&check.faults);
    mn_map_done(&check.by_handler);
    mn_map_done(&check.by_key);
    if (rc != MINOS_OK)
        return rc;
    *ret_rows = check.rows;
    *ret_count = check.count;
    return MINOS_OK;
}
