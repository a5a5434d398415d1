/*
 * Names of components: the short ones of ours, and the original's class names, which are aliases
 * of them. One table; a component that this build lacks is a row too, so that it can be refused
 * by name.
 */
#ifndef MN_CONFIG_NAME_H
#define MN_CONFIG_NAME_H

#include <stdbool.h>
#include <stddef.h>

#include <minos/view.h>

/*
 * X(role, noun, open, key): what a name can stand for. Open roles take names that are no row: those
 * of a program's or a plugin's own. `key` is where layout 1's `service.injections` puts it.
 */
#define MN_ROLE_MAP(X)                                                                             \
    X(HTTP_PORT, "HTTP port", false, "interfaces.http.port")                                       \
    X(HTTP_CONNECTOR, "HTTP connector", false, "interfaces.http.connector.client")                 \
    X(BROKER_PORT, "broker port", false, "interfaces.broker.port")                                 \
    X(BROKER, "broker", false, NULL)                                                               \
    X(PUBLISHER, "broker publisher", false, "interfaces.broker.publisher.client")                  \
    X(PUBLISHER_QUEUE, "publisher queue", false, "interfaces.broker.publisher.queue")              \
    X(SUBSCRIBER, "broker subscriber", false, "interfaces.broker.subscriber.client")               \
    X(SUBSCRIBER_QUEUE, "subscriber queue", false, "interfaces.broker.subscriber.queue")           \
    X(VALIDATOR, "subscriber validator", false, "interfaces.broker.subscriber.validator")          \
    X(PERIODIC_PORT, "periodic port", false, "interfaces.periodic.port")                           \
    X(LOCK_POOL, "lock pool", false, "pools.lock.client")                                          \
    X(DATABASE_POOL, "database pool", false, "pools.database.client")                              \
    X(CLIENT_POOL, "broker client pool", false, "pools.broker.client")                             \
    X(DISCOVERY_CONNECTOR, "discovery connector", false, "discovery.connector")                    \
    X(DISCOVERY_CLIENT, "discovery client", false, "discovery.client")                             \
    X(DATABASE, "database client", false, NULL)                                                    \
    X(ROUTER, "router", false, NULL)                                                               \
    X(MIDDLEWARE, "middleware", true, NULL)                                                        \
    X(SERVICE, "service", true, NULL)                                                              \
    X(LOG_LEVEL, "log level", false, NULL)                                                         \
    X(LOG_FORMAT, "log format", false, NULL)

typedef enum mn_role {
#define MN_ROLE_ENUM(role, noun, open, key) MN_ROLE_##role,
    MN_ROLE_MAP(MN_ROLE_ENUM)
#undef MN_ROLE_ENUM
        MN_ROLE_COUNT
} mn_role;

#define MN_NAME_ORIGINALS_MAX 3

typedef struct mn_name {
    mn_role role;
    const char *name;                             /* ours, short */
    const char *originals[MN_NAME_ORIGINALS_MAX]; /* the original's classes; NULL: no more */
    bool absent;                                  /* not in this build */
} mn_name;

/* The table, ended by a row without name. */
extern const mn_name mn_names[];

const char *mn_role_noun(mn_role role);
bool mn_role_open(mn_role role);
const char *mn_role_key(mn_role role);
/* Find a name or alias of a role; NULL when there is none. */
const mn_name *mn_name_find(mn_role role, minos_view name);
/* Find a class of the original under whatever role; NULL when there is none. */
const mn_name *mn_name_find_original(minos_view name);
/* Guess the name of a role that was meant; NULL when nothing is near. */
const mn_name *mn_name_suggest(mn_role role, minos_view name);

#endif
