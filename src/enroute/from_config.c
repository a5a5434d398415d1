/*
 * Factories and routers as a config asks for them: `services:`, `middleware:` and `routers:` pick
 * by name from what was registered with the config; a list that is not set takes all.
 */
#include <string.h>

#include <minos/plugin.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "config/config.h"
#include "config/scalar.h"
#include "enroute/router.h"

/* Something that a list can name. */
typedef struct choice {
    const char *name;
    const void *row; /* minos_service or minos_middleware */
} choice;

typedef struct picking {
    const char *key; /* of the config */
    choice *choices; /* in the order of registration */
    size_t choice_count;
    const choice **picked;
    size_t count;
} picking;

/* ---- what there is to pick from ---- */

static size_t services_of(const minos_plugin *plugin, choice *choices)
{
    size_t count = 0;
    for (; plugin->services != NULL && plugin->services[count] != NULL; count++) {
        const minos_service *service = plugin->services[count];
        if (choices != NULL) /* of another interface not even the name can be read */
            choices[count] = (choice){service->abi == MINOS_ABI ? service->name : NULL, service};
    }
    return count;
}

static size_t middleware_of(const minos_plugin *plugin, choice *choices)
{
    size_t count = 0;
    for (; plugin->middleware != NULL && plugin->middleware[count].name != NULL; count++)
        if (choices != NULL)
            choices[count] = (choice){plugin->middleware[count].name, &plugin->middleware[count]};
    return count;
}

static void choices_gather(picking *pick, const minos_config *config, minos_arena *arena,
                           size_t (*choices_of)(const minos_plugin *, choice *))
{
    const minos_plugin *plugin;
    size_t room = 1;

    for (size_t i = 0; (plugin = minos_config_registered(config, i)) != NULL; i++)
        room += choices_of(plugin, NULL);
    pick->choices = mn_arena_array(arena, choice, room);
    for (size_t i = 0; (plugin = minos_config_registered(config, i)) != NULL; i++)
        pick->choice_count += choices_of(plugin, pick->choices + pick->choice_count);
}

/* ---- picking ---- */

static const choice *find(const picking *pick, minos_view name)
{
    for (size_t i = 0; i < pick->choice_count; i++)
        if (pick->choices[i].name != NULL && minos_view_is(name, pick->choices[i].name))
            return &pick->choices[i];
    return NULL;
}

/* Say what a name may have meant, and what there is. */
static void unknown(const picking *pick, minos_view name, mn_origin at, mn_config_faults *faults)
{
    const char *near = NULL, *guess = "", *known = NULL;
    size_t near_distance = SIZE_MAX;

    for (size_t i = 0; i < pick->choice_count; i++) {
        const char *of = pick->choices[i].name;
        size_t distance = mn_word_distance(name, minos_view_of(of));
        if (of == NULL)
            continue;
        if (distance < near_distance && mn_word_near(distance, name.size)) {
            near_distance = distance;
            near = of;
        }
        known = known == NULL ? of : minos_arena_printf(faults->arena, "%s, %s", known, of);
    }
    if (near != NULL)
        guess = minos_arena_printf(faults->arena, ", did you mean \"%s\"?", near);
    mn_config_faults_add(faults, at, "%s: there is no \"%.*s\"%s; known are: %s", pick->key,
                         (int)name.size, name.data, guess, known == NULL ? "none" : known);
}

/* The config has refused what is no list of names, and names listed twice. */
static void pick_named(picking *pick, const minos_config *config, mn_config_faults *faults)
{
    const minos_value *names = minos_config_value(config, pick->key);
    mn_origin at = mn_config_origin(config, pick->key);

    for (size_t i = 0; i < minos_value_count(names); i++) {
        minos_view name = minos_value_view(minos_value_at(names, i));
        const choice *found = find(pick, name);
        if (found == NULL)
            unknown(pick, name, at, faults);
        else
            pick->picked[pick->count++] = found;
    }
}

static void pick_all(picking *pick, const minos_config *config, minos_arena *arena,
                     mn_config_faults *faults)
{
    size_t room = pick->choice_count + minos_value_count(minos_config_value(config, pick->key)) + 1;

    pick->picked = mn_arena_array(arena, const choice *, room);
    if (minos_config_is_set(config, pick->key)) {
        pick_named(pick, config, faults);
        return;
    }
    for (size_t i = 0; i < pick->choice_count; i++)
        pick->picked[pick->count++] = &pick->choices[i];
}

minos_rc minos_factory_from_config(const minos_config *config, minos_factory **ret_factory)
{
    picking services = {.key = "services"}, middleware = {.key = "middleware"};
    MINOS_AUTO(minos_arena) *arena = NULL;
    mn_config_faults *faults;
    const minos_service **tables;
    minos_middleware *around;

    if (config == NULL)
        return minos_fail(MINOS_EINVAL, "config: one is needed");
    arena = minos_arena_new(0);
    faults = mn_arena_make(arena, mn_config_faults);
    faults->arena = arena;
    choices_gather(&services, config, arena, services_of);
    choices_gather(&middleware, config, arena, middleware_of);
    pick_all(&services, config, arena, faults);
    pick_all(&middleware, config, arena, faults);
    MINOS_TRY(mn_config_faults_raise(faults));

    tables = mn_arena_array(arena, const minos_service *, services.count + 1);
    for (size_t i = 0; i < services.count; i++)
        tables[i] = services.picked[i]->row;
    around = mn_arena_array(arena, minos_middleware, middleware.count + 1);
    for (size_t i = 0; i < middleware.count; i++)
        around[i] = *(const minos_middleware *)middleware.picked[i]->row;
    return minos_factory_new(tables, around, ret_factory);
}

/* ---- routers ---- */

static const char *const router_names[] = {
    [MINOS_ROUTER_BROKER] = "broker",
    [MINOS_ROUTER_HTTP] = "http",
    [MINOS_ROUTER_REST] = "rest",
    [MINOS_ROUTER_PERIODIC] = "periodic",
};

/* The config has refused names that are no router's. */
static minos_door door_named(minos_view name)
{
    for (size_t i = 1; i < mn_count_of(router_names); i++)
        if (minos_view_is(name, router_names[i]))
            return mn_router_door((minos_router_kind)i);
    return MINOS_DOOR_NONE;
}

minos_rc minos_router_from_config(const minos_config *config, minos_router_kind kind,
                                  minos_factory *factory, minos_router **ret_router)
{
    const minos_value *names;
    bool is_named;

    if (config == NULL)
        return minos_fail(MINOS_EINVAL, "config: one is needed");
    names = minos_config_value(config, "routers");
    is_named = !minos_config_is_set(config, "routers");
    for (size_t i = 0; i < minos_value_count(names); i++) {
        minos_view name = minos_value_view(minos_value_at(names, i));
        is_named = is_named || door_named(name) == mn_router_door(kind);
    }
    MINOS_TRY(minos_router_new(kind, factory, ret_router));
    (*ret_router)->is_left_out = !is_named;
    return MINOS_OK;
}
