/*
 * The error slot's owner side: tasks make slots at their first error and free them at their end.
 */
#ifndef MN_BASE_ERROR_H
#define MN_BASE_ERROR_H

#include <minos/error.h>

typedef struct mn_error_slot mn_error_slot;

void mn_error_slot_free(mn_error_slot *slot);

#endif
