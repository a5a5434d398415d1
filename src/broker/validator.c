/*
 * Validators of any kind, and the subscriber that asks one.
 */
#include "broker/validator.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "broker/driver.h"
#include "broker/ring.h"

struct minos_validator {
    const minos_validator_ops *ops;
    uint64_t refused_count;
    _Alignas(max_align_t) char self[];
};

minos_rc minos_validator_new(const minos_validator_ops *ops, const void *argument,
                             minos_validator **ret_validator)
{
    minos_validator *validator;

    if (ops == NULL || ops->name == NULL || ops->is_valid == NULL)
        return minos_fail(MINOS_EINVAL, "ops is NULL or lacks what is required");
    validator = mn_alloc(sizeof *validator + ops->self_size);
    validator->ops = ops;
    if (ops->open != NULL) {
        minos_rc rc = ops->open(validator->self, argument);
        if (rc != MINOS_OK) {
            free(validator);
            return minos_wrap(rc, "while opening a validator of kind %s", ops->name);
        }
    }
    *ret_validator = validator;
    return MINOS_OK;
}

minos_rc minos_validator_new_memory(const minos_duplicates_options *options,
                                    minos_validator **ret_validator)
{
    return minos_validator_new(&mn_validator_memory, options, ret_validator);
}

minos_rc minos_validator_is_valid(minos_validator *validator, const minos_message *message,
                                  bool *ret_valid)
{
    bool valid = false;

    if (message == NULL)
        return minos_fail(MINOS_EINVAL, "message is NULL");
    MINOS_TRY(validator->ops->is_valid(validator->self, message, &valid));
    validator->refused_count += !valid;
    *ret_valid = valid;
    return MINOS_OK;
}

void mn_validator_forget(minos_validator *validator, const minos_message *message)
{
    if (validator->ops->forget != NULL)
        validator->ops->forget(validator->self, message);
}

uint64_t minos_validator_refused(const minos_validator *validator)
{
    return validator->refused_count;
}

void minos_validator_free(minos_validator *validator)
{
    if (validator == NULL)
        return;
    if (validator->ops->close != NULL)
        validator->ops->close(validator->self);
    free(validator);
}

/* ---- the filtered subscriber ---- */

typedef struct filtered_subscriber {
    minos_subscriber *impl;     /* owned */
    minos_validator *validator; /* owned */
    mn_ring unsure;             /* received while the validator failed: asked about again */
    bool interrupted;
} filtered_subscriber;

static minos_rc receive(void *context, minos_deadline deadline, minos_message **ret_message)
{
    filtered_subscriber *self = context;

    for (;;) {
        minos_message *message;
        bool valid = false;
        minos_rc rc;
        if (self->interrupted)
            return minos_fail(MINOS_ECLOSED, "the subscriber takes no more messages");
        message = mn_ring_take(&self->unsure);
        if (message == NULL)
            MINOS_TRY(minos_subscriber_receive(self->impl, deadline, &message));
        rc = minos_validator_is_valid(self->validator, message, &valid);
        if (MINOS_UNLIKELY(rc != MINOS_OK)) {
            mn_ring_put_first(&self->unsure, message);
            return minos_wrap(rc, "while validating a message of %s", minos_message_topic(message));
        }
        if (MINOS_LIKELY(valid)) {
            *ret_message = message;
            return MINOS_OK;
        }
        minos_message_unref(message);
    }
}

static void interrupt(void *context, bool on)
{
    filtered_subscriber *self = context;
    self->interrupted = on;
    mn_subscriber_interrupt(self->impl, on);
}

static minos_rc add(void *context, minos_message *message)
{
    filtered_subscriber *self = context;
    return minos_subscriber_add_message(self->impl, message);
}

static minos_rc give_back(void *context, minos_message *message)
{
    filtered_subscriber *self = context;
    mn_subscriber_give_back_all(self->impl, &self->unsure); /* they came later: they go first */
    mn_validator_forget(self->validator, message);
    return mn_subscriber_give_back(self->impl, message);
}

static minos_rc topic_change(void *context, const char *topic, minos_kind kind, bool on)
{
    filtered_subscriber *self = context;
    return on ? minos_subscriber_topic_add(self->impl, topic, kind)
              : minos_subscriber_topic_remove(self->impl, topic);
}

static void subscriber_close(void *context)
{
    filtered_subscriber *self = context;
    mn_subscriber_give_back_all(self->impl, &self->unsure);
    minos_subscriber_free(self->impl);
    minos_validator_free(self->validator);
}

static const mn_broker_ops filtered_ops = {
    .name = "filtered",
    .subscriber_bytes = sizeof(filtered_subscriber),
    .receive = receive,
    .interrupt = interrupt,
    .add = add,
    .give_back = give_back,
    .topic_change = topic_change,
    .subscriber_close = subscriber_close,
};

minos_rc minos_subscriber_new_filtered(minos_subscriber *impl, minos_validator *validator,
                                       minos_subscriber **ret_subscriber)
{
    filtered_subscriber *self;

    if (impl == NULL || validator == NULL)
        return minos_fail(MINOS_EINVAL, "the subscriber or the validator is NULL");
    *ret_subscriber = mn_subscriber_make(&filtered_ops, impl, (void **)&self);
    self->impl = impl;
    self->validator = validator;
    return MINOS_OK;
}
