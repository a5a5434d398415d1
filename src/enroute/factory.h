/*
 * The factory's inside, for routers.
 */
#ifndef MN_ENROUTE_FACTORY_H
#define MN_ENROUTE_FACTORY_H

#include <minos/enroute.h>

#include "enroute/action.h"

/* A service with its state. */
typedef struct mn_bound_service {
    const minos_service *table; /* the caller's, or a padded copy when it is of an older version */
    void *self;                 /* owned; NULL when it has none */
    bool is_set_up;
    bool was_set_up; /* its state is zeroed before the next setup */
} mn_bound_service;

struct minos_factory {
    minos_arena *arena; /* names, rows, actions */
    mn_bound_service *services;
    size_t service_count;
    minos_middleware_fn **middleware;
    size_t middleware_count;
    minos_action *actions;
    size_t action_count;
};

#endif
