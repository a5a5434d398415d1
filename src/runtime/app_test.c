/*
 * The life of an application: what plugins add is used; started in order, stopped in reverse; a
 * failure half-way undoes what was done.
 */
#include "support/support.h"

#include <string.h>

#include <minos/minos.h>

#include "base/buffer.h"
#include "fiber/simulation.h"
#include "http/exchange.h"
#include "http/port.h"
#include "runtime/app.h"

/* ---- a plugin that notes what is done to it ---- */

static char trace[512];
static minos_rc start_gives, setup_gives;

static void note(const char *what)
{
    if (trace[0] != '\0')
        strcat(trace, " ");
    strcat(trace, what);
}

static minos_rc port_setup(void *self, const minos_config *config, minos_factory *factory)
{
    (void)self, (void)config, (void)factory;
    note("setup");
    return MINOS_OK;
}

static minos_rc port_start(void *self)
{
    (void)self;
    note("start");
    return start_gives == MINOS_OK ? MINOS_OK : minos_fail(start_gives, "the probe cannot start");
}

static minos_rc port_stop(void *self, minos_deadline deadline)
{
    (void)self, (void)deadline;
    note("stop");
    return MINOS_OK;
}

static void port_destroy(void *self)
{
    (void)self;
    note("destroy");
}

static const minos_port_ops probe_port = {
    .name = "probe",
    .self_size = 8,
    .setup = port_setup,
    .start = port_start,
    .stop = port_stop,
    .destroy = port_destroy,
};

static minos_rc upper_decode(minos_view body, minos_view charset, minos_arena *arena,
                             minos_sink sink)
{
    minos_value value = minos_value_string(body);
    (void)charset, (void)arena;
    return sink.ops->scalar(sink.self, &value);
}

static minos_rc upper_encode(const minos_value *value, minos_buffer *out)
{
    minos_view view = minos_value_view(value);
    for (size_t i = 0; i < view.size; i++) {
        char byte = view.data[i];
        mn_buffer_put_byte(out, byte >= 'a' && byte <= 'z' ? (char)(byte - 32) : byte);
    }
    return mn_buffer_check(out);
}

static const minos_codec upper_codec = {"text/x-upper", upper_decode, upper_encode};

static minos_rc echo(minos_request *req, minos_response *res)
{
    const minos_value *content;
    MINOS_TRY(minos_request_content(req, &content));
    return minos_reply_as(res, "text/x-upper", content);
}

static minos_rc stamp(minos_request *req, minos_response *res, minos_next *next)
{
    MINOS_TRY(minos_next_run(next, req, res));
    return minos_response_header_set(res, "x-stamp", "seen");
}

static minos_rc service_setup(void *self, const minos_config *config)
{
    (void)self, (void)config;
    note("service-setup");
    return setup_gives == MINOS_OK ? MINOS_OK : minos_fail(setup_gives, "no database");
}

static void service_destroy(void *self)
{
    (void)self;
    note("service-destroy");
}

static const minos_route routes[] = {MINOS_REST_COMMAND("POST", "/echo", echo)};
static const minos_service service = {MINOS_SERVICE("probe", routes), .setup = service_setup,
                                      .destroy = service_destroy};
static const minos_service *const services[] = {&service, NULL};
static const minos_port_ops *const ports[] = {&probe_port, NULL};
static const minos_codec *const codecs[] = {&upper_codec, NULL};
static const minos_middleware middleware[] = {{"stamp", stamp}, {NULL, NULL}};
static const minos_plugin plugin = {
    MINOS_PLUGIN("probe"), .services = services, .middleware = middleware,
    .ports = ports,        .codecs = codecs,
};

/* ---- running ---- */

typedef minos_rc with_app_fn(mn_app *app);

static minos_rc with_app(with_app_fn *fn)
{
    MINOS_AUTO(minos_config) *config = NULL;
    mn_app app;
    minos_rc rc;

    trace[0] = '\0';
    MINOS_TRY(minos_config_parse(MINOS_VIEW("name: probe\n"), "probe.yml", NULL, &config));
    MINOS_TRY(minos_config_register(config, &plugin));
    MINOS_TRY(mn_app_setup(&app, config));
    rc = fn(&app);
    mn_app_done(&app);
    return rc;
}

static minos_rc live_and_ask(mn_app *app)
{
    minos_arena *arena = minos_arena_new(0);
    minos_answer answer;
    const char *header;

    MINOS_TRY(mn_app_start(app));
    MINOS_TRY(mn_http_exchange(mn_app_port_find(app, &mn_http_port_ops), "POST", "/echo",
                               "text/x-upper", MINOS_VIEW("shout"), arena, &answer));
    assert_int_equal(answer.status, 200);
    assert_true(minos_value_equal(answer.content, MINOS_VALUE("SHOUT")));
    MINOS_TRY(minos_value_str(answer.headers, "x-stamp", &header));
    assert_string_equal(header, "seen");
    minos_arena_free(arena);
    MINOS_TRY(mn_app_stop(app, minos_deadline_in(MINOS_S)));
    return mn_app_stop(app, minos_deadline_in(MINOS_S)); /* idempotent */
}

static minos_rc fail_to_start(mn_app *app)
{
    assert_int_equal(mn_app_start(app), MINOS_EIO);
    return mn_app_stop(app, minos_deadline_in(0));
}

static minos_rc lives(void *argument)
{
    (void)argument;
    MINOS_TRY(with_app(live_and_ask));
    assert_string_equal(trace, "setup service-setup start stop service-destroy destroy");
    MINOS_TRY(with_app(live_and_ask)); /* codecs are there already */
    return MINOS_OK;
}

static minos_rc port_fails(void *argument)
{
    (void)argument;
    start_gives = MINOS_EIO;
    MINOS_TRY(with_app(fail_to_start));
    start_gives = MINOS_OK;
    assert_string_equal(trace, "setup service-setup start service-destroy destroy");
    return MINOS_OK;
}

static minos_rc service_fails(void *argument)
{
    (void)argument;
    setup_gives = MINOS_EIO;
    MINOS_TRY(with_app(fail_to_start));
    setup_gives = MINOS_OK;
    assert_string_equal(trace, "setup service-setup destroy");
    return MINOS_OK;
}

static void test_plugin_lives(void **state)
{
    (void)state;
    assert_ok(mn_simulate(1, "test", lives, NULL));
}

static void test_port_that_fails(void **state)
{
    (void)state;
    assert_ok(mn_simulate(1, "test", port_fails, NULL));
}

static void test_service_that_fails(void **state)
{
    (void)state;
    assert_ok(mn_simulate(1, "test", service_fails, NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plugin_lives),
        cmocka_unit_test(test_port_that_fails),
        cmocka_unit_test(test_service_that_fails),
    };
    return cmocka_run_group_tests_name("runtime/app", tests, NULL, NULL);
}
