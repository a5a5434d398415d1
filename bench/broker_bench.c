/*
 * Command → handler → reply over the in-process broker, content copied and not encoded, one
 * outstanding: rate, median, 99th percentile and allocations in the steady state; then fan-out of
 * events, and many outstanding; then events through queues and a duplicate validator that is full.
 * Prints "name value unit" lines.
 */
#include <stdio.h>
#include <stdlib.h>

#include <minos/broker.h>
#include <minos/broker_queue.h>
#include <minos/broker_validator.h>
#include <minos/enroute.h>

#include "base/env.h"
#include "broker/caller.h"
#include "broker/dispatcher.h"
#include "broker/driver.h"
#include "fiber/fiber.h"

#define WARM_UP    10000
#define ROUNDS     1000000
#define CALLERS    1000
#define PER_CALLER 200
#define EVENTS     1000000
#define MARKS      100000 /* so that the oldest goes with each event */

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *memory, size_t size);

static size_t allocation_count;

/* These stand before glibc's, so that the whole program is counted. */
void *malloc(size_t size)
{
    allocation_count++;
    return __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    allocation_count++;
    return __libc_calloc(count, size);
}

void *realloc(void *memory, size_t size)
{
    allocation_count++;
    return __libc_realloc(memory, size);
}

static minos_handler_fn reserve, place;

static const minos_route stock_routes[] = {
    MINOS_BROKER_COMMAND("stock.reserve", reserve),
    MINOS_BROKER_EVENT("order.placed", place),
};
static const minos_service stock = {MINOS_SERVICE("stock", stock_routes)};

static int64_t placed_count;

static minos_rc reserve(minos_request *req, minos_response *res)
{
    const minos_value *order;
    const char *sku;
    int64_t count;
    MINOS_TRY(minos_request_content(req, &order));
    MINOS_TRY(minos_value_str(order, "sku", &sku));
    MINOS_TRY(minos_value_i64(order, "count", &count));
    return minos_reply(res, MINOS_MAP(MINOS_KV("sku", sku), MINOS_KV("reserved", count)));
}

static minos_rc place(minos_request *req, minos_response *res)
{
    (void)req;
    (void)res;
    placed_count++;
    return MINOS_OK;
}

typedef struct world {
    minos_factory *factory;
    minos_router *router;
    minos_publisher *publisher;
    minos_subscriber *subscriber;
    minos_dispatcher *dispatcher;
    minos_consumer *consumer;
    mn_caller *caller;
    mn_fiber *fiber;
} world;

static minos_rc consume(void *argument)
{
    world *self = argument;
    return minos_consumer_run(self->consumer);
}

/* Put queues and a validator around the broker. */
static minos_rc add_stages(world *self)
{
    const minos_duplicates_options marks = {.marks_max = MARKS};
    minos_validator *validator;
    minos_queue *queue;

    MINOS_TRY(minos_queue_new_memory(NULL, &queue));
    MINOS_TRY(minos_publisher_new_queued(self->publisher, queue, &self->publisher));
    MINOS_TRY(minos_validator_new_memory(&marks, &validator));
    MINOS_TRY(minos_subscriber_new_filtered(self->subscriber, validator, &self->subscriber));
    MINOS_TRY(minos_queue_new_memory(NULL, &queue));
    return minos_subscriber_new_queued(self->subscriber, queue, &self->subscriber);
}

static minos_rc world_open(world *self, bool is_staged)
{
    static const char *const topics[] = {"order.placed", "stock.reserve", NULL};
    const minos_subscriber_options options = {.topics = topics, .group = "stock"};
    const mn_broker_source source = {.config = NULL};

    MINOS_TRY(minos_factory_new(MINOS_SERVICES(&stock), NULL, &self->factory));
    MINOS_TRY(minos_router_new(MINOS_ROUTER_BROKER, self->factory, &self->router));
    MINOS_TRY(minos_publisher_new_memory(&self->publisher));
    MINOS_TRY(minos_subscriber_new_memory(&options, &self->subscriber));
    if (is_staged)
        MINOS_TRY(add_stages(self));
    MINOS_TRY(minos_dispatcher_new(self->router, self->publisher, &self->dispatcher));
    MINOS_TRY(minos_consumer_new(self->dispatcher, self->subscriber, 0, &self->consumer));
    MINOS_TRY(mn_caller_new(self->publisher, &mn_broker_memory, &source, &self->caller));
    return mn_fiber_start("consumer", consume, self, &self->fiber);
}

static minos_rc world_close(world *self)
{
    minos_rc rc = minos_consumer_stop(self->consumer, minos_deadline_in(MINOS_S));
    if (rc == MINOS_OK)
        rc = mn_fiber_join(self->fiber, minos_deadline_never());
    minos_consumer_free(self->consumer);
    mn_caller_free(self->caller);
    minos_dispatcher_free(self->dispatcher);
    minos_subscriber_free(self->subscriber);
    minos_publisher_free(self->publisher);
    minos_router_free(self->router);
    minos_factory_free(self->factory);
    return rc;
}

static minos_rc ask(void)
{
    const minos_value *reply;
    return minos_broker_request("stock.reserve",
                                MINOS_MAP(MINOS_KV("sku", "A-1234"), MINOS_KV("count", 3)), &reply);
}

static void print(const char *name, double value, const char *unit)
{
    printf("%-28s %12.0f %s\n", name, value, unit);
}

static int by_size(const void *a, const void *b)
{
    const int32_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static minos_rc bench_one(void)
{
    int32_t *times = malloc(ROUNDS * sizeof *times);
    int64_t begin, before, after;
    double rate;
    size_t allocations;

    if (times == NULL)
        return minos_fail(MINOS_ENOMEM, "no memory");
    for (int i = 0; i < ROUNDS; i++)
        times[i] = 0;
    for (int i = 0; i < WARM_UP; i++)
        MINOS_TRY(ask());
    allocations = allocation_count;
    begin = mn_now();
    for (int i = 0; i < ROUNDS; i++)
        MINOS_TRY(ask());
    rate = ROUNDS * 1e9 / (double)(mn_now() - begin);
    before = mn_now();
    for (int i = 0; i < ROUNDS; i++) {
        MINOS_TRY(ask());
        after = mn_now();
        times[i] = (int32_t)(after - before);
        before = after;
    }
    allocations = allocation_count - allocations;
    qsort(times, ROUNDS, sizeof *times, by_size);
    print("command, handler, reply", rate, "/s");
    print("p50", times[ROUNDS / 2], "ns");
    print("p99", times[ROUNDS / 100 * 99], "ns");
    print("p99.9", times[ROUNDS / 1000 * 999], "ns");
    print("allocations", (double)allocations, "allocations");
    free(times);
    return MINOS_OK;
}

static minos_rc ask_many(void *argument)
{
    (void)argument;
    for (int i = 0; i < PER_CALLER; i++)
        MINOS_TRY(ask());
    return MINOS_OK;
}

static minos_rc bench_many(void)
{
    MINOS_AUTO(minos_scope) *scope = NULL;
    int64_t begin;

    MINOS_TRY(minos_scope_new(&scope));
    for (int i = 0; i < CALLERS; i++)
        MINOS_TRY(minos_scope_spawn(scope, "caller", ask_many, NULL));
    begin = mn_now();
    MINOS_TRY(minos_scope_join(scope, minos_deadline_never()));
    print("1,000 callers at once", CALLERS * PER_CALLER * 1e9 / (double)(mn_now() - begin), "/s");
    return MINOS_OK;
}

static minos_rc bench_events(const char *name)
{
    int64_t begin = mn_now();

    placed_count = 0;
    for (int i = 0; i < EVENTS; i++)
        MINOS_TRY(minos_broker_publish("order.placed", MINOS_MAP(MINOS_KV("order", i))));
    while (placed_count < EVENTS)
        MINOS_TRY(minos_yield());
    print(name, EVENTS * 1e9 / (double)(mn_now() - begin), "/s");
    return MINOS_OK;
}

static minos_rc bench_staged(void)
{
    world self = {.factory = NULL};
    size_t allocations;

    MINOS_TRY(world_open(&self, true));
    MINOS_TRY(bench_events("event through the stages"));
    allocations = allocation_count;
    MINOS_TRY(bench_events("again, with all marks set"));
    print("its allocations", (double)(allocation_count - allocations), "allocations");
    return world_close(&self);
}

static minos_rc bench(void *argument)
{
    world self = {.factory = NULL};
    (void)argument;
    MINOS_TRY(world_open(&self, false));
    MINOS_TRY(bench_one());
    MINOS_TRY(bench_many());
    MINOS_TRY(bench_events("event to one handler"));
    MINOS_TRY(world_close(&self));
    return bench_staged();
}

int main(void)
{
    char chain[1024];
    if (mn_loop_run("bench", bench, NULL) == MINOS_OK)
        return 0;
    minos_error_describe(minos_error_last(), chain, sizeof chain);
    fprintf(stderr, "broker_bench: %s\n", chain);
    return 1;
}
