/*
 * The brokers of the conformance suites: see brokers.h. A driver joins with one line in `brokers`.
 */
#include "support/brokers.h"

#include <minos/log.h>

#include "base/alloc.h"
#include "broker/dispatcher.h"
#include "broker/message.h"
#include "fiber/fiber.h"
#include "fiber/simulation.h"

#define TOPICS_MAX 32

static const mn_test_broker_row brokers[] = {
    {.name = "memory", .ops = &mn_broker_memory, .is_simulated = true},
    {.name = "memory, staged", .ops = &mn_test_staged, .is_simulated = true, .is_staged = true},
};

const mn_test_broker_row *mn_test_broker;
static bool is_for_drivers; /* the suite leaves out what is staged */
static mn_hub *hub;

mn_broker_source mn_test_source(void)
{
    return (mn_broker_source){.hub = hub};
}

void mn_test_hub_limits(mn_hub_options limits)
{
    mn_hub_unref(hub);
    hub = mn_hub_new(&limits);
}

minos_publisher *mn_test_publisher(void)
{
    const mn_broker_source source = mn_test_source();
    minos_publisher *publisher = NULL;
    assert_ok(mn_publisher_open(mn_test_broker->ops, &source, &publisher));
    return publisher;
}

static minos_rc with_hub(void *argument)
{
    minos_fiber_fn *const *fn = argument;
    minos_rc rc;
    hub = mn_hub_new(NULL);
    rc = (*fn)(NULL);
    mn_hub_unref(hub);
    hub = NULL;
    return rc;
}

void mn_brokers_run(void **state)
{
    minos_fiber_fn **fn = *state;
    size_t alive = mn_messages_alive();
    for (size_t i = 0; i < mn_count_of(brokers); i++) {
        if (is_for_drivers && brokers[i].is_staged)
            continue;
        mn_test_broker = &brokers[i];
        print_message("  %s\n", mn_test_broker->name);
        if (mn_test_broker->is_simulated)
            assert_ok(mn_simulate(1, "test", with_hub, fn));
        else
            assert_ok(mn_loop_run("test", with_hub, fn));
        assert_int_equal(mn_messages_alive(), alive);
    }
}

static void hush(void *context, minos_level level, const char *line)
{
    (void)context;
    (void)level;
    (void)line;
}

int mn_brokers_main(const struct CMUnitTest *tests, size_t count)
{
    minos_log_output_set(hush, NULL);
    return _cmocka_run_group_tests("brokers", tests, count, NULL, NULL);
}

int mn_drivers_main(const struct CMUnitTest *tests, size_t count)
{
    is_for_drivers = true;
    return mn_brokers_main(tests, count);
}

/* ---- a service ---- */

static minos_rc consume(void *argument)
{
    mn_test_world *world = argument;
    return minos_consumer_run(world->consumer);
}

static void subscribe(mn_test_world *world, const char *group)
{
    const char *topics[TOPICS_MAX + 1] = {NULL};
    minos_kind kinds[TOPICS_MAX];
    const minos_subscriber_options options = {.topics = topics, .kinds = kinds, .group = group};
    const mn_broker_source source = mn_test_source();
    size_t count;
    minos_action *const *actions = minos_router_routes(world->router, &count);

    assert_true(count <= TOPICS_MAX);
    for (size_t i = 0; i < count; i++) {
        topics[i] = minos_action_route(actions[i])->key;
        kinds[i] = minos_action_route(actions[i])->kind;
    }
    assert_ok(mn_subscriber_open(mn_test_broker->ops, &source, &options, &world->subscriber));
}

void mn_world_open(mn_test_world *world, const char *group, const minos_service *service,
                   size_t concurrency)
{
    const mn_broker_source source = mn_test_source();

    *world = (mn_test_world){.factory = NULL};
    assert_ok(minos_factory_new(MINOS_SERVICES(service), NULL, &world->factory));
    assert_ok(minos_router_new(MINOS_ROUTER_BROKER, world->factory, &world->router));
    world->publisher = mn_test_publisher();
    subscribe(world, group);
    assert_ok(minos_dispatcher_new(world->router, world->publisher, &world->dispatcher));
    assert_ok(
        minos_consumer_new(world->dispatcher, world->subscriber, concurrency, &world->consumer));
    assert_ok(mn_caller_new(world->publisher, mn_test_broker->ops, &source, &world->caller));
    mn_dispatcher_caller_set(world->dispatcher, world->caller);
    assert_ok(mn_fiber_start("consumer", consume, world, &world->fiber));
    assert_ok(minos_yield()); /* it runs */
}

minos_rc mn_world_stop(mn_test_world *world, minos_deadline deadline)
{
    minos_rc rc = minos_consumer_stop(world->consumer, deadline);
    mn_fiber *fiber = mn_take(&world->fiber);
    if (fiber != NULL)
        minos_ignore(mn_fiber_join(fiber, minos_deadline_never())); /* as the stop said */
    return rc;
}

void mn_world_close(mn_test_world *world)
{
    if (world->fiber != NULL)
        assert_ok(mn_world_stop(world, minos_deadline_in(60 * MINOS_S)));
    minos_consumer_free(world->consumer);
    mn_caller_free(world->caller);
    minos_dispatcher_free(world->dispatcher);
    minos_subscriber_free(world->subscriber);
    minos_publisher_free(world->publisher);
    minos_router_free(world->router);
    minos_factory_free(world->factory);
}
