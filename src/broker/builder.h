/*
 * What the builders share: options by name, and parts that are given once.
 */
#ifndef MN_BROKER_BUILDER_H
#define MN_BROKER_BUILDER_H

#include <minos/broker_builder.h>

#include "broker/driver.h"

/* Options as they were set; the last of a name counts. Zeroed at the beginning, then done. */
typedef struct mn_options {
    minos_override *rows; /* ended by a row without key; texts owned. NULL: none */
    size_t count;
} mn_options;

void mn_options_set(mn_options *options, const char *name, const char *value);
void mn_options_done(mn_options *options);
/* NULL when it was not set. */
const char *mn_options_get(const mn_options *options, const char *name);
/* Read a whole number; untouched when it was not set. EINVAL. */
minos_rc mn_options_count(const mn_options *options, const char *name, size_t *ret_count);
/* Refuse names that are in neither list, NULL-terminated or NULL: EINVAL. */
minos_rc mn_options_check(const mn_options *options, const char *const *known,
                          const char *const *more);

/* Whether a stage is what the config says, none, or a part that was given. */
typedef enum mn_part { MN_PART_OF_CONFIG, MN_PART_NONE, MN_PART_GIVEN, MN_PART_USED } mn_part;

/* Find the driver: option "client", else the config's `key`, else memory. ECONFIG. */
minos_rc mn_builder_driver(const minos_config *config, const char *key, const mn_options *options,
                           const mn_broker_ops **ret_ops);
/*
 * Make the queue or validator that a config names at `key`; NULL when it names none. ECONFIG: not
 * in this build.
 */
minos_rc mn_queue_of_config(const minos_config *config, const char *key, const char *const *topics,
                            const mn_options *options, minos_queue **ret_queue);
minos_rc mn_validator_of_config(const minos_config *config, const char *key,
                                minos_validator **ret_validator);

#endif
