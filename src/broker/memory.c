/*
 * The driver `memory`: the hub as a broker. Not durable, one process, one loop.
 */
#include "broker/driver.h"

typedef struct memory_publisher {
    mn_hub *hub; /* held */
} memory_publisher;

typedef struct memory_subscriber {
    mn_member *member; /* owned */
} memory_subscriber;

static mn_hub *hub_of(const mn_broker_source *source)
{
    return source->hub != NULL ? mn_hub_ref(source->hub) : mn_hub_of_thread();
}

static minos_rc publisher_open(void *self, const mn_broker_source *source)
{
    memory_publisher *publisher = self;
    publisher->hub = hub_of(source);
    return MINOS_OK;
}

static minos_rc publish(void *self, minos_message *message, bool is_reply, minos_deadline deadline)
{
    memory_publisher *publisher = self;
    return mn_hub_publish(publisher->hub, message, is_reply, deadline);
}

static void publisher_close(void *self)
{
    memory_publisher *publisher = self;
    mn_hub_unref(publisher->hub);
}

static minos_rc subscriber_open(void *self, const mn_broker_source *source,
                                const minos_subscriber_options *options)
{
    memory_subscriber *subscriber = self;
    mn_hub *hub = hub_of(source);
    minos_rc rc = mn_member_new(hub, options, &subscriber->member);
    mn_hub_unref(hub); /* the member holds it */
    return rc;
}

static minos_rc receive(void *self, minos_deadline deadline, minos_message **ret_message)
{
    memory_subscriber *subscriber = self;
    return mn_member_receive(subscriber->member, deadline, ret_message);
}

static void interrupt(void *self, bool on)
{
    memory_subscriber *subscriber = self;
    mn_member_interrupt(subscriber->member, on);
}

static minos_rc add(void *self, minos_message *message)
{
    memory_subscriber *subscriber = self;
    return mn_member_add(subscriber->member, message);
}

static void listen(void *self, mn_listen_fn *fn, void *context)
{
    memory_subscriber *subscriber = self;
    mn_member_listen(subscriber->member, fn, context);
}

static minos_rc give_back(void *self, minos_message *message)
{
    memory_subscriber *subscriber = self;
    mn_member_give_back(subscriber->member, message);
    return MINOS_OK;
}

static minos_rc topic_change(void *self, const char *topic, minos_kind kind, bool on)
{
    memory_subscriber *subscriber = self;
    return on ? mn_member_topic_add(subscriber->member, topic, kind)
              : mn_member_topic_remove(subscriber->member, topic);
}

static void subscriber_close(void *self)
{
    memory_subscriber *subscriber = self;
    mn_member_free(subscriber->member);
}

const mn_broker_ops mn_broker_memory = {
    .name = "memory",
    .publisher_bytes = sizeof(memory_publisher),
    .subscriber_bytes = sizeof(memory_subscriber),
    .publisher_open = publisher_open,
    .publish = publish,
    .publisher_close = publisher_close,
    .subscriber_open = subscriber_open,
    .receive = receive,
    .interrupt = interrupt,
    .add = add,
    .listen = listen,
    .give_back = give_back,
    .topic_change = topic_change,
    .subscriber_close = subscriber_close,
};
