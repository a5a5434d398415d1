/*
 * The broker port: from a config, by the launcher's calls and by itself.
 */
#include <minos/broker.h>
#include <minos/log.h>
#include <minos/plugin.h>

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "broker/caller.h"
#include "broker/message.h"
#include "broker/port.h"
#include "fiber/fiber.h"
#include "fiber/simulation.h"
#include "support/support.h"

#define FAR (60 * MINOS_S)

static int64_t set_up_count, handled_count;

static minos_rc double_it(minos_request *req, minos_response *res)
{
    const minos_value *content;
    int64_t number;
    MINOS_TRY(minos_request_content(req, &content));
    MINOS_TRY(minos_value_i64(content, NULL, &number));
    return minos_reply(res, MINOS_VALUE(number * 2));
}

static minos_rc take_long(minos_request *req, minos_response *res)
{
    (void)req;
    (void)res;
    MINOS_TRY(minos_sleep(10 * MINOS_S));
    handled_count++;
    return MINOS_OK;
}

static const minos_route rows[] = {
    MINOS_BROKER_QUERY("double", double_it),
    MINOS_BROKER_EVENT("long", take_long),
};

static minos_rc service_setup(void *self, const minos_config *config)
{
    (void)self;
    (void)config;
    set_up_count++;
    return MINOS_OK;
}

static void service_destroy(void *self)
{
    (void)self;
    set_up_count--;
}

static const minos_service doubler = {
    MINOS_SERVICE("doubler", rows),
    .setup = service_setup,
    .destroy = service_destroy,
};
static const minos_service silent = {.abi = MINOS_ABI,
                                     .service_bytes = sizeof(minos_service),
                                     .route_bytes = sizeof(minos_route),
                                     .name = "silent"};

static minos_config *config_of(const minos_service *service, const char *yaml)
{
    static const minos_service *services[2];
    static minos_plugin plugin;
    minos_config *config = NULL;

    services[0] = service;
    plugin = (minos_plugin){MINOS_PLUGIN("test"), .services = services};
    assert_ok(minos_config_parse(minos_view_of(yaml), "test.yml", NULL, &config));
    assert_ok(minos_config_register(config, &plugin));
    return config;
}

static int64_t ask_double(int64_t number)
{
    const minos_value *reply;
    assert_ok(minos_broker_request("double", MINOS_VALUE(number), &reply));
    assert_ok(minos_value_i64(reply, NULL, &number));
    return number;
}

/* ---- warnings ---- */

static int warning_count;

static void count_warnings(void *context, minos_level level, const char *line)
{
    (void)context;
    (void)line;
    warning_count += level == MINOS_LEVEL_WARNING;
}

/* ---- the launcher's calls ---- */

#define ALL_STAGES                                                                                 \
    "interfaces:\n  broker:\n    publisher: {queue: memory}\n"                                     \
    "    subscriber: {queue: memory, validator: memory}\n"

static void answers_from_start_to_stop(const char *yaml)
{
    minos_config *config = config_of(&doubler, yaml);
    minos_factory *factory;
    void *port = calloc(1, mn_broker_port_ops.self_size);
    char text[64];

    assert_ok(minos_factory_from_config(config, &factory));
    assert_rc(mn_broker_port_ops.start(port), MINOS_ESTATE);
    assert_ok(mn_broker_port_ops.stop(port, minos_deadline_in(FAR)));
    assert_ok(mn_broker_port_ops.setup(port, config, factory));
    assert_ok(mn_broker_port_ops.setup(port, config, factory));
    mn_broker_port_ops.describe(port, text, sizeof text);
    assert_string_equal(text, "broker memory: 2 topics");
    assert_ok(minos_broker_send("double", MINOS_VALUE(1))); /* it waits for the start */
    for (int round = 0; round < 2; round++) {
        assert_ok(mn_broker_port_ops.start(port));
        assert_ok(mn_broker_port_ops.start(port));
        assert_int_equal(ask_double(21), 42);
        assert_ok(mn_broker_port_ops.stop(port, minos_deadline_in(FAR)));
        assert_ok(mn_broker_port_ops.stop(port, minos_deadline_in(FAR)));
    }
    mn_broker_port_ops.destroy(port);
    mn_broker_port_ops.destroy(port);
    assert_null(mn_caller_current());
    minos_factory_free(factory);
    minos_config_free(config);
    free(port);
}

static minos_rc a_port_answers_from_start_to_stop(void *argument)
{
    static const struct {
        const char *name, *yaml;
    } configs[] = {
        {"straight", "version: 2\nname: order\n"},
        {"with queues and validator", "version: 2\nname: order\n" ALL_STAGES},
    };
    (void)argument;

    for (size_t i = 0; i < mn_count_of(configs); i++) {
        print_message("  %s\n", configs[i].name);
        answers_from_start_to_stop(configs[i].yaml);
    }
    return MINOS_OK;
}

static minos_rc a_stop_sends_what_is_queued_and_keeps_what_was_fetched(void *argument)
{
    minos_config *config = config_of(&doubler, "version: 2\nname: order\n" ALL_STAGES);
    minos_subscriber *watching = NULL;
    minos_broker_port *port;
    minos_message *message;
    (void)argument;

    assert_ok(minos_subscriber_new_memory(
        &(minos_subscriber_options){.topics = (const char *const[]){"happened", NULL}}, &watching));
    assert_ok(minos_broker_port_from_config(config, &port));
    assert_ok(minos_broker_port_start(port));
    handled_count = 0;
    for (int i = 0; i < 12; i++) /* five at once, the others are fetched */
        assert_ok(minos_broker_publish("long", NULL));
    assert_ok(minos_sleep(MINOS_S));
    assert_ok(minos_broker_publish("happened", NULL));
    assert_ok(minos_broker_port_stop(port, minos_deadline_in(FAR)));
    assert_int_equal(handled_count, 5);
    assert_ok(minos_subscriber_receive(watching, (minos_deadline){0}, &message));
    minos_message_unref(message);
    assert_ok(minos_broker_port_start(port));
    assert_ok(minos_sleep(FAR));
    assert_int_equal(handled_count, 12);
    assert_ok(minos_broker_port_stop(port, minos_deadline_in(FAR)));
    minos_broker_port_free(port);
    minos_subscriber_free(watching);
    minos_config_free(config);
    return MINOS_OK;
}

static minos_rc a_stop_right_after_a_start_ends(void *argument)
{
    minos_config *config = config_of(&doubler, "version: 2\n");
    minos_broker_port *port;
    (void)argument;

    assert_ok(minos_broker_port_from_config(config, &port));
    assert_ok(minos_broker_port_start(port));
    assert_ok(minos_broker_port_stop(port, minos_deadline_in(FAR)));
    minos_broker_port_free(port);
    minos_config_free(config);
    return MINOS_OK;
}

static minos_rc a_service_without_broker_rows_can_send(void *argument)
{
    minos_config *config = config_of(&silent, "version: 2\n");
    minos_broker_port *port;
    (void)argument;

    assert_ok(minos_broker_port_from_config(config, &port));
    assert_ok(minos_broker_port_start(port));
    assert_ok(minos_broker_publish("happened", NULL));
    assert_ok(minos_broker_port_stop(port, minos_deadline_in(FAR)));
    minos_broker_port_free(port);
    minos_config_free(config);
    return MINOS_OK;
}

static minos_rc the_group_is_that_of_the_config(void *argument)
{
    static const struct {
        const char *yaml;
        const char *group;
    } cases[] = {
        {"version: 2\nname: order\n", "order"},
        {"version: 2\nname: order\ninterfaces: {broker: {subscriber: {group: shared}}}\n",
         "shared"},
    };
    (void)argument;
    for (size_t i = 0; i < 2; i++) {
        minos_config *config = config_of(&doubler, cases[i].yaml);
        const char *const topics[] = {"double", NULL};
        const minos_kind kinds[] = {MINOS_KIND_QUERY};
        minos_subscriber_options options = {.topics = topics, .kinds = kinds, .group = "other"};
        minos_subscriber *subscriber;
        minos_broker_port *port;

        assert_ok(minos_broker_port_from_config(config, &port));
        assert_ok(minos_broker_port_start(port));
        assert_rc(minos_subscriber_new_memory(&options, &subscriber), MINOS_EEXISTS);
        assert_non_null(
            strstr(minos_error_message(minos_error_cause(minos_error_last())), cases[i].group));
        options.group = cases[i].group;
        assert_ok(minos_subscriber_new_memory(&options, &subscriber));
        minos_subscriber_free(subscriber);
        assert_ok(minos_broker_port_stop(port, minos_deadline_in(FAR)));
        minos_broker_port_free(port);
        minos_config_free(config);
    }
    return MINOS_OK;
}

static minos_rc a_topic_of_another_service_fails_the_start(void *argument)
{
    minos_config *config = config_of(&doubler, "version: 2\nname: order\n");
    const char *const topics[] = {"double", NULL};
    const minos_kind kinds[] = {MINOS_KIND_COMMAND};
    const minos_subscriber_options options = {.topics = topics, .kinds = kinds, .group = "other"};
    minos_subscriber *subscriber;
    minos_broker_port *port;
    (void)argument;

    assert_ok(minos_subscriber_new_memory(&options, &subscriber));
    assert_ok(minos_broker_port_from_config(config, &port));
    assert_rc(minos_broker_port_start(port), MINOS_EEXISTS);
    assert_int_equal(set_up_count, 0);
    minos_subscriber_free(subscriber);
    assert_ok(minos_broker_port_start(port));
    assert_int_equal(set_up_count, 1);
    assert_ok(minos_broker_port_stop(port, minos_deadline_in(FAR)));
    assert_int_equal(set_up_count, 0);
    minos_broker_port_free(port);
    minos_config_free(config);
    return MINOS_OK;
}

static minos_rc a_port_freed_while_it_runs_warns_and_finishes(void *argument)
{
    minos_config *config = config_of(&doubler, "version: 2\n");
    minos_broker_port *port;
    (void)argument;

    warning_count = 0;
    handled_count = 0;
    assert_ok(minos_broker_port_from_config(config, &port));
    assert_ok(minos_broker_port_start(port));
    assert_ok(minos_broker_publish("long", NULL));
    assert_ok(minos_sleep(MINOS_S));
    minos_broker_port_free(port);
    assert_int_equal(handled_count, 1);
    assert_int_equal(warning_count, 1);
    minos_broker_port_free(NULL);
    minos_config_free(config);
    return MINOS_OK;
}

static minos_rc a_drain_is_cut_off_at_its_deadline(void *argument)
{
    minos_config *config = config_of(&doubler, "version: 2\n");
    minos_broker_port *port;
    (void)argument;

    handled_count = 0;
    assert_ok(minos_broker_port_from_config(config, &port));
    assert_ok(minos_broker_port_start(port));
    assert_ok(minos_broker_publish("long", NULL));
    assert_ok(minos_sleep(MINOS_S));
    assert_rc(minos_broker_port_stop(port, minos_deadline_in(MINOS_S)), MINOS_ETIMEDOUT);
    assert_int_equal(handled_count, 0);
    minos_broker_port_free(port);
    minos_config_free(config);
    return MINOS_OK;
}

static minos_rc the_newest_caller_is_found_and_the_older_after_it(void *argument)
{
    minos_config *config = config_of(&doubler, "version: 2\n");
    minos_broker_port *ports[2];
    mn_caller *first;
    (void)argument;

    assert_ok(minos_broker_port_from_config(config, &ports[0]));
    first = mn_caller_current();
    assert_ok(minos_broker_port_from_config(config, &ports[1]));
    assert_ptr_not_equal(mn_caller_current(), first);
    minos_broker_port_free(ports[1]);
    assert_ptr_equal(mn_caller_current(), first);
    minos_broker_port_free(ports[0]);
    assert_null(mn_caller_current());
    minos_config_free(config);
    return MINOS_OK;
}

/* ---- from parts ---- */

static minos_rc everything_can_be_made_from_a_config(void *argument)
{
    minos_config *config = config_of(&doubler, "version: 2\npools: {broker: {maxsize: 1}}\n");
    MINOS_AUTO(minos_consumer) *consumer = NULL;
    MINOS_AUTO(minos_broker_port) *port = NULL;
    MINOS_AUTO(minos_broker_client) *client = NULL, *named = NULL;
    MINOS_AUTO(minos_client_pool) *pool = NULL;
    MINOS_AUTO(minos_publisher) *publisher = NULL;
    minos_broker_client *lent, *second;
    minos_message *message;
    minos_deadline old;
    int64_t number;
    (void)argument;

    assert_ok(minos_consumer_from_config(config, &consumer));
    assert_int_equal(set_up_count, 1);
    assert_rc(minos_broker_port_new(NULL, &port), MINOS_EINVAL);
    assert_ok(minos_broker_port_new(consumer, &port));
    assert_ok(minos_broker_port_start(port));
    assert_ok(minos_broker_client_from_config(config, NULL, &client));
    assert_int_equal(strlen(minos_broker_client_topic(client)), 32);
    assert_ok(minos_broker_client_send(client, "double", MINOS_VALUE(4)));
    assert_ok(minos_broker_client_receive(client, minos_deadline_in(FAR), &message));
    assert_ok(minos_value_i64(minos_message_content(message), NULL, &number));
    assert_int_equal(number, 8);
    minos_message_unref(message);
    assert_ok(minos_broker_client_from_config(config, "my.topic", &named));
    assert_string_equal(minos_broker_client_topic(named), "my.topic");
    assert_ok(minos_publisher_from_config(config, &publisher));
    assert_ok(minos_client_pool_from_config(config, 0, &pool));
    assert_ok(minos_client_pool_acquire(pool, &lent));
    old = minos_fiber_deadline_shorten(minos_deadline_in(MINOS_S));
    assert_rc(minos_client_pool_acquire(pool, &second), MINOS_ETIMEDOUT);
    mn_fiber_deadline_set(old);
    minos_client_pool_release(pool, lent);
    assert_ok(minos_broker_port_stop(port, minos_deadline_in(FAR)));
    minos_consumer_free(consumer);
    consumer = NULL;
    assert_int_equal(set_up_count, 0);
    minos_config_free(config);
    return MINOS_OK;
}

static minos_rc parts_left_out_are_those_of_the_thread(void *argument)
{
    const char *const topics[] = {"my.topic", NULL};
    const minos_subscriber_options options = {.topics = topics};
    MINOS_AUTO(minos_subscriber) *subscriber = NULL;
    MINOS_AUTO(minos_broker_client) *own = NULL, *first = NULL;
    MINOS_AUTO(minos_client_pool) *pool = NULL;
    minos_message *message;
    (void)argument;

    assert_ok(minos_subscriber_new_memory(&options, &subscriber));
    assert_ok(minos_broker_client_new(NULL, NULL, subscriber, &first));
    assert_string_equal(minos_broker_client_topic(first), "my.topic");
    assert_ok(minos_broker_client_new(NULL, NULL, NULL, &own));
    assert_int_equal(strlen(minos_broker_client_topic(own)), 32);
    assert_ok(minos_broker_client_send(own, "my.topic", MINOS_VALUE(1)));
    assert_ok(minos_broker_client_receive(first, minos_deadline_in(FAR), &message));
    assert_string_equal(minos_message_reply_topic(message), minos_broker_client_topic(own));
    minos_message_unref(message);
    assert_ok(minos_client_pool_new_memory(0, &pool));
    return MINOS_OK;
}

static void run(void **state)
{
    minos_fiber_fn *const *fn = *state;
    size_t alive = mn_messages_alive();
    assert_ok(mn_simulate(1, "test", *fn, NULL));
    assert_int_equal(mn_messages_alive(), alive);
}

#define CASE(fn)                                                                                   \
    {                                                                                              \
#fn, run, NULL, NULL, (minos_fiber_fn *[])                                                 \
        {                                                                                          \
            fn                                                                                     \
        }                                                                                          \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(a_port_answers_from_start_to_stop),
        CASE(a_stop_sends_what_is_queued_and_keeps_what_was_fetched),
        CASE(a_stop_right_after_a_start_ends),
        CASE(a_service_without_broker_rows_can_send),
        CASE(the_group_is_that_of_the_config),
        CASE(a_topic_of_another_service_fails_the_start),
        CASE(a_port_freed_while_it_runs_warns_and_finishes),
        CASE(a_drain_is_cut_off_at_its_deadline),
        CASE(the_newest_caller_is_found_and_the_older_after_it),
        CASE(everything_can_be_made_from_a_config),
        CASE(parts_left_out_are_those_of_the_thread),
    };
    minos_log_output_set(count_warnings, NULL);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
