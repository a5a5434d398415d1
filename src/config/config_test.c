/*
 * Configurations that are right: values, defaults, precedence, layouts, reads, printing.
 */
#include "support/support.h"

#include <string.h>

#include <minos/plugin.h>

#include "base/alloc.h"
#include "config/config.h"

static minos_config *parse(const char *text)
{
    minos_config *config = NULL;
    assert_ok(mn_config_build(minos_view_of(text), "conf/config.yml", "conf/config.yml", NULL, NULL,
                              &config));
    return config;
}

static const char everything[] =
    "# A byte order mark, comments, anchors and flow style are all YAML.\n"
    "name: &n shop\n"
    "interfaces:\n"
    "  http:\n"
    "    connector:\n"
    "      host: localhost\n"
    "      port: 0x1F90\n"
    "      body_bytes_max: 2 MiB\n"
    "      headers_bytes_max: 4096\n"
    "      keep_alive: 1.5 min\n"
    "      header_timeout: 0.5\n"
    "  broker: {common: {client: memory, queue: {records: 10}}}\n"
    "pools: {broker: {maxsize: 7}}\n"
    "routers: [minos.networks.BrokerRouter, rest]\n"
    "services: [*n, 'stock']\n"
    "modules: [shop.so, ./lib/more.so, /opt/x.so]\n"
    "log: {level: debug}\n"
    "settings:\n"
    "  base: &base {a: 1, b: two}\n"
    "  orders:\n"
    "    <<: *base\n"
    "    b: 2\n"
    "    wait: 250 ms\n"
    "    pause: 2\n"
    "    rest: 0.25\n"
    "    open: true\n"
    "    nothing: ~\n"
    "    ratio: .5\n"
    "    text: \"a\\0b\"\n"
    "    list: [1, [2], {three: 3}]\n";

static void texts(void **state)
{
    static const struct {
        const char *key;
        const char *expected;
    } rows[] = {
        {"name", "shop"},
        {"interfaces.http.port", "http"},
        {"interfaces.periodic.port", "none"}, /* the file names doors, not this one */
        {"interfaces.http.connector.host", "localhost"},
        {"interfaces.broker.publisher.client", "memory"},
        {"interfaces.broker.subscriber.group", "shop"},
        {"pools.broker.client", "broker"},
        {"log.level", "debug"},
        {"log.format", "auto"},
        {"settings.base.b", "two"},
    };
    minos_config *config = parse(everything);

    (void)state;
    for (size_t i = 0; i < mn_count_of(rows); i++) {
        const char *text = NULL;
        assert_ok(minos_config_text(config, rows[i].key, &text));
        if (strcmp(text, rows[i].expected) != 0)
            fail_msg("%s is \"%s\"", rows[i].key, text);
    }
    minos_config_free(config);
}

static void numbers(void **state)
{
    static const struct {
        const char *key;
        int64_t expected;
    } rows[] = {
        {"version", 2},
        {"interfaces.http.connector.port", 8080},
        {"interfaces.http.connector.max_connections", 1024},
        {"interfaces.http.connector.body_bytes_max", 2 << 20},
        {"interfaces.http.connector.headers_bytes_max", 4096},
        {"interfaces.broker.common.queue.records", 10},
        {"interfaces.broker.common.queue.retry", 2},
        {"pools.broker.maxsize", 7},
        {"settings.orders.a", 1},
        {"settings.orders.b", 2},
    };
    minos_config *config = parse(everything);

    (void)state;
    for (size_t i = 0; i < mn_count_of(rows); i++) {
        int64_t integer = -1;
        assert_ok(minos_config_int(config, rows[i].key, &integer));
        if (integer != rows[i].expected)
            fail_msg("%s is %lld", rows[i].key, (long long)integer);
    }
    minos_config_free(config);
}

static void durations(void **state)
{
    static const struct {
        const char *key;
        minos_duration expected;
    } rows[] = {
        {"interfaces.http.connector.keep_alive", 90 * MINOS_S},
        {"interfaces.http.connector.header_timeout", 500 * MINOS_MS},
        {"interfaces.http.connector.request_timeout", 30 * MINOS_S},
        {"drain_timeout", 20 * MINOS_S},
        {"settings.orders.wait", 250 * MINOS_MS},
        {"settings.orders.pause", 2 * MINOS_S},
        {"settings.orders.rest", 250 * MINOS_MS},
    };
    minos_config *config = parse(everything);

    (void)state;
    for (size_t i = 0; i < mn_count_of(rows); i++) {
        minos_duration duration = -1;
        assert_ok(minos_config_duration(config, rows[i].key, &duration));
        if (duration != rows[i].expected)
            fail_msg("%s is %lld", rows[i].key, (long long)duration);
    }
    minos_config_free(config);
}

/* The defaults of the HTTP door are written in http.h too; both must say the same. */
static void defaults_of_http(void **state)
{
#define IN_HTTP "interfaces.http.connector."
    static const struct {
        const char *key;
        int64_t expected;
    } rows[] = {
        {IN_HTTP "port", 8080},
        {IN_HTTP "max_connections", 1024},
        {IN_HTTP "connections_open_max", 10000},
        {IN_HTTP "request_line_bytes_max", 8 << 10},
        {IN_HTTP "headers_bytes_max", 32 << 10},
        {IN_HTTP "headers_count_max", 100},
        {IN_HTTP "body_bytes_max", 1 << 20},
        {IN_HTTP "header_timeout", 10 * MINOS_S},
        {IN_HTTP "body_timeout", 30 * MINOS_S},
        {IN_HTTP "keep_alive", 75 * MINOS_S},
        {IN_HTTP "request_timeout", 30 * MINOS_S},
    };
    minos_config *config = parse("");

    (void)state;
    for (size_t i = 0; i < mn_count_of(rows); i++) {
        int64_t number = -1;
        if (rows[i].expected >= MINOS_S)
            assert_ok(minos_config_duration(config, rows[i].key, &number));
        else
            assert_ok(minos_config_int(config, rows[i].key, &number));
        if (number != rows[i].expected)
            fail_msg("%s is %lld", rows[i].key, (long long)number);
    }
    minos_config_free(config);
}

static void refused_reads(void **state)
{
    minos_config *config = parse(everything);
    const char *text = "untouched";
    int64_t integer = 42;
    minos_duration duration = 42;
    bool boolean = true;

    (void)state;
    assert_fails(minos_config_text(config, "nmae", &text), MINOS_ECONFIG,
                 "there is no key \"nmae\"");
    assert_fails(minos_config_text(config, "databases.default.host", &text), MINOS_ECONFIG,
                 "conf/config.yml: databases.default.host is not set");
    assert_fails(minos_config_int(config, "settings.orders.limit", &integer), MINOS_ECONFIG,
                 "settings.orders.limit is not set");
    assert_fails(minos_config_int(config, "settings.orders.nothing", &integer), MINOS_ECONFIG,
                 "settings.orders.nothing is not set");
    assert_fails(minos_config_int(config, "name", &integer), MINOS_ECONFIG,
                 "name is a string, not an integer");
    assert_fails(minos_config_text(config, "workers", &text), MINOS_ECONFIG,
                 "workers is an integer, not a string");
    assert_fails(minos_config_text(config, "log", &text), MINOS_ECONFIG,
                 "log is a map, not a string");
    assert_fails(minos_config_bool(config, "settings.orders.b", &boolean), MINOS_ECONFIG,
                 "settings.orders.b is an integer, not a boolean");
    assert_fails(minos_config_duration(config, "settings.base.b", &duration), MINOS_ECONFIG,
                 "settings.base.b is a string, not a length of time such as 30 s");
    assert_fails(minos_config_duration(config, "workers", &duration), MINOS_ECONFIG,
                 "workers is an integer, not a length of time");
    assert_fails(minos_config_text(config, "settings.orders.text", &text), MINOS_ECONFIG,
                 "settings.orders.text holds a NUL character");
    assert_string_equal(text, "untouched");
    assert_int_equal(integer, 42);
    assert_int_equal(duration, 42);
    assert_ok(minos_config_bool(config, "settings.orders.open", &boolean));
    assert_true(boolean);
    minos_config_free(config);
}

static void subtrees(void **state)
{
    minos_config *config = parse(everything);
    const minos_value *list = minos_config_value(config, "settings.orders.list");
    const minos_value *modules = minos_config_value(config, "modules");
    const minos_value *services = minos_config_value(config, "services");
    double ratio = 0;

    (void)state;
    assert_int_equal(minos_value_count(list), 3);
    assert_int_equal(minos_value_count(minos_value_at(list, 1)), 1);
    assert_ok(minos_value_f64(minos_config_value(config, "settings.orders"), "ratio", &ratio));
    assert_true(ratio == 0.5);
    assert_int_equal(minos_value_count(minos_config_value(config, "settings.orders.text")), 0);
    assert_int_equal(minos_value_view(minos_config_value(config, "settings.orders.text")).size, 3);
    assert_true(minos_view_is(minos_value_view(minos_value_at(services, 0)), "shop"));
    assert_true(minos_view_is(minos_value_view(minos_value_at(modules, 0)), "conf/shop.so"));
    assert_true(minos_view_is(minos_value_view(minos_value_at(modules, 1)), "conf/./lib/more.so"));
    assert_true(minos_view_is(minos_value_view(minos_value_at(modules, 2)), "/opt/x.so"));
    assert_non_null(minos_value_get(minos_config_value(config, "interfaces.http"), "connector"));
    assert_non_null(minos_value_get(minos_config_value(config, ""), "name"));
    assert_null(minos_config_value(config, "middleware"));
    assert_null(minos_config_value(config, "name.more"));
    assert_null(minos_config_value(config, "databases"));
    minos_config_free(config);
}

static void set_or_not(void **state)
{
    static const struct {
        const char *key;
        bool is_set;
    } rows[] = {
        {"name", true},
        {"nam", false},
        {"interfaces", true},
        {"interfaces.http.connector.port", true},
        {"interfaces.http.connector.max_connections", false},
        {"interfaces.broker.publisher.client", false},
        {"interfaces.broker.publisher", false},
        {"interfaces.periodic", false},
        {"interfaces.periodic.port", false},
        {"pools.broker", true},
        {"middleware", false},
        {"settings.orders", true},
        {"settings.orders.wait", true},
        {"settings.stock", false},
        {"version", false},
    };
    minos_config *config = parse(everything);

    (void)state;
    for (size_t i = 0; i < mn_count_of(rows); i++)
        if (minos_config_is_set(config, rows[i].key) != rows[i].is_set)
            fail_msg("%s", rows[i].key);
    minos_config_free(config);
}

static void doors(void **state)
{
    static const struct {
        const char *name;
        const char *text;
        const char *http;
        const char *broker;
        const char *periodic;
    } rows[] = {
        {"no interfaces", "", "http", "broker", "periodic"},
        {"nothing but names", "interfaces:\nsettings:\npools:\n", "http", "broker", "periodic"},
        {"empty interfaces", "interfaces: {}\n", "http", "broker", "periodic"},
        {"one", "interfaces: {broker: {}}\n", "none", "broker", "none"},
        {"one by its name alone", "interfaces:\n  periodic:\n", "none", "none", "periodic"},
        {"one shut", "interfaces: {http: {port: none}}\n", "none", "none", "none"},
        {"all", "interfaces: {http: {}, broker: {}, periodic: {}}\n", "http", "broker", "periodic"},
    };
    (void)state;
    for (size_t i = 0; i < mn_count_of(rows); i++) {
        minos_config *config = parse(rows[i].text);
        const char *http = NULL, *broker = NULL, *periodic = NULL;
        assert_ok(minos_config_text(config, "interfaces.http.port", &http));
        assert_ok(minos_config_text(config, "interfaces.broker.port", &broker));
        assert_ok(minos_config_text(config, "interfaces.periodic.port", &periodic));
        if (strcmp(http, rows[i].http) != 0 || strcmp(broker, rows[i].broker) != 0 ||
            strcmp(periodic, rows[i].periodic) != 0)
            fail_msg("%s: %s %s %s", rows[i].name, http, broker, periodic);
        minos_config_free(config);
    }
}

static void files(void **state)
{
    minos_config *config = NULL;

    (void)state;
    assert_fails(minos_config_new("/nonexistent/config.yml", NULL, &config), MINOS_EIO,
                 "cannot open /nonexistent/config.yml: No such file or directory");
    assert_fails(minos_config_new("/tmp", NULL, &config), MINOS_EIO, "cannot read /tmp: ");
    assert_fails(minos_config_new("/dev/zero", NULL, &config), MINOS_ECONFIG,
                 "/dev/zero:1: larger than 1024 KiB");
    assert_null(config);
    assert_ok(minos_config_new(NULL, NULL, &config));
    assert_null(minos_config_path(config));
    minos_config_free(config);
    assert_ok(minos_config_new("/dev/null", NULL, &config));
    assert_string_equal(minos_config_path(config), "/dev/null");
    minos_config_free(config);
    minos_config_free(NULL);
}

static void registering(void **state)
{
    static const minos_plugin one = {MINOS_PLUGIN("one")};
    static const minos_plugin two = {MINOS_PLUGIN("two")};
    minos_config *config = parse("");

    (void)state;
    assert_null(minos_config_registered(config, 0));
    assert_ok(minos_config_register(config, &one));
    assert_ok(minos_config_register(config, &two));
    assert_ptr_equal(minos_config_registered(config, 0), &one);
    assert_ptr_equal(minos_config_registered(config, 1), &two);
    assert_null(minos_config_registered(config, 2));
    assert_rc(minos_config_register(config, NULL), MINOS_EINVAL);
    minos_config_free(config);
}

/* What is printed as JSON has every key of the table that this build has, and reads back. */
static void printed_json(void **state)
{
    minos_config *config = parse(everything);
    minos_arena *arena = minos_arena_new(0);
    const minos_value *object = NULL, *row;
    minos_buffer *out;
    const char *text = NULL;

    (void)state;
    assert_ok(minos_buffer_new(1 << 20, &out));
    assert_ok(mn_config_print(config, true, out));
    assert_ok(minos_json_decode(minos_buffer_view(out), arena, &object));
    for (const mn_key *key = mn_keys; key->key != NULL; key++)
        if (key->type != MN_KEY_MAP && key->type != MN_KEY_FREE && key->absent == NULL &&
            strchr(key->key, '*') == NULL && mn_key_absent_above(key->key) == NULL &&
            minos_value_get(object, key->key) == NULL)
            fail_msg("%s is not printed", key->key);
    row = minos_value_get(object, "interfaces.http.connector.keep_alive");
    assert_ok(minos_value_str(row, "value", &text));
    assert_string_equal(text, "90 s");
    assert_ok(minos_value_str(row, "origin", &text));
    assert_string_equal(text, "conf/config.yml:10");
    minos_buffer_free(out);
    minos_arena_free(arena);
    minos_config_free(config);
}

/* Every row can be shown, checked and refused: its default is right, its sentence is one. */
static void the_table(void **state)
{
    (void)state;
    for (const mn_key *row = mn_keys; row->key != NULL; row++) {
        if (mn_key_find(row->key) != row)
            fail_msg("%s: there are two rows of it", row->key);
        if (row->doc == NULL || row->doc[strlen(row->doc) - 1] != '.')
            fail_msg("%s: its sentence lacks a full stop", row->key);
        if (row->max < row->min)
            fail_msg("%s: its bounds are the wrong way round", row->key);
        if (row->inherits != NULL && mn_key_find(row->inherits) == NULL)
            fail_msg("%s inherits from no key", row->key);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts),         cmocka_unit_test(numbers),
        cmocka_unit_test(durations),     cmocka_unit_test(defaults_of_http),
        cmocka_unit_test(refused_reads), cmocka_unit_test(subtrees),
        cmocka_unit_test(set_or_not),    cmocka_unit_test(doors),
        cmocka_unit_test(files),         cmocka_unit_test(registering),
        cmocka_unit_test(printed_json),  cmocka_unit_test(the_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
