/*
 * Variables and parameters over the file: what wins, what is refused.
 */
#include "support/support.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "config/config.h"
#include "config/test_rows.h"

#define PORT      "interfaces.http.connector.port"
#define PORT_VAR  "MINOS_INTERFACES_HTTP_CONNECTOR_PORT"
#define PORT_FILE "interfaces: {http: {connector: {port: 1000}}}\n"

/* One key after building, as `minos config` would say it. */
typedef struct right_row {
    const char *name;
    const char *text;
    const char *const *settings;
    const char *key;
    const char *expected; /* "value # origin" */
} right_row;

static const right_row right_rows[] = {
    {"a default", "", NULL, PORT, "8080 # default"},
    {"the file over the default", PORT_FILE, NULL, PORT, "1000 # c.yml:1"},
    {"a variable over the default", "", MN_SETTINGS(PORT_VAR "=2000"), PORT, "2000 # " PORT_VAR},
    {"a variable over the file", PORT_FILE, MN_SETTINGS(PORT_VAR "=2000"), PORT,
     "2000 # " PORT_VAR},
    {"a parameter over the file", PORT_FILE, MN_SETTINGS("-" PORT "=3000"), PORT,
     "3000 # parameter " PORT},
    {"a parameter over a variable", PORT_FILE, MN_SETTINGS(PORT_VAR "=2000", "-" PORT "=3000"),
     PORT, "3000 # parameter " PORT},
    {"the last parameter", "", MN_SETTINGS("-" PORT "=3000", "-" PORT "=4000"), PORT,
     "4000 # parameter " PORT},
    {"a name", "name: a\n", MN_SETTINGS("MINOS_NAME=b"), "name", "b # MINOS_NAME"},
    {"a text that looks like a number", "", MN_SETTINGS("MINOS_NAME=42"), "name",
     "\"42\" # MINOS_NAME"},
    {"a duration", "", MN_SETTINGS("MINOS_DRAIN_TIMEOUT=1.5 min"), "drain_timeout",
     "90 s # MINOS_DRAIN_TIMEOUT"},
    {"a duration in seconds", "", MN_SETTINGS("MINOS_DRAIN_TIMEOUT=3"), "drain_timeout",
     "3 s # MINOS_DRAIN_TIMEOUT"},
    {"a size", "", MN_SETTINGS("MINOS_FIBER_STACK_BYTES=1 MiB"), "fiber.stack_bytes",
     "1 MiB # MINOS_FIBER_STACK_BYTES"},
    {"a list", "services: [a]\n", MN_SETTINGS("MINOS_SERVICES=orders, stock ,system"), "services",
     "[\"orders\",\"stock\",\"system\"] # MINOS_SERVICES"},
    {"an empty list", "services: [a]\n", MN_SETTINGS("MINOS_SERVICES="), "services",
     "[] # MINOS_SERVICES"},
    {"a list by the original's names", "",
     MN_SETTINGS("MINOS_ROUTERS=minos.networks.BrokerRouter,minos.networks.RestHttpRouter"),
     "routers", "[\"broker\",\"rest\"] # MINOS_ROUTERS"},
    {"an alias", "", MN_SETTINGS("-interfaces.http.port=minos.networks.HttpPort"),
     "interfaces.http.port", "http # parameter interfaces.http.port"},
    {"a pool in short", "", MN_SETTINGS("MINOS_POOLS_BROKER=minos.networks.BrokerClientPool"),
     "pools.broker.client", "broker # MINOS_POOLS_BROKER"},
    {"inherited", "", MN_SETTINGS("MINOS_NAME=shop"), "interfaces.broker.subscriber.group",
     "shop # MINOS_NAME, as name"},
    {"what replaces what is lacking", "interfaces: {broker: {common: {client: kafka}}}\n",
     MN_SETTINGS("MINOS_INTERFACES_BROKER_COMMON_CLIENT=memory"),
     "interfaces.broker.publisher.client",
     "memory # MINOS_INTERFACES_BROKER_COMMON_CLIENT, as interfaces.broker.common.client"},
    {"an own key, an integer", "settings: {orders: {limit: 5}}\n",
     MN_SETTINGS("MINOS_SETTINGS_ORDERS_LIMIT=7"), "settings.orders.limit",
     "7 # MINOS_SETTINGS_ORDERS_LIMIT"},
    {"an own key stays text", "settings: {orders: {code: '5'}}\n",
     MN_SETTINGS("MINOS_SETTINGS_ORDERS_CODE=7"), "settings.orders.code",
     "\"7\" # MINOS_SETTINGS_ORDERS_CODE"},
    {"an own key with a dash", "settings: {max-items: 5}\n",
     MN_SETTINGS("MINOS_SETTINGS_MAX_ITEMS=7"), "settings.max-items",
     "7 # MINOS_SETTINGS_MAX_ITEMS"},
    {"an own key, the longer path", "settings: {a: {b: 1}, a_b: {c: 2}}\n",
     MN_SETTINGS("MINOS_SETTINGS_A_B_C=7"), "settings.a_b.c", "7 # MINOS_SETTINGS_A_B_C"},
    {"an own list", "settings: {tags: [a]}\n", MN_SETTINGS("MINOS_SETTINGS_TAGS=x, 2"),
     "settings.tags", "[\"x\",2] # MINOS_SETTINGS_TAGS"},
    {"an own key that the file lacks", "", MN_SETTINGS("-settings.orders.limit=7"),
     "settings.orders.limit", "7 # parameter settings.orders.limit"},
    {"an own key beside others", "settings: {orders: {a: 1}}\n",
     MN_SETTINGS("-settings.orders.limit=7"), "settings.orders.a", "1 # c.yml:1"},
    {"an alias is not changed with its copy", "settings: {a: &x {k: 1}, b: *x}\n",
     MN_SETTINGS("-settings.a.k=2"), "settings.b.k", "1 # c.yml:1"},
    {"an own secret", "settings: {mail: {api_key: abc}}\n", NULL, "settings.mail.api_key",
     "(hidden) # c.yml:1"},
    {"a password in an address", "settings: {url: 'amqp://me:abc@host/x'}\n", NULL, "settings.url",
     "\"amqp://me:(hidden)@host/x\" # c.yml:1"},
    {"a password with an at sign", "settings: {url: 'a://me:p@ss/w@host'}\n", NULL, "settings.url",
     "\"a://me:(hidden)@host\" # c.yml:1"},
    {"an address without password", "settings: {url: 'http://me@host:80/'}\n", NULL, "settings.url",
     "\"http://me@host:80/\" # c.yml:1"},
    {"below a secret", "settings: {secrets: {a: {b: 1}}}\n", NULL, "settings.secrets.a.b",
     "(hidden) # c.yml:1"},
    {"a secret in a list", "settings: {hosts: [{name: a, password: b}, 'a://b:c@d']}\n", NULL,
     "settings.hosts",
     "[{\"name\":\"a\",\"password\":\"(hidden)\"},\"a://b:(hidden)@d\"] # c.yml:1"},
    {"a secret key of a variable", "settings: {db: {key: x}}\n",
     MN_SETTINGS("MINOS_SETTINGS_DB_KEY=abc"), "settings.db.key",
     "(hidden) # MINOS_SETTINGS_DB_KEY"},
    {"a secret", "interfaces:\n  broker:\n    common: {password: abc}\n", NULL,
     "interfaces.broker.common.password", "(hidden) # c.yml:3"},
    {NULL, NULL, NULL, NULL, NULL},
};

/* Find the line of a key in what is printed. */
static void check_printed(const right_row *row, const char *printed)
{
    char line[512];
    char expected[512];
    const char *at = printed;
    size_t size = 0;

    snprintf(expected, sizeof expected, "%s: %s", row->key, row->expected);
    while (at != NULL &&
           (strncmp(at, row->key, strlen(row->key)) != 0 || at[strlen(row->key)] != ':')) {
        at = strchr(at, '\n');
        at += at != NULL;
    }
    if (at == NULL || *at == '\0')
        fail_msg("%s: %s is not printed", row->name, row->key);
    for (; *at != '\n' && size < sizeof line - 1; at++) /* blanks between value and origin as one */
        if (*at != ' ' || line[size - 1] != ' ')
            line[size++] = *at;
    line[size] = '\0';
    if (strcmp(line, expected) != 0)
        fail_msg("%s: printed \"%s\" instead of \"%s\"", row->name, line, expected);
}

static void right(void **state)
{
    (void)state;
    for (const right_row *row = right_rows; row->name != NULL; row++) {
        minos_config *config = NULL;
        minos_buffer *out;

        if (build_with(row->text, NULL, row->settings, &config) != MINOS_OK)
            fail_msg("%s: %s", row->name, minos_error_message(minos_error_last()));
        assert_ok(minos_buffer_new(1 << 20, &out));
        assert_ok(mn_config_print(config, false, out));
        assert_ok(minos_buffer_append(out, minos_view_make("", 1)));
        check_printed(row, minos_buffer_view(out).data);
        minos_buffer_free(out);
        minos_config_free(config);
    }
}

static const wrong_row wrong_rows[] = {
    {"not an integer", "", MN_SETTINGS(PORT_VAR "=http"),
     PORT_VAR ": must be an integer, is \"http\""},
    {"empty", "", MN_SETTINGS(PORT_VAR "="), PORT_VAR ": is empty"},
    {"out of range", "", MN_SETTINGS(PORT_VAR "=70000"),
     PORT_VAR ": 70000 is out of range: 0 to 65535"},
    {"blanks", "", MN_SETTINGS(PORT_VAR "= 80"), PORT_VAR ": must be an integer, is \" 80\""},
    {"a control character", "", MN_SETTINGS("MINOS_NAME=a\n"),
     "MINOS_NAME: holds a control character"},
    {"not UTF-8", "settings: {a: b}\n",
     MN_SETTINGS("MINOS_NAME=\xff", "MINOS_SETTINGS_A=\xc3", "-name=\xed\xa0\x80",
                 "-settings.\xff=1"),
     "MINOS_NAME: is not UTF-8\nMINOS_SETTINGS_A: is not UTF-8\n"
     "parameter name: is not UTF-8\nparameter settings.\xff: is not UTF-8"},
    {"not in this build", "", MN_SETTINGS("MINOS_INTERFACES_BROKER_COMMON_CLIENT=kafka"),
     "MINOS_INTERFACES_BROKER_COMMON_CLIENT: the broker \"kafka\" is not in this build"},
    {"a variable mistyped", "", MN_SETTINGS("MINOS_INTERFACES_HTTP_CONNECTOR_PROT=1"),
     "MINOS_INTERFACES_HTTP_CONNECTOR_PROT: there is no such key; did you mean " PORT_VAR "?"},
    {"a variable mistyped at its beginning", "",
     MN_SETTINGS("MINOS_INTERFACE_HTTP_CONNECTOR_PORT=1"),
     "MINOS_INTERFACE_HTTP_CONNECTOR_PORT: there is no such key; did you mean " PORT_VAR "?"},
    {"a variable that begins like a key", "", MN_SETTINGS("MINOS_INTERFACES_FTP=1"),
     "MINOS_INTERFACES_FTP: there is no such key"},
    {"a map by a variable", "", MN_SETTINGS("MINOS_LOG=info"), "MINOS_LOG: there is no such key"},
    {"an item twice", "", MN_SETTINGS("MINOS_SERVICES=a,a"), "MINOS_SERVICES: \"a\" is here twice"},
    {"an empty item", "", MN_SETTINGS("MINOS_SERVICES=a,,b"), "MINOS_SERVICES: is empty"},
    {"an own key that the file lacks", "settings: {a: 1}\n", MN_SETTINGS("MINOS_SETTINGS_B=1"),
     "MINOS_SETTINGS_B: settings has no such key in the file"},
    {"an own map", "settings: {a: {b: 1}}\n", MN_SETTINGS("MINOS_SETTINGS_A=1"),
     "MINOS_SETTINGS_A: settings has no such key in the file"},
    {"a database", "", MN_SETTINGS("MINOS_DATABASES_DEFAULT_PASSWORD=a"),
     "MINOS_DATABASES_DEFAULT_PASSWORD: a client for database servers is not in this build"},
    {"a secret is not shown", "", MN_SETTINGS("MINOS_DATABASES_DEFAULT_PASSWORD=hunter\x01"),
     "MINOS_DATABASES_DEFAULT_PASSWORD: holds a control character"},
    {"no such parameter", "", MN_SETTINGS("-interfaces.http.connector.prot=1"),
     "parameter interfaces.http.connector.prot: unknown key \"interfaces.http.connector.prot\"; "
     "did you mean \"port\"?"},
    {"a parameter at the top", "", MN_SETTINGS("-nmae=1"),
     "parameter nmae: unknown key \"nmae\"; did you mean \"name\"?"},
    {"a parameter of a map", "", MN_SETTINGS("-log=info"),
     "parameter log: is a map of keys; set the keys below it"},
    {"a parameter of own keys", "", MN_SETTINGS("-settings=1"),
     "parameter settings: is a map of keys; set the keys below it"},
    {"a parameter through a scalar", "settings: {a: 1}\n", MN_SETTINGS("-settings.a.b=1"),
     "parameter settings.a.b: lies below what is no map of keys"},
    {"a parameter over a map", "settings: {a: {b: 1}}\n", MN_SETTINGS("-settings.a=1"),
     "parameter settings.a: is a map of keys"},
    {"a parameter with an empty name", "", MN_SETTINGS("-settings.a..b=1"),
     "parameter settings.a..b: has an empty name in it"},
    {"the version", "", MN_SETTINGS("-version=1"),
     "parameter version: is the file's own and cannot be replaced"},
    {"a star", "", MN_SETTINGS("-databases.*.host=a"),
     "parameter databases.*.host: unknown key \"databases.*.host\""},
    {"file, variables, parameters", "workers: 0\n",
     MN_SETTINGS("MINOS_WORKERS=x", "MINOS_LOG_LEVEL=x", "-log.format=x"),
     "c.yml:1: workers: 0 is out of range: 1 to 256\n"
     "MINOS_LOG_LEVEL: there is no log level \"x\"; known: error, warning, notice, info, debug\n"
     "MINOS_WORKERS: must be an integer, is \"x\"\n"
     "parameter log.format: there is no log format \"x\"; known: auto, json, text"},
    /* What is not ours is let pass. */
    {"the command's own", "",
     MN_SETTINGS("MINOS_CONFIG=a.yml", "MINOS_DATA=/var", "MINOS_VERSION=1.4"), NULL},
    {"another program's", "", MN_SETTINGS("MINOSITY=1", "MINOS=1", "MINOS_=1", "MINOS_CORE_HOME=/"),
     NULL},
    {"an orchestrator's", "",
     MN_SETTINGS("MINOS_DISCOVERY_SERVICE_HOST=10.0.0.1", "MINOS_DISCOVERY_SERVICE_PORT_HTTP=80",
                 "MINOS_DISCOVERY_PORT_5567_TCP=tcp://10.0.0.1:5567"),
     NULL},
    {"no equals sign", "", MN_SETTINGS("MINOS_NAME"), NULL},
    {NULL, NULL, NULL, NULL},
};

static void wrong(void **state)
{
    (void)state;
    run_wrong_rows(wrong_rows);
}

static void parameter_without_value(void **state)
{
    minos_config *config;
    const minos_override overrides[] = {{"name", NULL}, {NULL, NULL}};

    (void)state;
    assert_fails(minos_config_parse(MINOS_VIEW(""), "c.yml", overrides, &config), MINOS_ECONFIG,
                 "parameter name: has no value");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(right),
        cmocka_unit_test(wrong),
        cmocka_unit_test(parameter_without_value),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
