/*
 * Builders of publishers and subscribers: driver, then filtered, then queued, as the original's.
 */
#include "broker/builder.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "broker/topics.h"

/* The stages' own; a driver may know more. */
static const char *const common_options[] = {"client", "records", NULL};

minos_rc mn_builder_driver(const minos_config *config, const char *key, const mn_options *options,
                           const mn_broker_ops **ret_ops)
{
    const char *name = mn_options_get(options, "client");
    const mn_broker_ops *publisher_ops, *subscriber_ops, *ops;

    if (name == NULL && config != NULL) { /* they must be one broker */
        MINOS_TRY(mn_broker_drivers_of(config, &publisher_ops, &subscriber_ops));
        MINOS_TRY(minos_config_text(config, key, &name));
    }
    ops = name == NULL ? &mn_broker_memory : mn_broker_driver(name);
    if (ops == NULL)
        return minos_fail(MINOS_ECONFIG, "option client: broker %s is not in this build", name);
    MINOS_TRY(mn_options_check(options, common_options, ops->options));
    *ret_ops = ops;
    return MINOS_OK;
}

/* Give the queue that was given, or make the config's; NULL: none. */
static minos_rc queue_for(mn_part part, minos_queue *given, const minos_config *config,
                          const char *key, const char *const *topics, const mn_options *options,
                          minos_queue **ret_queue)
{
    *ret_queue = given;
    if (part == MN_PART_USED)
        return minos_fail(MINOS_ESTATE, "the queue was used by an earlier build");
    if (part == MN_PART_OF_CONFIG && config != NULL)
        return mn_queue_of_config(config, key, topics, options, ret_queue);
    return MINOS_OK;
}

/* ---- publisher ---- */

struct minos_publisher_builder {
    const minos_config *config; /* borrowed; NULL: the defaults */
    mn_options options;
    mn_part queue_part;
    minos_queue *queue; /* MN_PART_GIVEN: owned */
};

minos_publisher_builder *minos_publisher_builder_new(void)
{
    return mn_new(minos_publisher_builder);
}

void minos_publisher_builder_with_config(minos_publisher_builder *builder,
                                         const minos_config *config)
{
    builder->config = config;
}

void minos_publisher_builder_with_queue(minos_publisher_builder *builder, minos_queue *queue)
{
    if (builder->queue != queue)
        minos_queue_free(builder->queue);
    builder->queue = queue;
    builder->queue_part = queue == NULL ? MN_PART_NONE : MN_PART_GIVEN;
}

void minos_publisher_builder_with_option(minos_publisher_builder *builder, const char *name,
                                         const char *value)
{
    mn_options_set(&builder->options, name, value);
}

minos_rc minos_publisher_builder_build(minos_publisher_builder *builder,
                                       minos_publisher **ret_publisher)
{
    const mn_broker_source source = {.config = builder->config, .options = builder->options.rows};
    const mn_broker_ops *ops;
    minos_publisher *publisher;
    minos_queue *queue;
    minos_rc rc;

    MINOS_TRY(mn_builder_driver(builder->config, "interfaces.broker.publisher.client",
                                &builder->options, &ops));
    MINOS_TRY(queue_for(builder->queue_part, builder->queue, builder->config,
                        "interfaces.broker.publisher.queue", NULL, &builder->options, &queue));
    rc = mn_publisher_open(ops, &source, &publisher);
    if (rc == MINOS_OK && queue != NULL) {
        minos_publisher *impl = publisher;
        rc = minos_publisher_new_queued(impl, queue, &publisher);
        if (rc != MINOS_OK)
            minos_publisher_free(impl);
    }
    if (rc != MINOS_OK) {
        if (queue != builder->queue)
            minos_queue_free(queue);
        return rc;
    }
    if (builder->queue_part == MN_PART_GIVEN)
        builder->queue_part = MN_PART_USED;
    builder->queue = NULL;
    *ret_publisher = publisher;
    return MINOS_OK;
}

void minos_publisher_builder_free(minos_publisher_builder *builder)
{
    if (builder == NULL)
        return;
    minos_queue_free(builder->queue);
    mn_options_done(&builder->options);
    free(builder);
}

minos_rc minos_publisher_from_config(const minos_config *config, minos_publisher **ret_publisher)
{
    MINOS_AUTO(minos_publisher_builder) *builder = minos_publisher_builder_new();
    minos_publisher_builder_with_config(builder, config);
    return minos_publisher_builder_build(builder, ret_publisher);
}

/* ---- subscriber ---- */

struct minos_subscriber_builder {
    const minos_config *config; /* borrowed; NULL: the defaults */
    mn_options options;
    const char **topics; /* as given, checked by build; NULL: none yet */
    minos_kind *kinds;
    char *group;
    bool remove_topics;
    mn_part validator_part;
    minos_validator *validator; /* MN_PART_GIVEN: owned */
    mn_part queue_part;
    minos_queue *queue; /* MN_PART_GIVEN: owned */
};

minos_subscriber_builder *minos_subscriber_builder_new(void)
{
    return mn_new(minos_subscriber_builder);
}

void minos_subscriber_builder_with_config(minos_subscriber_builder *builder,
                                          const minos_config *config)
{
    builder->config = config;
}

void minos_subscriber_builder_with_topics(minos_subscriber_builder *builder,
                                          const char *const *topics, const minos_kind *kinds)
{
    free(builder->topics);
    free(builder->kinds);
    builder->topics = mn_topics_dup(topics);
    builder->kinds = NULL;
    if (topics != NULL && kinds != NULL) {
        size_t count = mn_topics_count(topics);
        builder->kinds = mn_new_array(minos_kind, count + 1);
        memcpy(builder->kinds, kinds, count * sizeof *kinds);
    }
}

void minos_subscriber_builder_with_group_id(minos_subscriber_builder *builder, const char *group_id)
{
    free(builder->group);
    builder->group = group_id == NULL ? NULL : mn_strdup(group_id);
}

void minos_subscriber_builder_with_remove_topics_on_destroy(minos_subscriber_builder *builder,
                                                            bool remove)
{
    builder->remove_topics = remove;
}

void minos_subscriber_builder_with_validator(minos_subscriber_builder *builder,
                                             minos_validator *validator)
{
    if (builder->validator != validator)
        minos_validator_free(builder->validator);
    builder->validator = validator;
    builder->validator_part = validator == NULL ? MN_PART_NONE : MN_PART_GIVEN;
}

void minos_subscriber_builder_with_queue(minos_subscriber_builder *builder, minos_queue *queue)
{
    if (builder->queue != queue)
        minos_queue_free(builder->queue);
    builder->queue = queue;
    builder->queue_part = queue == NULL ? MN_PART_NONE : MN_PART_GIVEN;
}

void minos_subscriber_builder_with_option(minos_subscriber_builder *builder, const char *name,
                                          const char *value)
{
    mn_options_set(&builder->options, name, value);
}

static minos_rc validator_for(const minos_subscriber_builder *builder,
                              minos_validator **ret_validator)
{
    *ret_validator = builder->validator;
    if (builder->validator_part == MN_PART_USED)
        return minos_fail(MINOS_ESTATE, "the validator was used by an earlier build");
    if (builder->validator_part == MN_PART_OF_CONFIG && builder->config != NULL)
        return mn_validator_of_config(builder->config, "interfaces.broker.subscriber.validator",
                                      ret_validator);
    return MINOS_OK;
}

static minos_rc open_driver(const minos_subscriber_builder *builder,
                            minos_subscriber **ret_subscriber)
{
    const mn_broker_source source = {.config = builder->config, .options = builder->options.rows};
    const minos_subscriber_options options = {
        .topics = (const char *const *)builder->topics,
        .kinds = builder->kinds,
        .group = builder->group,
        .remove_topics_on_destroy = builder->remove_topics,
    };
    const mn_broker_ops *ops;

    MINOS_TRY(mn_builder_driver(builder->config, "interfaces.broker.subscriber.client",
                                &builder->options, &ops));
    return mn_subscriber_open(ops, &source, &options, ret_subscriber);
}

/* Put the stages before *subscriber; each part that was taken becomes NULL. */
static minos_rc add_stages(minos_subscriber **subscriber, minos_validator **validator,
                           minos_queue **queue)
{
    if (*validator != NULL) {
        MINOS_TRY(minos_subscriber_new_filtered(*subscriber, *validator, subscriber));
        *validator = NULL;
    }
    if (*queue != NULL) {
        MINOS_TRY(minos_subscriber_new_queued(*subscriber, *queue, subscriber));
        *queue = NULL;
    }
    return MINOS_OK;
}

minos_rc minos_subscriber_builder_build(minos_subscriber_builder *builder,
                                        minos_subscriber **ret_subscriber)
{
    minos_subscriber *subscriber = NULL;
    minos_validator *validator = NULL;
    minos_queue *queue = NULL;
    minos_rc rc;

    MINOS_TRY(open_driver(builder, &subscriber));
    rc = validator_for(builder, &validator);
    if (rc == MINOS_OK)
        rc = queue_for(builder->queue_part, builder->queue, builder->config,
                       "interfaces.broker.subscriber.queue", minos_subscriber_topics(subscriber),
                       &builder->options, &queue);
    if (rc == MINOS_OK)
        rc = add_stages(&subscriber, &validator, &queue);
    if (rc != MINOS_OK) {
        if (builder->validator != NULL && validator == NULL) { /* it went with the subscriber */
            builder->validator = NULL;
            builder->validator_part = MN_PART_USED;
        }
        minos_subscriber_free(subscriber);
        if (validator != builder->validator)
            minos_validator_free(validator);
        if (queue != builder->queue)
            minos_queue_free(queue);
        return rc;
    }
    if (builder->validator_part == MN_PART_GIVEN)
        builder->validator_part = MN_PART_USED;
    if (builder->queue_part == MN_PART_GIVEN)
        builder->queue_part = MN_PART_USED;
    builder->validator = NULL;
    builder->queue = NULL;
    *ret_subscriber = subscriber;
    return MINOS_OK;
}

void minos_subscriber_builder_free(minos_subscriber_builder *builder)
{
    if (builder == NULL)
        return;
    free(builder->topics);
    free(builder->kinds);
    free(builder->group);
    minos_validator_free(builder->validator);
    minos_queue_free(builder->queue);
    mn_options_done(&builder->options);
    free(builder);
}

minos_rc minos_subscriber_from_config(const minos_config *config,
                                      const minos_subscriber_options *options,
                                      minos_subscriber **ret_subscriber)
{
    MINOS_AUTO(minos_subscriber_builder) *builder = minos_subscriber_builder_new();

    if (options == NULL)
        return minos_fail(MINOS_EINVAL, "options or topics are NULL");
    minos_subscriber_builder_with_config(builder, config);
    minos_subscriber_builder_with_topics(builder, options->topics, options->kinds);
    minos_subscriber_builder_with_group_id(builder, options->group);
    minos_subscriber_builder_with_remove_topics_on_destroy(builder,
                                                           options->remove_topics_on_destroy);
    return minos_subscriber_builder_build(builder, ret_subscriber);
}
