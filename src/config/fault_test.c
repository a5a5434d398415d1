/*
 * Configurations that are wrong: every message whole, with its line.
 */
#include "support/support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "config/config.h"
#include "config/test_rows.h"

#define HTTP    "interfaces:\n  http:\n    connector:\n"
#define C       "c.yml:"
#define IN_HTTP "interfaces.http.connector."

static const wrong_row shape_rows[] = {
    {"a scalar document", "hello\n", NULL,
     C "1: a configuration is a map of keys, this is a string"},
    {"a list document", "- name\n- version\n", NULL,
     C "1: a configuration is a map of keys, this is a list"},
    {"unknown at the top", "nmae: shop\n", NULL,
     C "1: unknown key \"nmae\"; did you mean \"name\"?"},
    {"unknown, like nothing", "name: shop\nfrobnicate: 1\n", NULL,
     C "2: unknown key \"frobnicate\""},
    {"unknown in the depth", HTTP "      prot: 8080\n", NULL,
     C "4: unknown key \"interfaces.http.connector.prot\"; did you mean \"port\"?"},
    {"unknown, neighbours swapped", "lgo: {level: info}\n", NULL,
     C "1: unknown key \"lgo\"; did you mean \"log\"?"},
    {"right key in the wrong place", "name: a\nmax_connections: 5\n", NULL,
     C "2: unknown key \"max_connections\"; "
       "did you mean \"interfaces.http.connector.max_connections\"?"},
    {"case matters", "Name: shop\n", NULL, C "1: unknown key \"Name\"; did you mean \"name\"?"},
    {"a dotted key", "log.level: info\n", NULL, C "1: unknown key \"log.level\""},
    {"a star", "databases:\n  '*': {client: postgres}\n", NULL, C "2: unknown key \"databases.*\""},
    {"a scalar for a map", "interfaces:\n  http: yes\n", NULL,
     C "2: interfaces.http: must be a map of keys, is a string"},
    {"a list for a map", "interfaces:\n  http: [1]\n", NULL,
     C "2: interfaces.http: must be a map of keys, is a list"},
    {"a map for a scalar", "name: {first: a}\n", NULL, C "1: name: must be a string, is a map"},
    {"a list for a scalar", "name: [a]\n", NULL, C "1: name: must be a string, is a list"},
    {"a scalar for a list", "services: orders\n", NULL,
     C "1: services: must be a list of names, is a string"},
    {"an empty list", "services:\n", NULL,
     C "1: services: must be a list of names, is empty; write [] for none"},
    {"a map for a list", "modules: {a: b}\n", NULL,
     C "1: modules: must be a list of files, is a map"},
    {"a map in a list", "services:\n  - orders\n  - a: b\n", NULL,
     C "3: services: must be a name, is a map"},
    {"a service twice", "services: [orders, stock, orders]\n", NULL,
     C "1: services: \"orders\" is here twice"},
    {"an alias and its name", "routers: [broker,\n  minos.networks.BrokerRouter]\n", NULL,
     C "2: routers: \"minos.networks.BrokerRouter\" is here twice"},
    {"an empty scalar", "name:\n", NULL, C "1: name: is empty"},
    {"an empty string", "name: ''\n", NULL, C "1: name: is empty"},
    {"settings as a list", "settings: [1]\n", NULL,
     C "1: settings: must be a map of keys, is a list"},
    {"all at once, in the order of lines",
     "nmae: a\nlog: {level: lod}\nworkers: 0\ninterfaces: {http: {connector: {port: x}}}\n", NULL,
     C "1: unknown key \"nmae\"; did you mean \"name\"?\n" C
       "2: log.level: there is no log level \"lod\"; known: error, warning, notice, info, debug\n" C
       "3: workers: 0 is out of range: 1 to 256\n" C
       "4: interfaces.http.connector.port: must be an integer, is a string"},
    {NULL, NULL, NULL, NULL},
};

static const wrong_row type_rows[] = {
    {"a port too large", HTTP "      port: 65536\n", NULL,
     C "4: " IN_HTTP "port: 65536 is out of range: 0 to 65535"},
    {"a port below zero", HTTP "      port: -1\n", NULL,
     C "4: " IN_HTTP "port: -1 is out of range: 0 to 65535"},
    {"a quoted port", HTTP "      port: \"8080\"\n", NULL,
     C "4: " IN_HTTP "port: must be an integer, is a string; take the quotes away"},
    {"a port with a fraction", HTTP "      port: 80.5\n", NULL,
     C "4: " IN_HTTP "port: must be an integer, is a number"},
    {"a port of letters", HTTP "      port: http\n", NULL,
     C "4: " IN_HTTP "port: must be an integer, is a string"},
    {"a port beyond int64", HTTP "      port: 99999999999999999999\n", NULL,
     C "4: " IN_HTTP "port: must be an integer, is a number"},
    {"no connections", HTTP "      max_connections: 0\n", NULL,
     C "4: " IN_HTTP "max_connections: 0 is out of range: 1 to 1000000"},
    {"a name that is a number", "name: 42\n", NULL,
     C "1: name: must be a string, is an integer; put it in quotes"},
    {"a name that is a boolean", "name: true\n", NULL,
     C "1: name: must be a string, is a boolean; put it in quotes"},
    {"a host that is a number", HTTP "      host: 1.5\n", NULL,
     C "4: " IN_HTTP "host: must be a string, is a number; put it in quotes"},
    {"a NUL", "name: \"a\\0b\"\n", NULL, C "1: name: holds a control character"},
    {"a line break", "name: \"a\\n\"\n", NULL, C "1: name: holds a control character"},
    {"a bell in a service's name", "services: [\"a\\a\"]\n", NULL,
     C "1: services: holds a control character"},
    {"a time without number", HTTP "      keep_alive: long\n", NULL,
     C "4: " IN_HTTP "keep_alive: must be a length of time such as 30 s, is \"long\""},
    {"a time of another unit", HTTP "      keep_alive: 3 parsec\n", NULL,
     C "4: " IN_HTTP "keep_alive: \"3 parsec\" has no unit that we know: us, ms, s, min, h, d"},
    {"minutes are min", HTTP "      keep_alive: 3 m\n", NULL,
     C "4: " IN_HTTP "keep_alive: \"3 m\" has no unit that we know: us, ms, s, min, h, d"},
    {"a negative time", HTTP "      keep_alive: -3 s\n", NULL,
     C "4: " IN_HTTP "keep_alive: must be a length of time such as 30 s, is \"-3 s\""},
    {"a time too long", HTTP "      header_timeout: 2 h\n", NULL,
     C "4: " IN_HTTP "header_timeout: 2 h is out of range: 1 ms to 1 h"},
    {"a time of nothing", HTTP "      request_timeout: 0\n", NULL,
     C "4: " IN_HTTP "request_timeout: 0 is out of range: 1 ms to 1 d"},
    {"a time beyond int64", HTTP "      keep_alive: 9999999999999 d\n", NULL,
     C "4: " IN_HTTP "keep_alive: \"9999999999999 d\" is out of range: 1 ms to 1 d"},
    {"a time too fine", HTTP "      keep_alive: 0.0000005 s\n", NULL,
     C "4: " IN_HTTP "keep_alive: \"0.0000005 s\" is finer than a whole microsecond"},
    {"a time that is a boolean", HTTP "      keep_alive: true\n", NULL,
     C "4: " IN_HTTP "keep_alive: must be a length of time such as 30 s, is a boolean"},
    {"a size of another unit", HTTP "      body_bytes_max: 1 MB\n", NULL,
     C "4: " IN_HTTP "body_bytes_max: \"1 MB\" has no unit that we know: B, KiB, MiB, GiB"},
    {"a size too small", HTTP "      headers_bytes_max: 1 B\n", NULL,
     C "4: " IN_HTTP "headers_bytes_max: 1 B is out of range: 256 B to 16 MiB"},
    {"a size too large", HTTP "      body_bytes_max: 2 GiB\n", NULL,
     C "4: " IN_HTTP "body_bytes_max: 2 GiB is out of range: 1 B to 1 GiB"},
    {"half a byte", HTTP "      body_bytes_max: 0.3 KiB\n", NULL,
     C "4: " IN_HTTP "body_bytes_max: \"0.3 KiB\" is finer than a whole byte"},
    {"no such level", "log: {level: verbose}\n", NULL,
     C "1: log.level: there is no log level \"verbose\"; "
       "known: error, warning, notice, info, debug"},
    {"a level mistyped", "log: {level: waring}\n", NULL,
     C "1: log.level: there is no log level \"waring\"; did you mean \"warning\"?"},
    {"a class of another role", "interfaces: {http: {port: minos.networks.BrokerPort}}\n", NULL,
     C "1: interfaces.http.port: \"minos.networks.BrokerPort\" is a broker port, not an HTTP port"},
    {"a publisher to receive with",
     "interfaces:\n  broker:\n    subscriber:\n"
     "      client: minos.plugins.kafka.KafkaBrokerPublisher\n",
     NULL,
     C "4: interfaces.broker.subscriber.client: \"minos.plugins.kafka.KafkaBrokerPublisher\" is a "
       "broker publisher, not a broker subscriber"},
    {"a port among the services", "services:\n - orders\n - minos.networks.HttpPort\n", NULL,
     C "3: services: \"minos.networks.HttpPort\" is an HTTP port, not a service"},
    {"no such broker", "interfaces: {broker: {common: {client: rabbit}}}\n", NULL,
     C "1: interfaces.broker.common.client: there is no broker \"rabbit\"; "
       "did you mean \"rabbitmq\"?"},
    {"no such version", "version: 3\n", NULL, C "1: version: 3 is out of range: 1 to 2"},
    {"a secret is not shown",
     "interfaces: {broker: {common: {password: 'a\\0'}}}\n"
     "databases: {default: {password: hunter2, passwrod: hunter2}}\n",
     NULL,
     C "2: unknown key \"databases.default.passwrod\"; did you mean \"password\"?\n" C
       "2: databases.default.password: a client for database servers is not in this build"},
    {NULL, NULL, NULL, NULL},
};

static const wrong_row lack_rows[] = {
    {"a broker", "interfaces: {broker: {common: {client: sqlite}}}\n", NULL,
     C "1: interfaces.broker.common.client: the broker \"sqlite\" is not in this build"},
    {"a broker's file", "interfaces: {broker: {common: {path: b.db}}}\n", NULL,
     C "1: interfaces.broker.common.path: the sqlite broker is not in this build"},
    {"a database by its client", "databases:\n  default:\n    database: d\n    client: postgres\n",
     NULL, C "4: databases.default.client: the database client \"postgres\" is not in this build"},
    {"a database's server", "databases:\n  one: {path: a.db, host: b}\n", NULL,
     C "2: databases.one.host: a client for database servers is not in this build"},
    {"a database without client", "databases:\n  one: {path: a.db}\n  two: {path: b.db}\n", NULL,
     NULL},
    {"discovery", "discovery:\n  host: localhost\n  port: 5567\n", NULL,
     C "2: discovery: service discovery is not in this build"},
    {"a pool in short", "pools:\n  database: minos.common.DatabaseClientPool\n", NULL,
     C "2: pools.database: the database pool \"database\" (minos.common.DatabaseClientPool) "
       "is not in this build"},
    {"the pool of locks", "pools:\n  lock: minos.common.DatabaseLockPool\n", NULL, NULL},
    {"a pool at length", "pools:\n  database:\n    maxsize: 3\n", NULL,
     C "3: pools.database: the pool of database connections is not in this build"},
    {"no pool", "pools: {lock: none, database: {client: none}}\n", NULL, NULL},
    {"services", "services: [system, openapi,\n  minos.networks.AsyncAPIService]\n", NULL,
     C "1: services: the service \"openapi\" is not in this build\n" C
       "2: services: the service \"asyncapi\" (minos.networks.AsyncAPIService) "
       "is not in this build"},
    {"what is of Python alone", "saga: {manager: a}\naggregate: {entities: [a]}\n", NULL,
     C "1: saga: support for sagas is not in this build\n" C
       "2: aggregate: support for aggregates is not in this build"},
    {"typing mistakes are told beside", "discovery: {hots: a}\n", NULL,
     C "1: unknown key \"discovery.hots\"; did you mean \"host\"?\n" C
       "1: discovery: service discovery is not in this build"},
    {NULL, NULL, NULL, NULL},
};

static const wrong_row yaml_rows[] = {
    {"a key twice", "name: a\nlog: {level: info}\nname: b\n", NULL,
     C "3: key \"name\" is here twice, first in line 1"},
    {"a key three times", "name: a\nname: b\nname: c\n", NULL,
     C "2: key \"name\" is here twice, first in line 1\n" C
       "3: key \"name\" is here twice, first in line 2"},
    {"two documents", "name: a\n---\nname: b\n", NULL,
     C "2: a second document begins here; a configuration is one"},
    {"a tab", "log:\n\tlevel: info\n", NULL,
     C "2: not valid YAML: while scanning for the next token "
       "found character that cannot start any token"},
    {"a bracket left open", "services: [a, b\nname: x\n", NULL,
     C "2: not valid YAML: while parsing a flow sequence did not find expected ',' or ']'"},
    {"a quote left open", "name: \"a\n", NULL,
     C "2: not valid YAML: while scanning a quoted scalar found unexpected end of stream"},
    {"no anchor", "name: *a\n", NULL, C "1: alias \"*a\" names no anchor"},
    {"an alias in its anchor", "settings: &a\n  b: *a\n", NULL,
     C "2: alias \"*a\" within what it names"},
    {"a tag of one's own", "name: !secret a\n", NULL, C "1: tag \"!secret\" is not supported"},
    {"a tag that would run code", "name: !!python/object/apply:os.system [ls]\n", NULL,
     C "1: tag \"tag:yaml.org,2002:python/object/apply:os.system\" is not supported\n" C
       "1: name: must be a string, is a list"},
    {"a tag that does not fit", "workers: !!int one\n", NULL,
     C "1: tag \"tag:yaml.org,2002:int\" does not fit what it stands at\n" C
       "1: workers: must be an integer, is a string"},
    {"a list as key", "? [a]\n: b\n", NULL, C "1: a key must be text"},
    {"an empty key", "'': b\n", NULL, C "1: a key must be text"},
    {"a key with a NUL", "\"a\\0\": b\n", NULL, C "1: a key must be text"},
    {"bytes that are no UTF-8", "name: a\nlog: \xff\n", NULL,
     C "1: not valid YAML: invalid leading UTF-8 octet"},
    {"a control character", "name: \x01\n", NULL,
     C "1: not valid YAML: control characters are not allowed"},
    {"merge of a scalar", "log:\n  <<: a\n", NULL, C "2: \"<<\" takes a map, not a string"},
    {NULL, NULL, NULL, NULL},
};

/* Expect a line among the message's. */
static void check_message(const char *text, const char *line)
{
    minos_config *config;
    assert_rc(mn_config_build(minos_view_of(text), NULL, "c.yml", NULL, NULL, &config),
              MINOS_ECONFIG);
    if (strstr(minos_error_message(minos_error_last()), line) == NULL)
        fail_msg("%s\ninstead of %s", minos_error_message(minos_error_last()), line);
}

/* One more database, and one more anchor, than there may be. */
static void counted_limits(void **state)
{
    char *text = mn_alloc(MN_YAML_BYTES_MAX);
    char *at = stpcpy(text, "databases:\n");

    (void)state;
    for (int i = 0; i < MN_CONFIG_DATABASES_MAX; i++)
        at += sprintf(at, "  d%d: {host: a}\n", i);
    strcpy(at, "  more: {hots: a}\n");
    check_message(text, "c.yml:66: more than 64 databases");
    at = stpcpy(text, "settings:\n");
    for (int i = 0; i <= MN_YAML_ANCHORS_MAX; i++)
        at += sprintf(at, "  k%d: &a%d x\n", i, i);
    check_message(text, "c.yml:258: more than 256 anchors");
    free(text);
}

static void shapes(void **state)
{
    (void)state;
    run_wrong_rows(shape_rows);
}

static void types(void **state)
{
    (void)state;
    run_wrong_rows(type_rows);
}

static void lacks(void **state)
{
    (void)state;
    run_wrong_rows(lack_rows);
}

static void yaml(void **state)
{
    (void)state;
    run_wrong_rows(yaml_rows);
}

/* Text repeated, between a head and a tail. */
static char *repeated(const char *head, const char *part, size_t count, const char *tail)
{
    size_t size = strlen(part);
    char *text = mn_alloc(strlen(head) + size * count + strlen(tail) + 1);
    char *at = stpcpy(text, head);
    for (size_t i = 0; i < count; i++)
        at = stpcpy(at, part);
    strcpy(at, tail);
    return text;
}

static void limits(void **state)
{
    static const struct {
        const char *name;
        const char *head;
        const char *part;
        size_t count;
        const char *tail;
        const char *expected;
    } rows[] = {
        {"depth", "settings: ", "[", MN_YAML_DEPTH_MAX, "", "c.yml:1: nested deeper than 32"},
        {"depth of blocks", "settings:\n  ", "- ", 500, "a", "c.yml:2: nested deeper than 32"},
        {"values", "settings: {a: [", "1,", MN_YAML_NODES_MAX, "]}",
         "c.yml:1: more than 10000 values, aliases unfolded"},
        {"items", "services: [", "a,", MN_CONFIG_ITEMS_MAX + 1, "]",
         "c.yml:1: services: has more than 1024 items"},
        {"a database with a dot", "databases: {", "", 0, "a.b: ~}",
         "c.yml:1: unknown key \"databases.a.b\""},
        {"text of aliases", "settings:\n  a: &a \"", "0123456789abcdef", 50000, "\"\n  b: *a\n",
         "c.yml:3: more than 1024 KiB, aliases unfolded"},
        {"an own key", "settings:\n  a:\n    ", "0123456789abcdef", 16, ": 1\n",
         "c.yml:3: settings: holds a dotted key longer than 255 bytes"},
        {"a name", "name: ", "0123456789abcdef", 16, "\n",
         "c.yml:1: name: is longer than 255 bytes"},
        {"one anchor over and over", "settings: {k: [", "&b x, ", 300, "]}", NULL},
        {"bytes", "#", "0123456789abcdef", MN_YAML_BYTES_MAX / 16, "",
         "c.yml:1: larger than 1024 KiB"},
        {"billion laughs",
         "settings:\n"
         "  a: &a [x,x,x,x,x,x,x,x,x,x]\n"
         "  b: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\n"
         "  c: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\n"
         "  d: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]\n"
         "  e: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d,*d]\n",
         "", 0, "", "c.yml:5: more than 10000 values, aliases unfolded"},
    };
    (void)state;
    for (size_t i = 0; i < mn_count_of(rows); i++) {
        char *text = repeated(rows[i].head, rows[i].part, rows[i].count, rows[i].tail);
        check_wrong(&(wrong_row){rows[i].name, text, NULL, rows[i].expected});
        free(text);
    }
}

/* More faults than are kept, or than one message holds, are counted. */
static void many(void **state)
{
    char text[4096] = "";
    char *at = text;
    minos_config *config;
    const char *message;
    size_t lines = 1;

    (void)state;
    for (int i = 0; i < 100; i++)
        at += sprintf(at, "frobnicate%02d: 1\n", i);
    assert_rc(mn_config_build(minos_view_of(text), NULL, "c.yml", NULL, NULL, &config),
              MINOS_ECONFIG);
    message = minos_error_message(minos_error_last());
    assert_ptr_equal(strstr(message, "c.yml:1: unknown key \"frobnicate00\"\n"), message);
    assert_non_null(strstr(message, "\n… and 36 more"));
    for (const char *c = message; *c != '\0'; c++)
        lines += *c == '\n';
    assert_int_equal(lines, 65);
}

/* The longest message tells as many faults as fit, and counts the others. */
static void long_lines(void **state)
{
    char *text = mn_alloc(MN_YAML_BYTES_MAX);
    char *at = text;
    minos_config *config;

    (void)state;
    for (int i = 0; i < 40; i++)
        at += sprintf(at, "frobnicate%0200d: 1\n", i);
    assert_rc(mn_config_build(minos_view_of(text), NULL, "c.yml", NULL, NULL, &config),
              MINOS_ECONFIG);
    assert_non_null(strstr(minos_error_message(minos_error_last()), " more"));
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shapes), cmocka_unit_test(types),      cmocka_unit_test(lacks),
        cmocka_unit_test(yaml),   cmocka_unit_test(limits),     cmocka_unit_test(counted_limits),
        cmocka_unit_test(many),   cmocka_unit_test(long_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
