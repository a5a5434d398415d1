/*
 * The table of names: see name.h.
 */
#include "config/name.h"

#include <stdint.h>

#include "config/scalar.h"

#define NAME(role_, name_, ...)                                                                    \
    {                                                                                              \
        .role = MN_ROLE_##role_, .name = (name_), .originals = { __VA_ARGS__ }                     \
    }
#define ABSENT(role_, name_, ...)                                                                  \
    {                                                                                              \
        .role = MN_ROLE_##role_, .name = (name_), .originals = {__VA_ARGS__}, .absent = true       \
    }

const mn_name mn_names[] = {
    NAME(HTTP_PORT, "http", "minos.networks.HttpPort"),
    NAME(HTTP_PORT, "none", NULL),
    NAME(HTTP_CONNECTOR, "http", "minos.plugins.aiohttp.AioHttpConnector"),
    NAME(BROKER_PORT, "broker", "minos.networks.BrokerPort"),
    NAME(BROKER_PORT, "none", NULL),
    NAME(PERIODIC_PORT, "periodic", "minos.networks.PeriodicPort"),
    NAME(PERIODIC_PORT, "none", NULL),

    NAME(BROKER, "memory", NULL),
    ABSENT(BROKER, "sqlite", NULL),
    ABSENT(BROKER, "rabbitmq", NULL),
    ABSENT(BROKER, "kafka", NULL),
    ABSENT(BROKER, "nats", NULL),
    NAME(PUBLISHER, "memory", "minos.networks.InMemoryBrokerPublisher"),
    ABSENT(PUBLISHER, "sqlite", NULL),
    ABSENT(PUBLISHER, "rabbitmq", "minos.plugins.rabbitmq.RabbitMQBrokerPublisher",
           "minos.plugins.rabbitmq.RabbitMQBrokerPublisherBuilder"),
    ABSENT(PUBLISHER, "kafka", "minos.plugins.kafka.KafkaBrokerPublisher",
           "minos.plugins.kafka.KafkaBrokerPublisherBuilder"),
    ABSENT(PUBLISHER, "nats", NULL),
    NAME(SUBSCRIBER, "memory", "minos.networks.InMemoryBrokerSubscriber",
         "minos.networks.InMemoryBrokerSubscriberBuilder"),
    ABSENT(SUBSCRIBER, "sqlite", NULL),
    ABSENT(SUBSCRIBER, "rabbitmq", "minos.plugins.rabbitmq.RabbitMQBrokerSubscriber",
           "minos.plugins.rabbitmq.RabbitMQBrokerSubscriberBuilder"),
    ABSENT(SUBSCRIBER, "kafka", "minos.plugins.kafka.KafkaBrokerSubscriber",
           "minos.plugins.kafka.KafkaBrokerSubscriberBuilder"),
    ABSENT(SUBSCRIBER, "nats", NULL),

    NAME(PUBLISHER_QUEUE, "none", NULL),
    NAME(PUBLISHER_QUEUE, "memory", "minos.networks.InMemoryBrokerPublisherQueue",
         "minos.networks.InMemoryBrokerPublisherQueueBuilder"),
    ABSENT(PUBLISHER_QUEUE, "database", "minos.networks.DatabaseBrokerPublisherQueue",
           "minos.networks.PostgreSqlBrokerPublisherQueue"),
    NAME(SUBSCRIBER_QUEUE, "none", NULL),
    NAME(SUBSCRIBER_QUEUE, "memory", "minos.networks.InMemoryBrokerSubscriberQueue",
         "minos.networks.InMemoryBrokerSubscriberQueueBuilder"),
    ABSENT(SUBSCRIBER_QUEUE, "database", "minos.networks.DatabaseBrokerSubscriberQueue",
           "minos.networks.PostgreSqlBrokerSubscriberQueue"),
    NAME(VALIDATOR, "none", NULL),
    NAME(VALIDATOR, "memory", "minos.networks.InMemoryBrokerSubscriberDuplicateValidator",
         "minos.networks.InMemoryBrokerSubscriberDuplicateValidatorBuilder"),
    ABSENT(VALIDATOR, "database", "minos.networks.DatabaseBrokerSubscriberDuplicateValidator",
           "minos.networks.PostgreSqlBrokerSubscriberDuplicateValidator"),

    NAME(LOCK_POOL, "none", NULL),
    NAME(LOCK_POOL, "database", "minos.common.DatabaseLockPool", "minos.common.PostgreSqlLockPool"),
    NAME(DATABASE_POOL, "none", NULL),
    ABSENT(DATABASE_POOL, "database", "minos.common.DatabaseClientPool",
           "minos.common.PostgreSqlPool"),
    NAME(CLIENT_POOL, "broker", "minos.networks.BrokerClientPool"),

    ABSENT(DISCOVERY_CONNECTOR, "discovery", "minos.networks.DiscoveryConnector"),
    ABSENT(DISCOVERY_CLIENT, "memory", "minos.networks.InMemoryDiscoveryClient"),
    ABSENT(DISCOVERY_CLIENT, "minos", "minos.plugins.minos_discovery.MinosDiscoveryClient",
           "minos.networks.MinosDiscoveryClient"),
    ABSENT(DISCOVERY_CLIENT, "kong", "minos.plugins.kong.KongDiscoveryClient",
           "minos.networks.KongDiscoveryClient"),

    NAME(DATABASE, "sqlite", NULL),
    ABSENT(DATABASE, "postgres", "minos.plugins.aiopg.AiopgDatabaseClient"),
    ABSENT(DATABASE, "sqlalchemy", "minos.plugins.sqlalchemy.SqlAlchemyDatabaseClient"),
    ABSENT(DATABASE, "lmdb", "minos.plugins.lmdb.LmdbDatabaseClient"),

    NAME(ROUTER, "broker", "minos.networks.BrokerRouter"),
    NAME(ROUTER, "http", "minos.networks.HttpRouter"),
    NAME(ROUTER, "rest", "minos.networks.RestHttpRouter"),
    NAME(ROUTER, "periodic", "minos.networks.PeriodicRouter"),
    ABSENT(ROUTER, "graphql", "minos.plugins.graphql.GraphQlHttpRouter"),
    ABSENT(MIDDLEWARE, "saga", "minos.saga.transactional_command",
           "minos.saga.middleware.transactional_command"),
    NAME(SERVICE, "system", "minos.networks.SystemService"),
    ABSENT(SERVICE, "openapi", "minos.networks.OpenAPIService"),
    ABSENT(SERVICE, "asyncapi", "minos.networks.AsyncAPIService"),

    NAME(LOG_LEVEL, "error", NULL),
    NAME(LOG_LEVEL, "warning", NULL),
    NAME(LOG_LEVEL, "notice", NULL),
    NAME(LOG_LEVEL, "info", NULL),
    NAME(LOG_LEVEL, "debug", NULL),
    NAME(LOG_FORMAT, "auto", NULL),
    NAME(LOG_FORMAT, "json", NULL),
    NAME(LOG_FORMAT, "text", NULL),
    {.name = NULL},
};

typedef struct role_row {
    const char *noun;
    bool open;
    const char *key;
} role_row;

static const role_row role_rows[MN_ROLE_COUNT] = {
#define ROLE_ROW(role, noun, open, key) [MN_ROLE_##role] = {noun, open, key},
    MN_ROLE_MAP(ROLE_ROW)
#undef ROLE_ROW
};

const char *mn_role_noun(mn_role role)
{
    return role_rows[role].noun;
}

bool mn_role_open(mn_role role)
{
    return role_rows[role].open;
}

const char *mn_role_key(mn_role role)
{
    return role_rows[role].key;
}

static bool has_original(const mn_name *row, minos_view name)
{
    for (size_t i = 0; i < MN_NAME_ORIGINALS_MAX && row->originals[i] != NULL; i++)
        if (minos_view_is(name, row->originals[i]))
            return true;
    return false;
}

const mn_name *mn_name_find(mn_role role, minos_view name)
{
    for (const mn_name *row = mn_names; row->name != NULL; row++)
        if (row->role == role && (minos_view_is(name, row->name) || has_original(row, name)))
            return row;
    return NULL;
}

const mn_name *mn_name_find_original(minos_view name)
{
    for (const mn_name *row = mn_names; row->name != NULL; row++)
        if (has_original(row, name))
            return row;
    return NULL;
}

const mn_name *mn_name_suggest(mn_role role, minos_view name)
{
    const mn_name *best = NULL;
    size_t best_distance = SIZE_MAX;

    for (const mn_name *row = mn_names; row->name != NULL; row++) {
        for (size_t i = 0; row->role == role && i <= MN_NAME_ORIGINALS_MAX; i++) {
            const char *word = i == 0 ? row->name : row->originals[i - 1];
            size_t distance;
            if (word == NULL)
                break;
            distance = mn_word_distance(name, minos_view_of(word));
            if (distance < best_distance && mn_word_near(distance, name.size)) {
                best = row;
                best_distance = distance;
            }
        }
    }
    return best;
}
