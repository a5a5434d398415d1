/*
 * Validators: what refuses messages before anybody receives them, such as those that came before.
 * Everything here belongs to the loop that made it.
 */
#ifndef MINOS_BROKER_VALIDATOR_H
#define MINOS_BROKER_VALIDATOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <minos/compiler.h>
#include <minos/error.h>
#include <minos/message.h>
#include <minos/time.h>

MINOS_BEGIN_DECLS

typedef struct minos_subscriber minos_subscriber;

/** Tells which messages are to be received. */
typedef struct minos_validator minos_validator;

/**
 * A kind of validator. The framework allocates and zeroes `self_size` bytes for `self`, then calls
 * open, the work, close, all on one loop.
 */
typedef struct minos_validator_ops {
    const char *name;
    size_t self_size; /* bytes */
    /* Optional; may yield. After a failure close is not called. */
    minos_rc (*open)(void *self, const void *argument);
    /*
     * Required; may yield. A failure says nothing about the message: it is asked about again.
     */
    minos_rc (*is_valid)(void *self, const minos_message *message, bool *ret_valid);
    /* Optional; does not yield. A message found valid was not received: take back what it left. */
    void (*forget)(void *self, const minos_message *message);
    /* Optional; may yield. */
    void (*close)(void *self);
} minos_validator_ops;

/**
 * Make a validator of a kind.
 * @param ops            not copied: lives as long as the validator
 * @param argument       given to open; whatever the kind wants, borrowed as the kind says
 * @param ret_validator  free it with minos_validator_free, or give it to who takes it
 * @retval MINOS_EINVAL  ops is NULL or incomplete
 * @return else what open gave
 * @yields when the kind does
 */
MINOS_API MINOS_MUST_CHECK minos_rc minos_validator_new(const minos_validator_ops *ops,
                                                        const void *argument,
                                                        minos_validator **ret_validator);

/** How much a duplicate validator remembers. */
typedef struct minos_duplicates_options {
    size_t marks_max;      /* messages, 1..10,000,000; 0: 1,000,000 */
    minos_duration window; /* how long, in nanoseconds; 0: 24 h */
} minos_duplicates_options;

/**
 * Make a validator that refuses a message whose topic and identifier came before, within a window
 * of time and of messages. It remembers in memory, 40 bytes a message.
 * @param options        borrowed for the call; NULL: the defaults
 * @param ret_validator  free it with minos_validator_free, or give it to who takes it
 * @retval MINOS_EINVAL  marks_max or window is out of range
 * @noyield
 */
MINOS_API MINOS_MUST_CHECK minos_rc minos_validator_new_memory(
    const minos_duplicates_options *options, minos_validator **ret_validator);
/**
 * Ask whether a message is to be received; a duplicate validator remembers it.
 * @param message    borrowed for the call
 * @param ret_valid  false: refuse it
 * @retval MINOS_EINVAL  message is NULL
 * @return else what the kind gave
 * @yields when the kind does
 */
MINOS_API MINOS_MUST_CHECK minos_rc minos_validator_is_valid(minos_validator *validator,
                                                             const minos_message *message,
                                                             bool *ret_valid);
/** Give how many messages it refused. @noyield */
MINOS_API uint64_t minos_validator_refused(const minos_validator *validator);
/** Free a validator; NULL is fine. @yields when the kind does */
MINOS_API void minos_validator_free(minos_validator *validator);

/**
 * Put a validator behind a subscriber: what it refuses is dropped and counted, never received.
 * @param impl            taken on success
 * @param validator       taken on success
 * @param ret_subscriber  free it with minos_subscriber_free
 * @retval MINOS_EINVAL  a part is NULL
 * @noyield
 */
MINOS_API MINOS_MUST_CHECK minos_rc minos_subscriber_new_filtered(
    minos_subscriber *impl, minos_validator *validator, minos_subscriber **ret_subscriber);

MINOS_AUTO_DEFINE(minos_validator)

MINOS_END_DECLS

#endif
