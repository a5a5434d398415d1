/*
 * Checkers: see mn_checkers_run in action.h.
 */
#include "base/arena.h"
#include "enroute/action.h"
#include "enroute/request.h"

#define ATTEMPTS_DEFAULT 10
#define DELAY_DEFAULT    (100 * MINOS_MS)

/* A checker that was not satisfied at once. */
typedef struct waiting {
    const minos_checker *checker;
    minos_request *req;
    size_t position;    /* in the row, from 1 */
    minos_scope *scope; /* of all that wait */
} waiting;

static int attempts_of(const minos_checker *checker)
{
    return checker->attempts_max == 0 ? ATTEMPTS_DEFAULT : checker->attempts_max;
}

static minos_rc unsatisfied(const minos_checker *checker, size_t position)
{
    int attempts = attempts_of(checker);
    return minos_fail(
        MINOS_ECHECK,
        "There was an exception during check step: check %zu was not satisfied after %d "
        "attempt%s",
        position, attempts, attempts == 1 ? "" : "s");
}

/* Ask again after each delay; the first attempt was made. */
static minos_rc wait_satisfied(const waiting *wait)
{
    minos_duration delay = wait->checker->delay == 0 ? DELAY_DEFAULT : wait->checker->delay;

    for (int attempt = 1; attempt < attempts_of(wait->checker); attempt++) {
        bool ok = false;
        minos_rc rc = minos_sleep(delay);
        if (rc == MINOS_OK)
            rc = wait->checker->check(wait->req, &ok);
        if (rc != MINOS_OK || ok)
            return rc;
    }
    return unsatisfied(wait->checker, wait->position);
}

/* A fiber's function: a failure ends the rest, and the scope carries it to the handler's fiber. */
static minos_rc wait_on_fiber(void *argument)
{
    const waiting *wait = argument;
    minos_rc rc = wait_satisfied(wait);
    if (rc != MINOS_OK)
        minos_scope_cancel(wait->scope);
    return rc;
}

static minos_rc wait_all(waiting *waits, size_t count)
{
    MINOS_AUTO(minos_scope) *scope = NULL;

    MINOS_TRY(minos_scope_new(&scope));
    for (size_t i = 0; i < count; i++) {
        waits[i].scope = scope;
        MINOS_TRY(minos_scope_spawn(scope, "checker", wait_on_fiber, &waits[i]));
    }
    return minos_scope_join(scope, minos_deadline_never());
}

minos_rc mn_checkers_run(const minos_checker *checkers, size_t count, minos_request *req)
{
    waiting *waits = NULL;
    size_t pending = 0;

    for (size_t i = 0; i < count; i++) {
        bool ok = false;
        minos_rc rc = checkers[i].check(req, &ok);
        if (rc != MINOS_OK)
            return rc;
        if (ok)
            continue;
        if (attempts_of(&checkers[i]) == 1)
            return unsatisfied(&checkers[i], i + 1);
        if (waits == NULL)
            waits = mn_arena_array(req->arena, waiting, count);
        waits[pending++] = (waiting){.checker = &checkers[i], .req = req, .position = i + 1};
    }
    if (pending == 0)
        return MINOS_OK;
    return pending == 1 ? wait_satisfied(waits) : wait_all(waits, pending);
}
