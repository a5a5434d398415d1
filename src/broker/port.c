/*
 * The broker port: router, dispatcher, subscriber and consumer put together, and the caller that
 * handlers of every door send through.
 *
 * Life: setup makes what needs no broker, start subscribes and takes work, stop finishes it,
 * destroy frees. The caller lives from setup to destroy, since other doors still ask while this one
 * drains.
 */
#include "broker/port.h"

#include <stdio.h>
#include <stdlib.h>

#include <minos/broker_queue.h>
#include <minos/log.h>

#include "broker/consumer.h"
#include "broker/dispatcher.h"
#include "fiber/fiber.h"

#define DRAIN_DEFAULT (30 * MINOS_S) /* of a port that is freed while it runs */

typedef struct broker_port {
    const minos_config *config; /* borrowed */
    const char *broker_name;
    minos_router *router;
    minos_publisher *publisher;
    minos_dispatcher *dispatcher;
    mn_caller *caller;
    size_t topic_count; /* 0: nothing to take, only to send */
    /* While started: */
    minos_subscriber *subscriber;
    minos_consumer *consumer;
    mn_fiber *fiber; /* that runs the consumer */
    bool is_set_up;
} broker_port;

static void destroy(void *self);

/* ---- setup ---- */

static minos_rc make_parts(broker_port *port, minos_factory *factory)
{
    const mn_broker_source source = {.config = port->config};
    const mn_broker_ops *publisher_ops, *subscriber_ops;

    MINOS_TRY(mn_broker_drivers_of(port->config, &publisher_ops, &subscriber_ops));
    port->broker_name = subscriber_ops->name;
    MINOS_TRY(minos_router_new(MINOS_ROUTER_BROKER, factory, &port->router));
    MINOS_TRY(minos_router_build_routes(port->router));
    minos_router_routes(port->router, &port->topic_count);
    MINOS_TRY(minos_publisher_from_config(port->config, &port->publisher));
    MINOS_TRY(mn_caller_new(port->publisher, subscriber_ops, &source, &port->caller));
    MINOS_TRY(minos_dispatcher_new(port->router, port->publisher, &port->dispatcher));
    mn_dispatcher_caller_set(port->dispatcher, port->caller);
    return MINOS_OK;
}

static minos_rc setup(void *self, const minos_config *config, minos_factory *factory)
{
    broker_port *port = self;
    minos_rc rc;

    if (port->is_set_up)
        return MINOS_OK;
    port->config = config;
    rc = make_parts(port, factory);
    if (rc != MINOS_OK) {
        destroy(port);
        return minos_wrap(rc, "while setting up the broker port");
    }
    port->is_set_up = true;
    return MINOS_OK;
}

/* ---- start ---- */

static minos_rc consume(void *argument)
{
    broker_port *port = argument;
    minos_rc rc = minos_consumer_run(port->consumer);
    if (rc != MINOS_OK && rc != MINOS_ECANCELED)
        minos_log_chain(MINOS_LEVEL_ERROR, minos_error_last(), "the broker port ended");
    return MINOS_OK;
}

static void drop_intake(broker_port *port)
{
    minos_consumer_free(port->consumer);
    minos_subscriber_free(port->subscriber);
    port->consumer = NULL;
    port->subscriber = NULL;
}

static minos_rc begin(broker_port *port)
{
    size_t concurrency;

    MINOS_TRY(mn_concurrency_of(port->config, &concurrency));
    MINOS_TRY(mn_subscriber_for_router(port->config, port->router, &port->subscriber));
    MINOS_TRY(minos_consumer_new(port->dispatcher, port->subscriber, concurrency, &port->consumer));
    MINOS_TRY(mn_fiber_start("broker port", consume, port, &port->fiber));
    return MINOS_OK;
}

static minos_rc start(void *self)
{
    broker_port *port = self;
    minos_rc rc;

    if (!port->is_set_up)
        return minos_fail(MINOS_ESTATE, "the broker port is started before it is set up");
    if (port->fiber != NULL || port->topic_count == 0)
        return MINOS_OK;
    rc = begin(port);
    if (rc != MINOS_OK) {
        drop_intake(port);
        return minos_wrap(rc, "while starting the broker port");
    }
    return MINOS_OK;
}

/* ---- stop ---- */

static minos_rc stop(void *self, minos_deadline deadline)
{
    broker_port *port = self;
    mn_fiber *fiber = port->fiber;
    minos_rc rc;

    if (fiber == NULL)
        return MINOS_OK;
    port->fiber = NULL; /* a second stop beside this one has nothing to do */
    rc = minos_consumer_stop(port->consumer, deadline);
    mn_fiber_cancel(fiber);                                     /* it may not even have begun */
    minos_ignore(mn_fiber_join(fiber, minos_deadline_never())); /* consume gives MINOS_OK */
    drop_intake(port);
    if (rc == MINOS_OK)
        rc = minos_publisher_flush(port->publisher, deadline);
    return rc;
}

static void destroy(void *self)
{
    broker_port *port = self;

    if (port->fiber != NULL) {
        minos_log_warning("the broker port is destroyed while it runs; stopping it");
        if (stop(port, minos_deadline_in(DRAIN_DEFAULT)) != MINOS_OK)
            minos_log_chain(MINOS_LEVEL_WARNING, minos_error_last(), "the broker port was cut off");
    }
    minos_dispatcher_free(port->dispatcher);
    mn_caller_free(port->caller);
    minos_publisher_free(port->publisher);
    minos_router_free(port->router);
    *port = (broker_port){.config = NULL};
}

static void describe(const void *self, char *text, size_t size)
{
    const broker_port *port = self;
    snprintf(text, size, "broker %s: %zu topics",
             port->broker_name == NULL ? "(not set up)" : port->broker_name, port->topic_count);
}

const minos_port_ops mn_broker_port_ops = {
    .name = "broker",
    .self_size = sizeof(broker_port),
    .setup = setup,
    .start = start,
    .stop = stop,
    .destroy = destroy,
    .describe = describe,
};
