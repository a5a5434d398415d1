/*
 * Builders of queues and validators, and the kinds that a config can name.
 */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "broker/builder.h"
#include "broker/queue.h"
#include "broker/topics.h"
#include "broker/validator.h"
#include "config/scalar.h"

#define RECORDS_KEY "interfaces.broker.common.queue.records"

static const minos_queue_ops *const queue_kinds[] = {&mn_queue_memory};
static const minos_validator_ops *const validator_kinds[] = {&mn_validator_memory};

static const char *const queue_options[] = {"records", NULL};
static const char *const validator_options[] = {"marks_max", "window", NULL};

/* ---- queue ---- */

struct minos_queue_builder {
    char *kind;
    const minos_config *config; /* borrowed; NULL: the defaults */
    const char **topics;        /* as given, checked by build; NULL: any */
    mn_options options;
};

minos_queue_builder *minos_queue_builder_new(void)
{
    minos_queue_builder *builder = mn_new(minos_queue_builder);
    builder->kind = mn_strdup("memory");
    return builder;
}

void minos_queue_builder_with_kind(minos_queue_builder *builder, const char *kind)
{
    free(builder->kind);
    builder->kind = mn_strdup(kind == NULL ? "" : kind);
}

void minos_queue_builder_with_config(minos_queue_builder *builder, const minos_config *config)
{
    builder->config = config;
}

void minos_queue_builder_with_topics(minos_queue_builder *builder, const char *const *topics)
{
    free(builder->topics);
    builder->topics = mn_topics_dup(topics);
}

void minos_queue_builder_with_option(minos_queue_builder *builder, const char *name,
                                     const char *value)
{
    mn_options_set(&builder->options, name, value);
}

static minos_rc queue_of(const char *kind, const minos_config *config, const char *const *topics,
                         const mn_options *options, minos_queue **ret_queue)
{
    minos_queue_options parts = {.topics = topics};

    if (config != NULL) {
        int64_t records;
        MINOS_TRY(minos_config_int(config, RECORDS_KEY, &records));
        parts.records = (size_t)records;
    }
    MINOS_TRY(mn_options_count(options, "records", &parts.records));
    for (size_t i = 0; i < mn_count_of(queue_kinds); i++)
        if (strcmp(queue_kinds[i]->name, kind) == 0)
            return minos_queue_new(queue_kinds[i], &parts, ret_queue);
    return minos_fail(MINOS_ECONFIG, "queue %s is not in this build", kind);
}

minos_rc minos_queue_builder_build(minos_queue_builder *builder, minos_queue **ret_queue)
{
    MINOS_TRY(mn_options_check(&builder->options, queue_options, NULL));
    return queue_of(builder->kind, builder->config, (const char *const *)builder->topics,
                    &builder->options, ret_queue);
}

void minos_queue_builder_free(minos_queue_builder *builder)
{
    if (builder == NULL)
        return;
    free(builder->kind);
    free(builder->topics);
    mn_options_done(&builder->options);
    free(builder);
}

minos_rc mn_queue_of_config(const minos_config *config, const char *key, const char *const *topics,
                            const mn_options *options, minos_queue **ret_queue)
{
    const char *kind;
    minos_rc rc;

    MINOS_TRY(minos_config_text(config, key, &kind));
    if (strcmp(kind, "none") == 0) {
        *ret_queue = NULL;
        return MINOS_OK;
    }
    rc = queue_of(kind, config, topics, options, ret_queue);
    return rc == MINOS_OK ? rc : minos_wrap(rc, "%s", key);
}

/* ---- validator ---- */

struct minos_validator_builder {
    char *kind;
    mn_options options;
};

minos_validator_builder *minos_validator_builder_new(void)
{
    minos_validator_builder *builder = mn_new(minos_validator_builder);
    builder->kind = mn_strdup("memory");
    return builder;
}

void minos_validator_builder_with_kind(minos_validator_builder *builder, const char *kind)
{
    free(builder->kind);
    builder->kind = mn_strdup(kind == NULL ? "" : kind);
}

void minos_validator_builder_with_config(minos_validator_builder *builder,
                                         const minos_config *config)
{
    (void)builder;
    (void)config; /* the kinds of this build take nothing from it */
}

void minos_validator_builder_with_option(minos_validator_builder *builder, const char *name,
                                         const char *value)
{
    mn_options_set(&builder->options, name, value);
}

static minos_rc validator_of(const char *kind, const minos_duplicates_options *options,
                             minos_validator **ret_validator)
{
    for (size_t i = 0; i < mn_count_of(validator_kinds); i++)
        if (strcmp(validator_kinds[i]->name, kind) == 0)
            return minos_validator_new(validator_kinds[i], options, ret_validator);
    return minos_fail(MINOS_ECONFIG, "validator %s is not in this build", kind);
}

minos_rc minos_validator_builder_build(minos_validator_builder *builder,
                                       minos_validator **ret_validator)
{
    const char *window = mn_options_get(&builder->options, "window");
    minos_duplicates_options options = {.marks_max = 0};

    MINOS_TRY(mn_options_check(&builder->options, validator_options, NULL));
    MINOS_TRY(mn_options_count(&builder->options, "marks_max", &options.marks_max));
    if (window != NULL &&
        (mn_scalar_duration(minos_view_of(window), &options.window) != MN_UNIT_OK ||
         options.window <= 0))
        return minos_fail(MINOS_EINVAL, "option window: \"%s\" is no length of time", window);
    return validator_of(builder->kind, &options, ret_validator);
}

void minos_validator_builder_free(minos_validator_builder *builder)
{
    if (builder == NULL)
        return;
    free(builder->kind);
    mn_options_done(&builder->options);
    free(builder);
}

minos_rc mn_validator_of_config(const minos_config *config, const char *key,
                                minos_validator **ret_validator)
{
    const char *kind;
    minos_rc rc;

    MINOS_TRY(minos_config_text(config, key, &kind));
    if (strcmp(kind, "none") == 0) {
        *ret_validator = NULL;
        return MINOS_OK;
    }
    rc = validator_of(kind, NULL, ret_validator);
    return rc == MINOS_OK ? rc : minos_wrap(rc, "%s", key);
}
