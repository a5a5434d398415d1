/*
 * Faults of a declaration, gathered so that all are told at once.
 */
#ifndef MN_ENROUTE_FAULTS_H
#define MN_ENROUTE_FAULTS_H

#include <minos/error.h>

#include "base/buffer.h"

typedef struct mn_faults {
    minos_rc rc; /* of the first */
    size_t count;
    minos_buffer text; /* one fault a line */
} mn_faults;

void mn_faults_init(mn_faults *faults);
void mn_faults_done(mn_faults *faults);
void mn_faults_add(mn_faults *faults, minos_rc rc, const char *format, ...) MINOS_PRINTF(3, 4);
/* Raise what was gathered, MINOS_OK when nothing was. */
minos_rc mn_faults_raise(const mn_faults *faults);

#endif
