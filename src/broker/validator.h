/*
 * Validators from the inside.
 */
#ifndef MN_BROKER_VALIDATOR_H
#define MN_BROKER_VALIDATOR_H

#include <minos/broker_validator.h>

/* Limits, told in docs/internals/limits.md. */
#define MN_MARKS        1000000
#define MN_MARKS_MAX    10000000
#define MN_MARKS_WINDOW (24 * MINOS_H)

extern const minos_validator_ops mn_validator_memory;

/* A message found valid was not received after all. */
void mn_validator_forget(minos_validator *validator, const minos_message *message);

#endif
