/*
 * The router's inside.
 */
#ifndef MN_ENROUTE_ROUTER_H
#define MN_ENROUTE_ROUTER_H

#include <minos/enroute.h>

#include "base/map.h"
#include "enroute/factory.h"

/* One key: its actions, by method for REST, of one event or alone elsewhere. */
typedef struct mn_routed {
    minos_action *action;
    struct mn_routed *next; /* the same path under another method */
} mn_routed;

struct minos_router {
    minos_router_kind kind;
    minos_factory *factory;
    bool is_built;
    bool is_left_out;       /* config's `routers:` does not name it */
    minos_action **actions; /* NULL-terminated */
    size_t count;
    mn_routed *entries; /* one an action */
    mn_map by_key;
};

/* The door whose rows a kind takes; NONE for no kind. */
minos_door mn_router_door(minos_router_kind kind);

#endif
