/*
 * The original's files: its example of layout 2, and layout 1 with its variables.
 */
#include "support/support.h"

#include <string.h>

#include "base/alloc.h"
#include "config/config.h"
#include "config/test_rows.h"

/* behaviour.md §9, its dots filled in: all that it names and we lack is told, nothing else. */
static const char example[] =
    "version: 2\n"
    "name: order\n"
    "databases:\n"
    "  default: {client: minos.plugins.aiopg.AiopgDatabaseClient, database: order_db, user: minos,"
    " password: min0s, host: localhost, port: 5432}\n"
    "interfaces:\n"
    "  http:\n"
    "    port: minos.networks.HttpPort\n"
    "    connector: {client: minos.plugins.aiohttp.AioHttpConnector, host: 0.0.0.0, port: 8900}\n"
    "  broker:\n"
    "    port: minos.networks.BrokerPort\n"
    "    common: {host: localhost, port: 9092, queue: {records: 10, retry: 2}}\n"
    "    publisher: {client: minos.plugins.kafka.KafkaBrokerPublisher,"
    " queue: minos.networks.DatabaseBrokerPublisherQueue}\n"
    "    subscriber:\n"
    "      client: minos.plugins.kafka.KafkaBrokerSubscriber\n"
    "      queue: minos.networks.DatabaseBrokerSubscriberQueue\n"
    "      validator: minos.networks.DatabaseBrokerSubscriberDuplicateValidator\n"
    "  periodic: {port: minos.networks.PeriodicPort}\n"
    "pools: {lock: minos.common.DatabaseLockPool, database: minos.common.DatabaseClientPool,"
    " broker: minos.networks.BrokerClientPool}\n"
    "discovery: {connector: minos.networks.DiscoveryConnector,"
    " client: minos.plugins.minos_discovery.MinosDiscoveryClient, host: localhost, port: 5567}\n"
    "routers: [minos.networks.BrokerRouter, minos.networks.PeriodicRouter,"
    " minos.networks.RestHttpRouter]\n"
    "middleware: [src.middleware.audit]\n"
    "services: [minos.networks.SystemService, minos.networks.OpenAPIService,"
    " minos.networks.AsyncAPIService, src.orders.OrderService]\n";

static const wrong_row example_row = {
    "the original's example", example, NULL,
    "c.yml:4: databases.default.client: the database client \"postgres\" "
    "(minos.plugins.aiopg.AiopgDatabaseClient) is not in this build\n"
    "c.yml:12: interfaces.broker.publisher.client: the broker publisher \"kafka\" "
    "(minos.plugins.kafka.KafkaBrokerPublisher) is not in this build\n"
    "c.yml:12: interfaces.broker.publisher.queue: the publisher queue \"database\" "
    "(minos.networks.DatabaseBrokerPublisherQueue) is not in this build\n"
    "c.yml:14: interfaces.broker.subscriber.client: the broker subscriber \"kafka\" "
    "(minos.plugins.kafka.KafkaBrokerSubscriber) is not in this build\n"
    "c.yml:15: interfaces.broker.subscriber.queue: the subscriber queue \"database\" "
    "(minos.networks.DatabaseBrokerSubscriberQueue) is not in this build\n"
    "c.yml:16: interfaces.broker.subscriber.validator: the subscriber validator \"database\" "
    "(minos.networks.DatabaseBrokerSubscriberDuplicateValidator) is not in this build\n"
    "c.yml:18: pools.database: the database pool \"database\" (minos.common.DatabaseClientPool) "
    "is not in this build\n"
    "c.yml:19: discovery.client: the discovery client \"minos\" "
    "(minos.plugins.minos_discovery.MinosDiscoveryClient) is not in this build\n"
    "c.yml:22: services: the service \"openapi\" (minos.networks.OpenAPIService) "
    "is not in this build\n"
    "c.yml:22: services: the service \"asyncapi\" (minos.networks.AsyncAPIService) "
    "is not in this build"};

#define OLD "service:\n  name: Order\n"

static const wrong_row wrong_rows[] = {
    {"a misspelt tree", OLD "rset:\n  port: 80\n", NULL,
     "c.yml:3: unknown key \"rset\" in layout 1; did you mean \"rest\"?"},
    {"a misspelt key of a moved tree", OLD "rest:\n  prot: 80\n", NULL,
     "c.yml:4: unknown key \"rest.prot\"; did you mean \"port\"?"},
    {"a misspelt key of a divided tree", OLD "broker:\n  hots: a\n", NULL,
     "c.yml:4: unknown key \"broker.hots\" in layout 1; did you mean \"broker.host\"?"},
    {"a fault keeps the old name", OLD "rest:\n  port: 70000\n", NULL,
     "c.yml:4: rest.port: 70000 is out of range: 0 to 65535"},
    {"a name that is no text", "service:\n  name: 7\n", NULL,
     "c.yml:2: service.name: must be a string, is an integer; put it in quotes"},
    {"a scalar for a tree", OLD "rest: 80\n", NULL,
     "c.yml:3: rest: must be a map of keys, is an integer"},
    {"a scalar for a divided tree", OLD "broker: a\n", NULL,
     "c.yml:3: broker: must be a map of keys, is a string"},
    {"a scalar for the service", "service: Order\n", NULL,
     "c.yml:1: service: must be a map of keys, is a string"},
    {"layout 2 in layout 1", "version: 1\ninterfaces: {}\n", NULL,
     "c.yml:2: key \"interfaces\" is of layout 2; set version: 2 to use it"},
    {"layout 1 in layout 2", "version: 2\nrest: {port: 80}\n", NULL,
     "c.yml:2: unknown key \"rest\""},
    {"old endpoints", OLD "rest:\n  endpoints: []\n", NULL,
     "c.yml:4: unknown key \"rest.endpoints\""},
    {"still older events", OLD "events: {broker: localhost}\n", NULL,
     "c.yml:3: unknown key \"events\" in layout 1"},
    {"repository and queue", OLD "repository: {host: a}\nbroker:\n  queue: {host: b, records: 5}\n",
     NULL,
     "c.yml:3: repository.host: a client for database servers is not in this build\n"
     "c.yml:5: broker.queue.host: a client for database servers is not in this build"},
    {"repository by its client",
     OLD "repository:\n  client: minos.plugins.aiopg.AiopgDatabaseClient\n", NULL,
     "c.yml:4: repository.client: the database client \"postgres\" "
     "(minos.plugins.aiopg.AiopgDatabaseClient) is not in this build"},
    {"sagas", OLD "saga:\n  storage: {path: a}\n  manager: b\n", NULL,
     "c.yml:5: saga.manager: support for sagas is not in this build"},
    {"an aggregate", "service:\n  name: Order\n  aggregate: src.Order\n", NULL,
     "c.yml:3: service.aggregate: support for aggregates is not in this build"},
    {"no such port", "service:\n  services: [minos.networks.FtpPort, [], none]\n", NULL,
     "c.yml:2: service.services: there is no port \"minos.networks.FtpPort\"\n"
     "c.yml:2: service.services: must be a list of names, holds a list\n"
     "c.yml:2: service.services: there is no port \"none\""},
    {"ports that are no list", "service:\n  services: minos.networks.HttpPort\n", NULL,
     "c.yml:2: service.services: must be a list of names, is a string"},
    {"injections",
     "service:\n  injections:\n    - minos.networks.InMemoryBrokerPublisher\n"
     "    - minos.plugins.kafka.KafkaBrokerSubscriberBuilder\n    - src.Custom\n    - []\n",
     NULL,
     "c.yml:4: service.injections: the broker subscriber \"kafka\" "
     "(minos.plugins.kafka.KafkaBrokerSubscriberBuilder) is not in this build\n"
     "c.yml:5: service.injections: \"src.Custom\" is not in this build\n"
     "c.yml:6: service.injections: must be a list of names, holds a list"},
    {"injections by name", "service:\n  injections: {pool: minos.common.PostgreSqlPool}\n", NULL,
     "c.yml:2: service.injections: the database pool \"database\" (minos.common.PostgreSqlPool) "
     "is not in this build"},
    {"injections that are no list", "service:\n  injections: a\n", NULL,
     "c.yml:2: service.injections: must be a list of names, is a string"},
    {"an old variable", OLD, MN_SETTINGS("MINOS_REST_PORT=x"),
     "MINOS_REST_PORT: must be an integer, is \"x\""},
    {"an old variable of a database", OLD, MN_SETTINGS("MINOS_REPOSITORY_HOST=x"),
     "MINOS_REPOSITORY_HOST: a client for database servers is not in this build"},
    {"an old variable of a queue", OLD, MN_SETTINGS("MINOS_BROKER_QUEUE_HOST=x"),
     "MINOS_BROKER_QUEUE_HOST: a client for database servers is not in this build"},
    {"an old variable with layout 2 is another's", "name: a\n", MN_SETTINGS("MINOS_REST_PORT=x"),
     NULL},
    {NULL, NULL, NULL, NULL},
};

static void the_example(void **state)
{
    (void)state;
    check_wrong(&example_row);
}

static void wrong(void **state)
{
    (void)state;
    run_wrong_rows(wrong_rows);
}

static void right(void **state)
{
    static const char old[] = "service:\n"
                              "  name: Order\n"
                              "  services: [minos.networks.HttpPort, minos.networks.BrokerPort]\n"
                              "  injections:\n"
                              "    - minos.networks.BrokerClientPool\n"
                              "    - minos.plugins.aiohttp.AioHttpConnector\n"
                              "    - minos.networks.InMemoryBrokerPublisher\n"
                              "rest: {host: localhost, port: 8900}\n"
                              "broker:\n"
                              "  host: queue.local\n"
                              "  port: 9092\n"
                              "  queue: {records: 10, retry: 3}\n"
                              "services: [src.orders]\n"
                              "settings: {limit: 5}\n";
    static const struct {
        const char *key;
        const char *text; /* NULL: an integer */
        int64_t integer;
    } rows[] = {
        {"version", NULL, 1},
        {"name", "Order", 0},
        {"interfaces.http.port", "http", 0},
        {"interfaces.broker.port", "broker", 0},
        {"interfaces.periodic.port", "none", 0},
        {"interfaces.http.connector.client", "http", 0},
        {"interfaces.http.connector.host", "localhost", 0},
        {"interfaces.http.connector.port", NULL, 9000},
        {"interfaces.broker.common.host", "queue.local", 0},
        {"interfaces.broker.common.port", NULL, 9092},
        {"interfaces.broker.common.queue.records", NULL, 10},
        {"interfaces.broker.common.queue.retry", NULL, 3},
        {"interfaces.broker.publisher.client", "memory", 0},
        {"pools.broker.client", "broker", 0},
        {"settings.limit", NULL, 5},
    };
    minos_config *config = NULL;

    (void)state;
    assert_ok(build_with(old, NULL, MN_SETTINGS("MINOS_REST_PORT=9000"), &config));
    for (size_t i = 0; i < mn_count_of(rows); i++) {
        const char *text = "";
        int64_t integer = 0;
        if (rows[i].text != NULL) {
            assert_ok(minos_config_text(config, rows[i].key, &text));
            assert_string_equal(text, rows[i].text);
        } else {
            assert_ok(minos_config_int(config, rows[i].key, &integer));
            assert_int_equal(integer, rows[i].integer);
        }
    }
    minos_config_free(config);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_example),
        cmocka_unit_test(wrong),
        cmocka_unit_test(right),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
