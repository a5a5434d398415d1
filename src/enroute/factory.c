/*
 * The factory: services and middleware joined to actions.
 */
#include "enroute/factory.h"

#include <stdlib.h>
#include <string.h>

#include <minos/log.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "base/error.h"
#include "enroute/check.h"
#include "enroute/route.h"

#define MIDDLEWARE_MAX 64

/* ---- building ---- */

static const minos_service *table_whole(minos_arena *arena, const minos_service *service)
{
    minos_service *copy;
    if (service->service_bytes >= sizeof *service)
        return service;
    copy = mn_arena_make(arena, minos_service);
    memcpy(copy, service, service->service_bytes);
    return copy;
}

static void services_bind(minos_factory *factory, const minos_service *const *services)
{
    size_t count = 0;
    while (services[count] != NULL)
        count++;
    factory->services = mn_arena_array(factory->arena, mn_bound_service, count == 0 ? 1 : count);
    factory->service_count = count;
    for (size_t i = 0; i < count; i++) {
        mn_bound_service *bound = &factory->services[i];
        bound->table = table_whole(factory->arena, services[i]);
        bound->self = bound->table->self_size == 0 ? NULL : mn_alloc(bound->table->self_size);
    }
}

static minos_rc middleware_bind(minos_factory *factory, const minos_middleware *middleware)
{
    size_t count = 0;
    while (middleware != NULL && middleware[count].name != NULL) {
        if (middleware[count].run == NULL)
            return minos_fail(MINOS_EINVAL, "middleware: \"%s\" has no function",
                              middleware[count].name);
        if (++count > MIDDLEWARE_MAX)
            return minos_fail(MINOS_EINVAL,
                              "middleware: more than %d, or not ended by a row "
                              "without name",
                              MIDDLEWARE_MAX);
    }
    factory->middleware =
        mn_arena_array(factory->arena, minos_middleware_fn *, count == 0 ? 1 : count);
    factory->middleware_count = count;
    for (size_t i = 0; i < count; i++)
        factory->middleware[i] = middleware[i].run;
    return MINOS_OK;
}

/* "users.create_user"; rows made by hand, which have no source, are named by their key. */
static const char *action_name(minos_arena *arena, const mn_row *row)
{
    minos_view handler = mn_route_handler(row->route);
    if (handler.size == 0)
        handler = minos_view_of(row->route->key);
    return minos_arena_printf(arena, "%s.%.*s", row->service->name, (int)handler.size,
                              handler.data);
}

static void hooks_bind(minos_action *action)
{
    const minos_service *service = action->service;
    switch (action->route->kind) {
    case MINOS_KIND_COMMAND:
        action->pre = service->pre_command;
        action->post = service->post_command;
        break;
    case MINOS_KIND_QUERY:
        action->pre = service->pre_query;
        action->post = service->post_query;
        break;
    case MINOS_KIND_EVENT:
        action->pre = service->pre_event;
        action->post = service->post_event;
        break;
    }
}

static minos_rc action_bind(minos_factory *factory, const mn_row *row, minos_action *action)
{
    const mn_bound_service *bound = &factory->services[row->service_index];
    const minos_checker *checker = row->route->checkers;

    action->route = row->route;
    action->service = bound->table;
    action->name = action_name(factory->arena, row);
    action->self = bound->self;
    action->middleware = factory->middleware;
    action->middleware_count = factory->middleware_count;
    hooks_bind(action);
    while (checker != NULL && checker[action->checker_count].check != NULL)
        action->checker_count++;
    if (row->route->concurrency > 0)
        MINOS_TRY(minos_semaphore_new((size_t)row->route->concurrency, &action->places));
    return MINOS_OK;
}

minos_rc minos_factory_new(const minos_service *const *services, const minos_middleware *middleware,
                           minos_factory **ret_factory)
{
    MINOS_AUTO(minos_factory) *factory = mn_new(minos_factory);
    mn_row *rows;
    size_t count;

    factory->arena = minos_arena_new(0);
    MINOS_TRY(mn_rows_check(services, factory->arena, &rows, &count));
    services_bind(factory, services);
    MINOS_TRY(middleware_bind(factory, middleware));
    factory->actions = mn_arena_array(factory->arena, minos_action, count == 0 ? 1 : count);
    factory->action_count = count;
    for (size_t i = 0; i < count; i++)
        MINOS_TRY(action_bind(factory, &rows[i], &factory->actions[i]));
    for (size_t i = 0; i < count; i++)
        if (rows[i].same_key != NULL)
            factory->actions[i].same_key = &factory->actions[rows[i].same_key - rows];
    *ret_factory = mn_take(&factory);
    return MINOS_OK;
}

void minos_factory_free(minos_factory *factory)
{
    if (factory == NULL)
        return;
    for (size_t i = 0; i < factory->service_count; i++) {
        if (factory->services[i].is_set_up)
            minos_log_warning("service %s was set up and is dropped without destroy",
                              factory->services[i].table->name);
        free(factory->services[i].self);
    }
    for (size_t i = 0; i < factory->action_count; i++)
        minos_semaphore_free(factory->actions[i].places);
    minos_arena_free(factory->arena);
    free(factory);
}

/* ---- life cycle ---- */

static minos_rc service_setup(mn_bound_service *bound, const minos_config *config)
{
    minos_rc rc;

    if (bound->is_set_up)
        return MINOS_OK;
    if (bound->was_set_up && bound->self != NULL)
        memset(bound->self, 0, bound->table->self_size);
    bound->was_set_up = true;
    if (bound->table->setup != NULL) {
        rc = bound->table->setup(bound->self, config);
        if (rc != MINOS_OK)
            return minos_wrap(rc, "while setting up service %s", bound->table->name);
    }
    bound->is_set_up = true;
    return MINOS_OK;
}

static void service_destroy(mn_bound_service *bound)
{
    if (bound->is_set_up && bound->table->destroy != NULL)
        bound->table->destroy(bound->self);
    bound->is_set_up = false;
}

minos_rc minos_factory_setup(minos_factory *factory, const minos_config *config)
{
    for (size_t i = 0; i < factory->service_count; i++) {
        minos_rc rc = service_setup(&factory->services[i], config);
        if (rc != MINOS_OK) {
            mn_error_slot *errors = mn_error_slot_take();
            minos_factory_destroy(factory);
            mn_error_slot_put(errors);
            return rc;
        }
    }
    return MINOS_OK;
}

void minos_factory_destroy(minos_factory *factory)
{
    for (size_t i = factory->service_count; i-- > 0;)
        service_destroy(&factory->services[i]);
}

/* ---- reading ---- */

minos_action *minos_factory_next(minos_factory *factory, minos_route_filter filter,
                                 const minos_action *previous)
{
    size_t index = previous == NULL ? 0 : (size_t)(previous - factory->actions) + 1;

    for (; index < factory->action_count; index++)
        if (mn_route_passes(factory->actions[index].route, filter))
            return &factory->actions[index];
    return NULL;
}
