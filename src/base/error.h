/*
 * The error slot's owner side: tasks make slots at their first error and free them at their end.
 */
#ifndef MN_BASE_ERROR_H
#define MN_BASE_ERROR_H

#include <minos/error.h>

typedef struct mn_error_slot mn_error_slot;

void mn_error_slot_free(mn_error_slot *slot);
/*
 * Take the running task's errors, to keep them over calls that may raise or to move them; may be
 * NULL.
 */
mn_error_slot *mn_error_slot_take(void);
/* Put them into the running task in place of its own. */
void mn_error_slot_put(mn_error_slot *slot);

#endif
