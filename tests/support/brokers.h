/*
 * The brokers that the conformance suites run over, and a service upon each.
 */
#ifndef MN_TESTS_BROKERS_H
#define MN_TESTS_BROKERS_H

#include <minos/broker.h>
#include <minos/enroute.h>

#include "broker/caller.h"
#include "broker/driver.h"
#include "fiber/fiber.h"
#include "support/support.h"

typedef struct mn_test_broker_row {
    const char *name;
    const mn_broker_ops *ops;
    bool is_simulated; /* lives in the process: its cases run in virtual time */
    bool is_staged;    /* messages are fetched ahead and move on later than they were sent */
} mn_test_broker_row;

extern const mn_broker_ops mn_test_staged;

/* The broker under test. */
extern const mn_test_broker_row *mn_test_broker;

/*
 * A row of a suite: the case runs on each broker, on a fiber of a fresh loop, in virtual time where
 * it can; no message may be left over.
 */
#define MN_BROKER_CASE(fn)                                                                         \
    {                                                                                              \
#fn, mn_brokers_run, NULL, NULL, (minos_fiber_fn *[])                                      \
        {                                                                                          \
            fn                                                                                     \
        }                                                                                          \
    }
void mn_brokers_run(void **state);
/* Run a suite; what the broker logs is not shown. */
int mn_brokers_main(const struct CMUnitTest *tests, size_t count);
/* The same over drivers alone: for who gets which message when, which stages change. */
int mn_drivers_main(const struct CMUnitTest *tests, size_t count);
/* Where publishers and subscribers of the running case come from. */
mn_broker_source mn_test_source(void);
/* memory: a fresh hub with other limits, for what is made from now on. */
void mn_test_hub_limits(mn_hub_options limits);
minos_publisher *mn_test_publisher(void);

/* A service that takes its broker rows' messages, as a port does. */
typedef struct mn_test_world {
    minos_factory *factory;
    minos_router *router;
    minos_publisher *publisher;
    minos_subscriber *subscriber;
    minos_dispatcher *dispatcher;
    minos_consumer *consumer;
    mn_caller *caller;
    mn_fiber *fiber; /* that runs the consumer; NULL after a stop */
} mn_test_world;

void mn_world_open(mn_test_world *world, const char *group, const minos_service *service,
                   size_t concurrency);
/* Stop the consumer and wait for its fiber; gives what stop gave. */
minos_rc mn_world_stop(mn_test_world *world, minos_deadline deadline);
void mn_world_close(mn_test_world *world);

#endif
