/*
 * Actions: a row with all that its run needs, bound once so that a run looks nothing up.
 *
 * A run, from outside in: context, deadline, place (concurrency), middleware, pre hook, checkers,
 * handler, post hook. Without options it spawns no fiber and allocates nothing.
 */
#ifndef MN_ENROUTE_ACTION_H
#define MN_ENROUTE_ACTION_H

#include <minos/enroute.h>
#include <minos/fiber.h>

struct minos_action {
    const minos_route *route;
    const minos_service *service;
    const char *name;                       /* "users.create_user" */
    void *self;                             /* the service's state; NULL when it has none */
    minos_middleware_fn *const *middleware; /* the factory's, outermost first */
    size_t middleware_count;
    minos_pre_fn *pre; /* of the row's kind; NULL when none */
    minos_post_fn *post;
    size_t checker_count;
    minos_semaphore *places;       /* NULL unless the row limits its concurrency */
    struct minos_action *same_key; /* the event's next action */
    bool waits; /* learned: a run has waited, so a door does not hold others' answers back for it */
};

/*
 * Ask the checkers of a row, all of them at once: each is asked in turn first, and those not
 * satisfied wait out their delays side by side. ECHECK when one is not satisfied in the end; what a
 * checker fails with ends the others. Yields when one has to wait.
 */
minos_rc mn_checkers_run(const minos_checker *checkers, size_t count, minos_request *req);

#endif
