/*
 * Builders: what a config, parts and options make, and what they refuse, in virtual time.
 */
#include <minos/broker_builder.h>
#include <minos/log.h>

#include <stdio.h>

#include "base/alloc.h"
#include "broker/driver.h"
#include "fiber/fiber.h"
#include "fiber/simulation.h"
#include "support/support.h"

#define FAR (60 * MINOS_S)

static const char *const x[] = {"x", NULL}, *const xy[] = {"x", "y", NULL};

static minos_config *config_of(const char *broker)
{
    char yaml[512];
    minos_config *config = NULL;
    snprintf(yaml, sizeof yaml, "version: 2\nname: order\ninterfaces:\n  broker: %s\n", broker);
    assert_ok(minos_config_parse(minos_view_of(yaml), "test.yml", NULL, &config));
    return config;
}

static void publish(minos_publisher *publisher, int64_t number, const minos_uuid *identifier)
{
    const minos_message_options options = {.topic = "x",
                                           .identifier = identifier,
                                           .strategy = MINOS_MULTICAST,
                                           .content = MINOS_VALUE(number)};
    minos_message *message = NULL;
    assert_ok(minos_message_new(&options, &message));
    assert_ok(minos_publisher_send(publisher, message));
    minos_message_unref(message);
}

/* Receive what there is, until none comes for a while; gives how many. */
static size_t drain(minos_subscriber *subscriber)
{
    minos_message *message;
    size_t count = 0;
    while (minos_subscriber_receive(subscriber, minos_deadline_in(MINOS_S), &message) == MINOS_OK) {
        minos_message_unref(message);
        count++;
    }
    minos_error_clear();
    return count;
}

/* ---- from a config ---- */

typedef struct config_row {
    const char *name;
    const char *broker; /* the config's interfaces.broker */
    bool publisher_is_queued;
    bool is_filtered;
    size_t fetched; /* of six messages, by a subscriber that does not receive */
} config_row;

#define QUEUED "queue: minos.networks.InMemoryBrokerSubscriberQueue"
static const config_row config_rows[] = {
    {"nothing said", "{}", false, false, 0},
    {"none said", "{publisher: {queue: none}, subscriber: {queue: none, validator: none}}", false,
     false, 0},
    {"a publisher's queue", "{publisher: {queue: memory}}", true, false, 0},
    {"the original's", "{publisher: {queue: minos.networks.InMemoryBrokerPublisherQueue}}", true,
     false, 0},
    {"a subscriber's queue", "{subscriber: {queue: memory}}", false, false, 6},
    {"its bound", "{common: {queue: {records: 2}}, subscriber: {queue: memory}}", false, false, 3},
    {"the original's", "{subscriber: {" QUEUED "}}", false, false, 6},
    {"a validator", "{subscriber: {validator: memory}}", false, true, 0},
    {"the original's",
     "{subscriber: {validator: minos.networks.InMemoryBrokerSubscriberDuplicateValidator}}", false,
     true, 0},
    {"all", "{publisher: {queue: memory}, subscriber: {queue: memory, validator: memory}}", true,
     true, 6},
};

static void check_publisher(const minos_config *config, bool is_queued)
{
    minos_publisher *publisher = NULL;
    assert_ok(minos_publisher_from_config(config, &publisher));
    assert_int_equal(mn_publisher_direct(publisher) != publisher, is_queued);
    minos_publisher_free(publisher);
}

static void check_subscriber(const minos_config *config, const config_row *row)
{
    const minos_subscriber_options options = {.topics = x, .group = "g"};
    const minos_uuid same = {{7}};
    minos_publisher *publisher = NULL;
    minos_subscriber *subscriber = NULL, *other = NULL;

    assert_ok(minos_publisher_new_memory(&publisher));
    assert_ok(minos_subscriber_from_config(config, &options, &subscriber));
    for (int64_t i = 0; i < 6; i++)
        publish(publisher, i, NULL);
    assert_ok(minos_sleep(MINOS_S));
    assert_ok(minos_subscriber_new_memory(&options, &other));
    assert_int_equal(drain(other), 6 - row->fetched);
    assert_int_equal(drain(subscriber), row->fetched);
    minos_subscriber_free(other);
    publish(publisher, 1, &same);
    publish(publisher, 2, &same);
    assert_int_equal(drain(subscriber), row->is_filtered ? 1 : 2);
    minos_subscriber_free(subscriber);
    minos_publisher_free(publisher);
}

static minos_rc a_config_makes_its_stages(void *argument)
{
    (void)argument;
    for (size_t i = 0; i < mn_count_of(config_rows); i++) {
        minos_config *config = config_of(config_rows[i].broker);
        print_message("  %s\n", config_rows[i].name);
        check_publisher(config, config_rows[i].publisher_is_queued);
        check_subscriber(config, &config_rows[i]);
        minos_config_free(config);
    }
    return MINOS_OK;
}

/* ---- with parts ---- */

static minos_rc what_is_given_wins_over_the_config(void *argument)
{
    minos_config *config = config_of("{publisher: {queue: memory}, subscriber: {queue: memory}}");
    MINOS_AUTO(minos_publisher_builder) *builder = minos_publisher_builder_new();
    minos_publisher *publisher = NULL;
    minos_queue *queue = NULL;
    (void)argument;

    minos_publisher_builder_with_config(builder, config);
    minos_publisher_builder_with_queue(builder, NULL);
    assert_ok(minos_publisher_builder_build(builder, &publisher));
    assert_ptr_equal(mn_publisher_direct(publisher), publisher);
    minos_publisher_free(publisher);
    for (int i = 0; i < 2; i++) { /* the first is freed when it is replaced */
        assert_ok(minos_queue_new_memory(NULL, &queue));
        minos_publisher_builder_with_queue(builder, queue);
    }
    assert_ok(minos_publisher_builder_build(builder, &publisher));
    assert_ptr_not_equal(mn_publisher_direct(publisher), publisher);
    minos_publisher_free(publisher);
    assert_fails(minos_publisher_builder_build(builder, &publisher), MINOS_ESTATE,
                 "used by an earlier build");
    minos_publisher_builder_with_queue(builder, NULL);
    assert_ok(minos_publisher_builder_build(builder, &publisher));
    minos_publisher_free(publisher);
    assert_ok(minos_queue_new_memory(NULL, &queue));
    minos_publisher_builder_with_queue(builder, queue); /* freed with the builder */
    minos_config_free(config);
    return MINOS_OK;
}

static minos_rc a_subscriber_is_built_from_parts(void *argument)
{
    static const minos_kind kinds[] = {MINOS_KIND_COMMAND, MINOS_KIND_EVENT};
    MINOS_AUTO(minos_subscriber_builder) *builder = minos_subscriber_builder_new();
    MINOS_AUTO(minos_queue_builder) *queues = minos_queue_builder_new();
    MINOS_AUTO(minos_validator_builder) *validators = minos_validator_builder_new();
    minos_subscriber *subscriber = NULL, *second = NULL;
    minos_validator *validator = NULL;
    minos_queue *queue = NULL;
    (void)argument;

    minos_queue_builder_with_kind(queues, "memory");
    minos_queue_builder_with_topics(queues, xy);
    minos_queue_builder_with_option(queues, "records", "5");
    assert_ok(minos_queue_builder_build(queues, &queue));
    minos_validator_builder_with_option(validators, "marks_max", "10");
    minos_validator_builder_with_option(validators, "window", "1 h");
    assert_ok(minos_validator_builder_build(validators, &validator));
    minos_subscriber_builder_with_topics(builder, x, NULL);
    minos_subscriber_builder_with_topics(builder, xy, kinds); /* the last counts */
    minos_subscriber_builder_with_group_id(builder, "g");
    minos_subscriber_builder_with_remove_topics_on_destroy(builder, true);
    minos_subscriber_builder_with_validator(builder, validator);
    minos_subscriber_builder_with_queue(builder, queue);
    minos_subscriber_builder_with_option(builder, "client", "memory");
    assert_ok(minos_subscriber_builder_build(builder, &subscriber));
    assert_string_equal(minos_subscriber_topics(subscriber)[1], "y");
    assert_rc(minos_subscriber_builder_build(builder, &second), MINOS_ESTATE);
    minos_subscriber_builder_with_validator(builder, NULL);
    assert_rc(minos_subscriber_builder_build(builder, &second), MINOS_ESTATE);
    minos_subscriber_builder_with_queue(builder, NULL);
    assert_ok(minos_subscriber_builder_build(builder, &second)); /* a member of the same group */
    minos_subscriber_free(second);
    minos_subscriber_builder_with_group_id(builder, "h");
    assert_rc(minos_subscriber_builder_build(builder, &second), MINOS_EEXISTS);
    minos_subscriber_free(subscriber);
    assert_ok(minos_subscriber_builder_build(builder, &second));
    minos_subscriber_free(second);
    return MINOS_OK;
}

static minos_rc a_failed_build_frees_what_it_used(void *argument)
{
    MINOS_AUTO(minos_subscriber_builder) *builder = minos_subscriber_builder_new();
    minos_subscriber *subscriber = NULL;
    minos_validator *validator = NULL;
    minos_queue *queue = NULL;
    (void)argument;

    assert_ok(minos_validator_new_memory(NULL, &validator));
    assert_ok(minos_queue_new_memory(&(minos_queue_options){.topics = xy}, &queue));
    minos_subscriber_builder_with_topics(builder, x, NULL);
    minos_subscriber_builder_with_validator(builder, validator);
    minos_subscriber_builder_with_queue(builder, queue);
    assert_fails(minos_subscriber_builder_build(builder, &subscriber), MINOS_EINVAL,
                 "for other topics");
    assert_null(subscriber);
    return MINOS_OK;
}

/* ---- bad input ---- */

typedef struct wrong_row {
    const char *name;
    const char *option;
    const char *value;
    minos_rc expected;
} wrong_row;

static const wrong_row broker_rows[] = {
    {"unknown option", "colour", "blue", MINOS_EINVAL},
    {"option of another broker", "host", "localhost", MINOS_EINVAL},
    {"no name", NULL, "1", MINOS_EINVAL},
    {"empty name", "", "1", MINOS_EINVAL},
    {"unknown broker", "client", "carrier pigeon", MINOS_ECONFIG},
    {"no broker", "client", NULL, MINOS_ECONFIG},
    {"empty broker", "client", "", MINOS_ECONFIG},
    {"records no number", "records", "many", MINOS_EINVAL},
    {"records zero", "records", "0", MINOS_EINVAL},
    {"records negative", "records", "-1", MINOS_EINVAL},
    {"records too many", "records", "1000001", MINOS_EINVAL},
    {"records beyond int64", "records", "9999999999999999999", MINOS_EINVAL},
};

static minos_rc wrong_options_are_refused(void *argument)
{
    minos_config *config = config_of("{publisher: {queue: memory}, subscriber: {queue: memory}}");
    (void)argument;

    for (size_t i = 0; i < mn_count_of(broker_rows); i++) {
        const wrong_row *row = &broker_rows[i];
        MINOS_AUTO(minos_publisher_builder) *publishers = minos_publisher_builder_new();
        MINOS_AUTO(minos_subscriber_builder) *subscribers = minos_subscriber_builder_new();
        minos_publisher *publisher = NULL;
        minos_subscriber *subscriber = NULL;

        print_message("  %s\n", row->name);
        minos_publisher_builder_with_config(publishers, config);
        minos_publisher_builder_with_option(publishers, row->option, row->value);
        assert_rc(minos_publisher_builder_build(publishers, &publisher), row->expected);
        assert_null(publisher);
        minos_subscriber_builder_with_config(subscribers, config);
        minos_subscriber_builder_with_topics(subscribers, x, NULL);
        minos_subscriber_builder_with_option(subscribers, row->option, row->value);
        assert_rc(minos_subscriber_builder_build(subscribers, &subscriber), row->expected);
        assert_null(subscriber);
    }
    minos_config_free(config);
    return MINOS_OK;
}

static const wrong_row validator_rows[] = {
    {"unknown option", "records", "1", MINOS_EINVAL},
    {"no marks", "marks_max", "0", MINOS_EINVAL},
    {"too many marks", "marks_max", "10000001", MINOS_EINVAL},
    {"window without number", "window", "soon", MINOS_EINVAL},
    {"window of nothing", "window", "0 s", MINOS_EINVAL},
    {"unit unknown", "window", "1 fortnight", MINOS_EINVAL},
};

static minos_rc wrong_parts_are_refused(void *argument)
{
    static const char *const none[] = {NULL}, *const bad[] = {"a\n", NULL};
    minos_validator_builder *validators;
    minos_validator *validator = NULL;
    minos_queue_builder *queues = minos_queue_builder_new();
    minos_queue *queue = NULL;
    minos_subscriber_builder *subscribers = minos_subscriber_builder_new();
    minos_subscriber *subscriber = NULL;
    (void)argument;

    for (size_t i = 0; i < mn_count_of(validator_rows); i++) {
        print_message("  %s\n", validator_rows[i].name);
        validators = minos_validator_builder_new();
        minos_validator_builder_with_option(validators, validator_rows[i].option,
                                            validator_rows[i].value);
        assert_rc(minos_validator_builder_build(validators, &validator),
                  validator_rows[i].expected);
        assert_null(validator);
        minos_validator_builder_free(validators);
    }
    validators = minos_validator_builder_new();
    minos_validator_builder_with_kind(validators, "database");
    assert_rc(minos_validator_builder_build(validators, &validator), MINOS_ECONFIG);
    minos_validator_builder_free(validators);
    minos_queue_builder_with_topics(queues, none);
    assert_rc(minos_queue_builder_build(queues, &queue), MINOS_EINVAL);
    minos_queue_builder_with_topics(queues, bad);
    assert_rc(minos_queue_builder_build(queues, &queue), MINOS_EINVAL);
    minos_queue_builder_with_topics(queues, NULL);
    minos_queue_builder_with_kind(queues, NULL);
    assert_rc(minos_queue_builder_build(queues, &queue), MINOS_ECONFIG);
    minos_queue_builder_with_option(queues, "colour", "blue");
    assert_rc(minos_queue_builder_build(queues, &queue), MINOS_EINVAL);
    assert_null(queue);
    minos_queue_builder_free(queues);
    assert_rc(minos_subscriber_builder_build(subscribers, &subscriber), MINOS_EINVAL);
    minos_subscriber_builder_with_topics(subscribers, bad, NULL);
    assert_rc(minos_subscriber_builder_build(subscribers, &subscriber), MINOS_EINVAL);
    minos_subscriber_builder_with_topics(subscribers, x, NULL);
    minos_subscriber_builder_with_group_id(subscribers, "");
    assert_rc(minos_subscriber_builder_build(subscribers, &subscriber), MINOS_EINVAL);
    assert_null(subscriber);
    minos_subscriber_builder_free(subscribers);
    minos_publisher_builder_free(NULL);
    minos_subscriber_builder_free(NULL);
    minos_queue_builder_free(NULL);
    minos_validator_builder_free(NULL);
    return MINOS_OK;
}

static void outside_of_fibers_only_queues_are_refused(void **state)
{
    minos_config *config = config_of("{publisher: {queue: memory}}");
    MINOS_AUTO(minos_publisher_builder) *builder = minos_publisher_builder_new();
    minos_publisher *publisher = NULL;
    (void)state;

    minos_publisher_builder_with_config(builder, config);
    assert_rc(minos_publisher_builder_build(builder, &publisher), MINOS_ESTATE);
    assert_null(publisher);
    minos_publisher_builder_with_queue(builder, NULL);
    assert_ok(minos_publisher_builder_build(builder, &publisher));
    minos_publisher_free(publisher);
    minos_config_free(config);
}

static void hush(void *context, minos_level level, const char *line)
{
    (void)context;
    (void)level;
    (void)line;
}

static void run(void **state)
{
    minos_fiber_fn **fn = *state;
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
        CASE(a_config_makes_its_stages),
        CASE(what_is_given_wins_over_the_config),
        CASE(a_subscriber_is_built_from_parts),
        CASE(a_failed_build_frees_what_it_used),
        CASE(wrong_options_are_refused),
        CASE(wrong_parts_are_refused),
        cmocka_unit_test(outside_of_fibers_only_queues_are_refused),
    };
    minos_log_output_set(hush, NULL);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
