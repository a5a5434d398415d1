/*
 * What several workers ask of a service: see app.h.
 */
#include <string.h>

#include "base/arena.h"
#include "config/config.h"
#include "runtime/app.h"

/* Give the key that chooses a broker within the process; NULL when there is none. */
static const char *key_of_memory(const minos_config *config)
{
    static const char *const keys[] = {"interfaces.broker.subscriber.client",
                                       "interfaces.broker.publisher.client"};

    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        const minos_value *client = minos_config_value(config, keys[i]);
        if (client != NULL && minos_view_is(minos_value_view(client), "memory"))
            return keys[i];
    }
    return NULL;
}

minos_rc mn_workers_check(const minos_config *config, minos_factory *factory)
{
    minos_route_filter filter = {.door = MINOS_DOOR_BROKER};
    const minos_action *action = minos_factory_next(factory, filter, NULL);
    const char *key = key_of_memory(config);
    MINOS_AUTO(minos_arena) *arena = NULL;
    mn_config_faults *faults;
    int64_t count;

    MINOS_TRY(minos_config_int(config, "workers", &count));
    if (count == 1 || action == NULL || key == NULL || !mn_app_wants_port(config, "broker"))
        return MINOS_OK;
    arena = minos_arena_new(0);
    faults = mn_arena_make(arena, mn_config_faults);
    faults->arena = arena;
    mn_config_faults_add(
        faults, mn_config_origin(config, "workers"),
        "workers: %lld with the broker \"memory\" (%s): its messages stay within one worker, so "
        "%s would miss most of them; set workers: 1, or a broker that processes share",
        (long long)count, key, minos_action_name(action));
    return mn_config_faults_raise(faults);
}
