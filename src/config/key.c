/*
 * The table of keys: see key.h. To add a key, add a row; to bring a component into the build, take
 * its `.absent` away here or its ABSENT in name.c.
 */
#include "config/key.h"

#include <string.h>

#include <minos/time.h>

#include "config/scalar.h"

#define KIB INT64_C(1024)
#define MIB (1024 * KIB)
#define GIB (1024 * MIB)

/* What follows the parameters shown are designators, `.doc` always among them. */
#define MAP(key_, ...)                                                                             \
    {                                                                                              \
        .key = (key_), .type = MN_KEY_MAP, __VA_ARGS__                                             \
    }
#define FREE(key_, ...)                                                                            \
    {                                                                                              \
        .key = (key_), .type = MN_KEY_FREE, __VA_ARGS__                                            \
    }
#define RANGE(type_, key_, standard_, min_, max_, ...)                                             \
    {                                                                                              \
        .key = (key_), .type = MN_KEY_##type_, .standard = (standard_), .min = (min_),             \
        .max = (max_), __VA_ARGS__                                                                 \
    }
#define INT(...)                         RANGE(INT, __VA_ARGS__)
#define BYTES(...)                       RANGE(BYTES, __VA_ARGS__)
#define DURATION(...)                    RANGE(DURATION, __VA_ARGS__)
#define TEXT(key_, standard_, max_, ...) RANGE(TEXT, key_, standard_, 1, max_, __VA_ARGS__)
#define NAMED(type_, key_, role_, ...)                                                             \
    {                                                                                              \
        .key = (key_), .type = MN_KEY_##type_, .role = MN_ROLE_##role_, __VA_ARGS__                \
    }
#define NAME(...)  NAMED(NAME, __VA_ARGS__)
#define NAMES(...) NAMED(NAMES, __VA_ARGS__)

#define IN_HTTP   "interfaces.http."
#define IN_BROKER "interfaces.broker."
#define SERVER    "a client for database servers"

const mn_key mn_keys[] = {
    INT("version", "2", 1, 2,
        .doc = "Layout of the file; when not set, 1 if the file has service: at its top, else 2."),
    TEXT("name", "minos", 255,
         .doc = "Name of the service: its group at the broker and its name in discovery."),

    MAP("interfaces", .doc = "The doors through which requests come; when a file names some, only "
                             "those are open."),
    MAP("interfaces.http", .doc = "The HTTP door."),
    NAME(IN_HTTP "port", HTTP_PORT, .standard = "http",
         .doc = "What answers HTTP; none leaves the door shut."),
    MAP("interfaces.http.connector", .doc = "Where HTTP is listened for, and its limits."),
    NAME(IN_HTTP "connector.client", HTTP_CONNECTOR, .standard = "http", .doc = "The HTTP engine."),
    TEXT(IN_HTTP "connector.host", "0.0.0.0", 255, .doc = "Address or host name to listen on."),
    INT(IN_HTTP "connector.port", "8080", 0, 65535,
        .doc = "TCP port to listen on; 0 takes any free one."),
    INT(IN_HTTP "connector.max_connections", "1024", 1, 1000000,
        .doc = "Requests in handlers at once; further ones wait."),
    INT(IN_HTTP "connector.connections_open_max", "10000", 1, 1000000,
        .doc = "Connections open at once; further ones are answered with status 503."),
    BYTES(IN_HTTP "connector.request_line_bytes_max", "8 KiB", 64, MIB,
          .doc = "Longest request line taken; above: status 414."),
    BYTES(IN_HTTP "connector.headers_bytes_max", "32 KiB", 256, 16 * MIB,
          .doc = "Most bytes in the headers of one request; above: status 431."),
    INT(IN_HTTP "connector.headers_count_max", "100", 1, 10000,
        .doc = "Most headers in one request; above: status 431."),
    BYTES(IN_HTTP "connector.body_bytes_max", "1 MiB", 1, GIB,
          .doc = "Largest body taken; above: status 413."),
    DURATION(IN_HTTP "connector.header_timeout", "10 s", MINOS_MS, MINOS_H,
             .doc = "Time in which a whole head must come; after it: status 408."),
    DURATION(IN_HTTP "connector.body_timeout", "30 s", MINOS_MS, MINOS_H,
             .doc = "Time in which a whole body must come; after it: status 408."),
    DURATION(IN_HTTP "connector.keep_alive", "75 s", MINOS_MS, 24 * MINOS_H,
             .doc = "Time for which a connection may rest between two requests."),
    DURATION(IN_HTTP "connector.request_timeout", "30 s", MINOS_MS, 24 * MINOS_H,
             .doc = "Time that a handler has for its answer; after it: status 504."),

    MAP("interfaces.broker", .doc = "The broker door."),
    NAME(IN_BROKER "port", BROKER_PORT, .standard = "broker",
         .doc = "What answers commands, queries and events; none leaves the door shut."),
    MAP("interfaces.broker.common", .doc = "What publisher and subscriber share."),
    NAME(IN_BROKER "common.client", BROKER, .standard = "memory",
         .doc = "The broker; memory lives in the process and reaches no other."),
    TEXT(IN_BROKER "common.host", "localhost", 255,
         .doc = "Host of the broker's server, when it has one."),
    INT(IN_BROKER "common.port", NULL, 1, 65535,
        .doc = "TCP port of the broker's server; when not set, the usual one of its kind."),
    TEXT(IN_BROKER "common.user", NULL, 255, .doc = "User at the broker's server."),
    TEXT(IN_BROKER "common.password", NULL, 1024, .secret = true,
         .doc = "Password at the broker's server."),
    TEXT(IN_BROKER "common.path", NULL, 4096, .absent = "the sqlite broker",
         .doc = "File of the sqlite broker, shared by the services of one host."),
    MAP("interfaces.broker.common.queue",
        .doc = "Sizes of the queues before and behind the broker."),
    INT(IN_BROKER "common.queue.records", "1000", 1, 1000000,
        .doc = "Messages taken in one batch, and the most held in the process."),
    INT(IN_BROKER "common.queue.retry", "2", 0, 1000,
        .doc = "Times that a message which cannot be decoded is tried."),
    MAP("interfaces.broker.publisher", .doc = "How messages are sent."),
    NAME(IN_BROKER "publisher.client", PUBLISHER, .inherits = IN_BROKER "common.client",
         .doc = "The broker that messages are sent to."),
    NAME(IN_BROKER "publisher.queue", PUBLISHER_QUEUE, .standard = "none",
         .doc = "Where messages wait to be sent."),
    MAP("interfaces.broker.subscriber", .doc = "How messages are received."),
    NAME(IN_BROKER "subscriber.client", SUBSCRIBER, .inherits = IN_BROKER "common.client",
         .doc = "The broker that messages are received from."),
    TEXT(IN_BROKER "subscriber.group", NULL, 255, .inherits = "name",
         .doc = "Group that shares the messages of a topic; each group gets one copy."),
    NAME(IN_BROKER "subscriber.queue", SUBSCRIBER_QUEUE, .standard = "none",
         .doc = "Where received messages wait for a handler."),
    NAME(IN_BROKER "subscriber.validator", VALIDATOR, .standard = "none",
         .doc = "What refuses messages that came before."),
    MAP("interfaces.broker.consumer", .doc = "How messages are handled."),
    INT(IN_BROKER "consumer.concurrency", "5", 1, 100000, .doc = "Messages in handlers at once."),

    MAP("interfaces.periodic", .doc = "The door of periodic tasks."),
    NAME("interfaces.periodic.port", PERIODIC_PORT, .standard = "periodic",
         .doc = "What runs periodic tasks; none leaves the door shut."),

    MAP("pools", .doc = "Things that are lent and given back."),
    MAP("pools.lock", .shorthand = true,
        .doc = "Locks that services share; a name alone stands for its client."),
    NAME("pools.lock.client", LOCK_POOL, .standard = "database",
         .doc = "Kind of the pool of locks."),
    INT("pools.lock.maxsize", "100", 1, 10000, .doc = "Most locks out at once."),
    MAP("pools.database", .shorthand = true, .absent = "the pool of database connections",
        .doc = "Connections to databases; a name alone stands for its client."),
    NAME("pools.database.client", DATABASE_POOL, .standard = "none",
         .doc = "Kind of the pool of connections."),
    INT("pools.database.maxsize", NULL, 1, 10000, .doc = "Most connections out at once."),
    MAP("pools.broker", .shorthand = true,
        .doc = "Broker clients; a name alone stands for its client."),
    NAME("pools.broker.client", CLIENT_POOL, .standard = "broker",
         .doc = "Kind of the pool of broker clients."),
    INT("pools.broker.maxsize", "5", 1, 10000, .doc = "Most broker clients out at once."),

    MAP("discovery", .absent = "service discovery", .doc = "Where the service makes itself known."),
    NAME("discovery.connector", DISCOVERY_CONNECTOR, .doc = "What tells discovery of the service."),
    NAME("discovery.client", DISCOVERY_CLIENT, .doc = "Kind of the discovery server."),
    TEXT("discovery.host", NULL, 255, .doc = "Host of the discovery server."),
    INT("discovery.port", NULL, 1, 65535, .doc = "TCP port of the discovery server."),
    TEXT("discovery.auth-type", NULL, 64, .doc = "Authentication of routes at Kong."),
    INT("discovery.token-exp", NULL, 1, INT64_MAX, .doc = "Minutes for which Kong's tokens hold."),

    MAP("databases", .doc = "The databases, each under a name of your own; default is the usual."),
    MAP("databases.*", .doc = "One database."),
    NAME("databases.*.client", DATABASE, .standard = "sqlite", .doc = "Kind of the database."),
    TEXT("databases.*.database", NULL, 255, .absent = SERVER,
         .doc = "Name of the database at its server."),
    TEXT("databases.*.user", NULL, 255, .absent = SERVER, .doc = "User at the database's server."),
    TEXT("databases.*.password", NULL, 1024, .absent = SERVER, .secret = true,
         .doc = "Password at the database's server."),
    TEXT("databases.*.host", NULL, 255, .absent = SERVER, .doc = "Host of the database's server."),
    INT("databases.*.port", NULL, 1, 65535, .absent = SERVER,
        .doc = "TCP port of the database's server."),
    TEXT("databases.*.path", NULL, 4096,
         .doc = "File of a database without server; when not set, its name (default: that of the "
                "service) with .db in the folder data."),
    TEXT("data", "data", 3000,
         .doc = "Folder of the service's own files, relative to where it is started."),

    NAMES("routers", ROUTER, .doc = "Routers that are built; when not set, all."),
    NAMES("middleware", MIDDLEWARE,
          .doc = "What stands around every handler, the outermost first; when not set, all "
                 "that there is."),
    NAMES("services", SERVICE, .doc = "Services that run; when not set, all that there are."),
    {.key = "modules",
     .type = MN_KEY_PATHS,
     .max = 4096,
     .doc = "Shared objects that minos run loads services from, relative to the file's folder."},

    INT("workers", "1", 1, 256,
        .doc = "Processes that share the service's work; above 1 a supervisor keeps them. Periodic "
               "tasks run in one of them."),
    MAP("fiber", .doc = "Fibers, on which handlers run."),
    BYTES("fiber.stack_bytes", "256 KiB", 16 * KIB, 64 * MIB,
          .doc = "Stack of each fiber; only what is touched takes memory."),
    MAP("log", .doc = "The log, on standard error."),
    NAME("log.level", LOG_LEVEL, .standard = "info", .doc = "Least severity that is logged."),
    NAME("log.format", LOG_FORMAT, .standard = "auto",
         .doc = "Form of a line; auto is text on a terminal and json elsewhere."),
    DURATION("drain_timeout", "20 s", 0, MINOS_H,
             .doc = "Time in which work that was taken is finished at a stop."),
    DURATION("stall_timeout", "30 s", 0, MINOS_H,
             .doc = "Time after which a process whose handlers neither wait nor yield is aborted, "
                    "with the handler named; 0: never."),
    FREE("settings", .doc = "Keys of the services' own, read by their names below settings."),

    FREE("aggregate", .absent = "support for aggregates", .doc = "Aggregates of the original."),
    FREE("saga", .absent = "support for sagas", .doc = "Sagas of the original."),
    FREE("injections", .absent = "support for injections",
         .doc = "Further objects of the original."),
    FREE("serializer", .absent = "a choice of serializers",
         .doc = "The serializer of the original."),
    {.key = NULL},
};

/* Compare a dotted key with a pattern; as `prefix` the pattern may be used up at a dot. */
static bool matches(const char *key, const char *pattern, bool prefix)
{
    for (;;) {
        size_t key_size = strcspn(key, ".");
        size_t size = strcspn(pattern, ".");
        bool any = size == 1 && pattern[0] == '*' && key_size > 0;

        if (!any && (key_size != size || memcmp(key, pattern, size) != 0))
            return false;
        key += key_size;
        pattern += size;
        if (*pattern == '\0')
            return prefix ? *key == '.' : *key == '\0';
        if (*key == '\0')
            return false;
        key++;
        pattern++;
    }
}

const mn_key *mn_key_find(const char *key)
{
    for (const mn_key *row = mn_keys; row->key != NULL; row++)
        if (matches(key, row->key, false))
            return row;
    return NULL;
}

bool mn_key_is_below(const char *key, const char *prefix)
{
    return matches(key, prefix, true);
}

bool mn_key_is_child(const mn_key *row, const char *prefix, const char **ret_name)
{
    const char *last = strrchr(row->key, '.');
    size_t size = last == NULL ? 0 : (size_t)(last - row->key);

    if (size != strlen(prefix) || memcmp(row->key, prefix, size) != 0)
        return false;
    *ret_name = last == NULL ? row->key : last + 1;
    return true;
}

const mn_key *mn_key_absent_above(const char *key)
{
    for (const mn_key *row = mn_keys; row->key != NULL; row++)
        if (row->absent != NULL && (row->type == MN_KEY_MAP || row->type == MN_KEY_FREE) &&
            matches(key, row->key, true))
            return row;
    return NULL;
}

const char *mn_key_suggest(const char *parent, minos_view name)
{
    const char *best = NULL;
    const char *elsewhere = NULL;
    size_t best_distance = SIZE_MAX;
    size_t elsewhere_count = 0;

    for (const mn_key *row = mn_keys; row->key != NULL; row++) {
        const char *last = strrchr(row->key, '.');
        const char *child;
        if (minos_view_is(name, last == NULL ? row->key : last + 1) && !minos_view_is(name, "*")) {
            elsewhere = row->key;
            elsewhere_count++;
        }
        if (mn_key_is_child(row, parent, &child) && strcmp(child, "*") != 0) {
            size_t distance = mn_word_distance(name, minos_view_of(child));
            if (minos_view_is(name, child))
                return NULL; /* it is another name of the key that is wrong */
            if (distance < best_distance && mn_word_near(distance, name.size)) {
                best = child;
                best_distance = distance;
            }
        }
    }
    return best != NULL ? best : elsewhere_count == 1 ? elsewhere : NULL;
}

const char *mn_key_suggest_whole(minos_view key)
{
    const char *best = NULL;
    size_t best_distance = SIZE_MAX;

    for (const mn_key *row = mn_keys; row->key != NULL; row++) {
        size_t distance = mn_word_distance(key, minos_view_of(row->key));
        if (distance < best_distance && mn_word_near(distance, key.size)) {
            best = row->key;
            best_distance = distance;
        }
    }
    return best;
}

const char *mn_key_type_noun(mn_key_type type)
{
    static const char *const nouns[] = {
        [MN_KEY_MAP] = "a map of keys",
        [MN_KEY_FREE] = "a map of keys",
        [MN_KEY_INT] = "an integer",
        [MN_KEY_BYTES] = "a size such as 64 KiB",
        [MN_KEY_DURATION] = "a length of time such as 30 s",
        [MN_KEY_BOOL] = "true or false",
        [MN_KEY_TEXT] = "a string",
        [MN_KEY_NAME] = "a name",
        [MN_KEY_NAMES] = "a list of names",
        [MN_KEY_PATHS] = "a list of files",
    };
    return nouns[type];
}

bool mn_key_looks_secret(const char *key)
{
    static const char *const words[] = {"password",   "passwd", "passphrase", "secret",     "token",
                                        "credential", "apikey", "api_key",    "private_key"};
    const char *last = strrchr(key, '.');

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strcasestr(key, words[i]) != NULL)
            return true;
    return strcasecmp(last == NULL ? key : last + 1, "key") == 0;
}
