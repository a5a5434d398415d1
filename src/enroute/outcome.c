/*
 * What a peer is told of a failure: see outcome.h.
 */
#include "enroute/outcome.h"

#include <minos/log.h>

#define STATUS_INTERNAL    500
#define STATUS_UNAVAILABLE 503
#define STATUS_TIMED_OUT   504

static mn_outcome internal_outcome(int status)
{
    switch (status) {
    case STATUS_UNAVAILABLE:
        return (mn_outcome){status, "service unavailable", false};
    case STATUS_TIMED_OUT:
        return (mn_outcome){status, "the deadline passed", false};
    default:
        return (mn_outcome){STATUS_INTERNAL, "internal error", false};
    }
}

/* The error that was raised; what was wrapped around it is for the operator, not for the peer. */
static const minos_error *raised(const minos_error *error)
{
    while (minos_error_cause(error) != NULL)
        error = minos_error_cause(error);
    return error;
}

mn_outcome mn_outcome_of_error(minos_rc rc)
{
    const minos_error *error = minos_error_last();

    if (minos_error_rc(error) != rc) {
        if (minos_rc_is_a(rc, MINOS_EREQUEST) || minos_rc_is_a(rc, MINOS_ERESPONSE))
            return (mn_outcome){minos_rc_status(rc), minos_rc_text(rc), true};
        return internal_outcome(minos_rc_status(rc));
    }
    if (minos_error_is_public(error))
        return (mn_outcome){minos_error_status(error), minos_error_message(raised(error)), true};
    return internal_outcome(minos_error_status(error));
}

void mn_outcome_log(const minos_action *action, minos_rc rc)
{
    const minos_route *route = minos_action_route(action);
    const minos_error *error = minos_error_last();
    minos_level level = mn_outcome_of_error(rc).is_public ? MINOS_LEVEL_DEBUG : MINOS_LEVEL_ERROR;

    if (minos_error_rc(error) != rc)
        error = NULL;
    if (error == NULL)
        minos_log_at(route->file, route->line, level, "%s %s %s failed in %s: %s",
                     minos_door_name(route->door), minos_kind_name(route->kind), route->key,
                     minos_action_name(action), minos_rc_text(rc));
    else
        minos_log_chain(level, error, "%s %s %s failed in %s", minos_door_name(route->door),
                        minos_kind_name(route->kind), route->key, minos_action_name(action));
}
