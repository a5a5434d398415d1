/*
 * What a peer is told of a failure: public errors (minos_reject, and what the request itself got
 * wrong) keep status and message; of everything else only a status and its plain sentence.
 */
#ifndef MN_ENROUTE_OUTCOME_H
#define MN_ENROUTE_OUTCOME_H

#include <minos/enroute.h>
#include <minos/error.h>

typedef struct mn_outcome {
    int status;          /* 400..599 */
    const char *message; /* borrowed from the error slot: until this task raises again */
    bool is_public;      /* the peer's fault: not worth a line of the log */
} mn_outcome;

/*
 * Map the failure just returned; `rc` counts when the slot is about something else. Not
 * MINOS_OK.
 */
mn_outcome mn_outcome_of_error(minos_rc rc);
/* Log a failed run, once, with its chain; what the peer did wrong at debug level. */
void mn_outcome_log(const minos_action *action, minos_rc rc);

#endif
