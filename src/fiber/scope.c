/*
 * Scopes: the lives of children nest inside their parent's.
 *
 * Invariant: a scope's list holds the children whose function has not returned; they are freed by
 * the loop, their first failure and its error slot move into the scope.
 */
#include <assert.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/error.h"
#include "fiber/loop.h"

struct minos_scope {
    mn_list children;
    mn_fiber *joiner; /* waits for the list to become empty; NULL: nobody */
    minos_rc rc;      /* first failure */
    mn_error_slot *errors;
    bool canceled;
};

minos_rc minos_scope_new(minos_scope **ret_scope)
{
    minos_scope *scope;
    if (mn_fiber_running() == NULL)
        return minos_fail(MINOS_ESTATE, "only a fiber can open a scope");
    scope = mn_new(minos_scope);
    mn_list_init(&scope->children);
    *ret_scope = scope;
    return MINOS_OK;
}

minos_rc minos_scope_spawn(minos_scope *scope, const char *name, minos_fiber_fn *fn, void *argument)
{
    mn_fiber *self = mn_fiber_running(), *child;
    if (self == NULL)
        return minos_fail(MINOS_ESTATE, "only a fiber can spawn another");
    MINOS_TRY(mn_fiber_new(self->loop, name, fn, argument, &child));
    child->scope = scope;
    child->deadline = self->deadline;
    child->task.context = self->task.context;
    child->task.reply_topic = self->task.reply_topic;
    child->canceled = scope->canceled;
    mn_list_insert(&scope->children, &child->sibling);
    return MINOS_OK;
}

void mn_scope_ended(minos_scope *scope, mn_fiber *fiber)
{
    bool expected = scope->canceled && fiber->rc == MINOS_ECANCELED;
    mn_list_remove(&fiber->sibling);
    if (fiber->rc != MINOS_OK && scope->rc == MINOS_OK && !expected) {
        scope->rc = fiber->rc;
        scope->errors = fiber->task.errors;
        fiber->task.errors = NULL;
    }
    if (scope->joiner != NULL && mn_list_empty(&scope->children))
        mn_fiber_wake(scope->joiner);
}

void minos_scope_cancel(minos_scope *scope)
{
    scope->canceled = true;
    mn_list_each(node, &scope->children)
        mn_fiber_cancel(mn_container(node, mn_fiber, sibling));
}

minos_rc minos_scope_join(minos_scope *scope, minos_deadline deadline)
{
    minos_rc rc = MINOS_OK;

    scope->joiner = mn_fiber_running();
    while (rc == MINOS_OK && !mn_list_empty(&scope->children))
        rc = mn_fiber_park(deadline);
    scope->joiner = NULL;
    if (rc != MINOS_OK)
        return minos_fail(rc, "%s while waiting for the fibers of a scope", minos_rc_text(rc));
    if (scope->rc != MINOS_OK)
        mn_task_adopt(mn_take(&scope->errors));
    return scope->rc;
}

void minos_scope_free(minos_scope *scope)
{
    if (scope == NULL)
        return;
    minos_scope_cancel(scope);
    scope->joiner = mn_fiber_running();
    assert(scope->joiner != NULL || mn_list_empty(&scope->children));
    while (!mn_list_empty(&scope->children))
        minos_ignore(mn_fiber_park_shielded(minos_deadline_never())); /* wakes only */
    mn_error_slot_free(scope->errors);
    free(scope);
}
