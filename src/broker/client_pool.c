/*
 * The client pool: clients made at need, up to a maximum, lent one at a time.
 */
#include <stdlib.h>

#include <minos/log.h>

#include "base/alloc.h"
#include "broker/client.h"
#include "enroute/context.h"
#include "fiber/fiber.h"

#define CLIENTS_DEFAULT 5
#define CLIENTS_MAX     10000
#define FREE_WARN_AFTER (30 * MINOS_S)

/* A client and what its holder's context had before. */
typedef struct lent {
    minos_broker_client *client;
    const char *outer_reply_topic;
    bool out;
    struct lent *next; /* of the idle ones */
} lent;

struct minos_client_pool {
    const mn_broker_ops *publisher_ops;
    const mn_broker_ops *subscriber_ops;
    mn_broker_source source;
    size_t clients_max;
    size_t reserved_count; /* made and being made */
    size_t made_count;
    size_t out_count;
    bool closing;
    lent **all; /* made_count of them */
    lent *idle;
    mn_waiters wanting;
    mn_fiber *freer; /* waits for what is out; NULL: nobody */
};

static minos_rc pool_make(const mn_broker_ops *publisher_ops, const mn_broker_ops *subscriber_ops,
                          const mn_broker_source *source, size_t clients_max,
                          minos_client_pool **ret_pool)
{
    minos_client_pool *pool;

    if (clients_max > CLIENTS_MAX)
        return minos_fail(MINOS_EINVAL, "clients_max %zu is not in 1..%d", clients_max,
                          CLIENTS_MAX);
    pool = mn_new(minos_client_pool);
    pool->publisher_ops = publisher_ops;
    pool->subscriber_ops = subscriber_ops;
    pool->source = *source;
    if (source->hub != NULL)
        mn_hub_ref(source->hub);
    pool->clients_max = clients_max == 0 ? CLIENTS_DEFAULT : clients_max;
    pool->all = mn_new_array(lent *, pool->clients_max);
    mn_waiters_init(&pool->wanting);
    *ret_pool = pool;
    return MINOS_OK;
}

minos_rc minos_client_pool_from_config(const minos_config *config, size_t clients_max,
                                       minos_client_pool **ret_pool)
{
    const mn_broker_source source = {.config = config};
    const mn_broker_ops *publisher_ops, *subscriber_ops;
    int64_t maxsize;

    MINOS_TRY(mn_broker_drivers_of(config, &publisher_ops, &subscriber_ops));
    if (clients_max == 0) {
        MINOS_TRY(minos_config_int(config, "pools.broker.maxsize", &maxsize));
        clients_max = (size_t)maxsize;
    }
    return pool_make(publisher_ops, subscriber_ops, &source, clients_max, ret_pool);
}

minos_rc minos_client_pool_new_memory(size_t clients_max, minos_client_pool **ret_pool)
{
    const mn_broker_source source = {.config = NULL};
    return pool_make(&mn_broker_memory, &mn_broker_memory, &source, clients_max, ret_pool);
}

minos_rc mn_client_pool_open(const mn_broker_ops *ops, const mn_broker_source *source,
                             size_t clients_max, minos_client_pool **ret_pool)
{
    return pool_make(ops, ops, source, clients_max, ret_pool);
}

/* Make one more client; its place is counted first, since opening may yield. */
static minos_rc lent_make(minos_client_pool *pool, lent **ret_one)
{
    lent *one = mn_new(lent);
    minos_rc rc;

    pool->reserved_count++;
    rc = mn_client_new_pooled(pool->publisher_ops, pool->subscriber_ops, &pool->source,
                              &one->client);
    if (rc != MINOS_OK) {
        free(one);
        pool->reserved_count--;
        mn_waiters_wake_one(&pool->wanting); /* the place is another's to try */
        return rc;
    }
    pool->all[pool->made_count++] = one;
    *ret_one = one;
    return MINOS_OK;
}

/* Yields while all are out. */
static minos_rc lent_take(minos_client_pool *pool, lent **ret_one)
{
    while (pool->idle == NULL) {
        minos_rc rc;
        if (pool->reserved_count < pool->clients_max)
            return lent_make(pool, ret_one);
        rc = mn_waiters_wait(&pool->wanting, minos_deadline_never());
        if (rc != MINOS_OK)
            return minos_fail(rc, "all %zu broker clients of the pool are out", pool->clients_max);
    }
    *ret_one = pool->idle;
    pool->idle = pool->idle->next;
    return MINOS_OK;
}

minos_rc minos_client_pool_acquire(minos_client_pool *pool, minos_broker_client **ret_client)
{
    lent *one = NULL;

    if (pool->closing)
        return minos_fail(MINOS_ECLOSED, "the pool of broker clients is being freed");
    MINOS_TRY(lent_take(pool, &one));
    one->out = true;
    pool->out_count++;
    one->outer_reply_topic = mn_context_reply_topic_set(minos_broker_client_topic(one->client));
    *ret_client = one->client;
    return MINOS_OK;
}

static lent *lent_find(minos_client_pool *pool, const minos_broker_client *client)
{
    for (size_t i = 0; i < pool->made_count; i++)
        if (pool->all[i]->client == client)
            return pool->all[i];
    return NULL;
}

void minos_client_pool_release(minos_client_pool *pool, minos_broker_client *client)
{
    lent *one = client == NULL ? NULL : lent_find(pool, client);

    if (client == NULL)
        return;
    if (one == NULL || !one->out) {
        minos_log_error("a broker client is given back to a pool that did not lend it");
        return;
    }
    mn_client_forget(client);
    mn_context_reply_topic_set(one->outer_reply_topic);
    one->out = false;
    one->next = pool->idle;
    pool->idle = one;
    pool->out_count--;
    mn_waiters_wake_one(&pool->wanting);
    if (pool->out_count == 0 && pool->freer != NULL)
        mn_fiber_wake(pool->freer);
}

uint64_t minos_client_pool_late(const minos_client_pool *pool)
{
    uint64_t count = 0;
    for (size_t i = 0; i < pool->made_count; i++)
        count += minos_broker_client_late(pool->all[i]->client);
    return count;
}

/*
 * Wait for what is out, whatever this fiber's state: its holders would be left with freed memory.
 */
static void wait_for_all(minos_client_pool *pool)
{
    while (pool->out_count != 0) {
        pool->freer = mn_fiber_current();
        if (mn_fiber_park_shielded(minos_deadline_in(FREE_WARN_AFTER)) == MINOS_ETIMEDOUT)
            minos_log_warning("freeing a pool waits for %zu broker clients", pool->out_count);
    }
}

void minos_client_pool_free(minos_client_pool *pool)
{
    if (pool == NULL)
        return;
    pool->closing = true;
    wait_for_all(pool);
    for (size_t i = 0; i < pool->made_count; i++) {
        minos_broker_client_free(pool->all[i]->client);
        free(pool->all[i]);
    }
    free(pool->all);
    mn_hub_unref(pool->source.hub);
    free(pool);
}
