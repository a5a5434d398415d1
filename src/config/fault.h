/*
 * Faults of a configuration: collected, sorted and told all at once, because a user who is told one
 * mistake a run needs as many runs as there are mistakes.
 */
#ifndef MN_CONFIG_FAULT_H
#define MN_CONFIG_FAULT_H

#include <stddef.h>

#include <minos/arena.h>
#include <minos/compiler.h>
#include <minos/error.h>

/* Where a value was written. Ordered as faults are told. */
typedef enum mn_origin_kind {
    MN_ORIGIN_DEFAULT,
    MN_ORIGIN_FILE,
    MN_ORIGIN_VARIABLE,
    MN_ORIGIN_PARAMETER
} mn_origin_kind;

typedef struct mn_origin {
    mn_origin_kind kind;
    int line;         /* FILE: from 1 */
    const char *name; /* FILE: its name; VARIABLE: the variable; PARAMETER: the key */
} mn_origin;

typedef struct mn_config_fault {
    mn_origin at;
    const char *text;
    size_t order; /* of raising; keeps faults of one line in the order they were found */
} mn_config_fault;

#define MN_CONFIG_FAULTS_MAX 64 /* told at once; further ones are counted */

typedef struct mn_config_faults {
    minos_arena *arena; /* of the texts; borrowed */
    mn_config_fault items[MN_CONFIG_FAULTS_MAX];
    size_t count; /* kept */
    size_t total; /* found */
} mn_config_faults;

void mn_config_faults_add(mn_config_faults *faults, mn_origin at, const char *format, ...)
    MINOS_PRINTF(3, 4);
/* Raise MINOS_ECONFIG with one line a fault, "file:line: message"; MINOS_OK when there is none. */
minos_rc mn_config_faults_raise(mn_config_faults *faults);

/* Format into an arena. */
const char *mn_text(minos_arena *arena, const char *format, ...) MINOS_PRINTF(2, 3);
/* Write a place as messages do: "config.yml:3", "MINOS_NAME", "parameter name", "default". */
const char *mn_origin_text(minos_arena *arena, mn_origin at);

#endif
