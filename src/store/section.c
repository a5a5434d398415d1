/*
 * The fiber's side of a section: see section.h. The writer's side is in writer_section.c.
 */
#include "store/section.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "store/inside.h"

static const mn_op_ops section_ops = {.name = "a transaction"};
static const mn_op_ops opened_ops = {.name = "the beginning of a transaction"};

/* Wait for something that the writer bounds. */
static void wait_done(const mn_op *op)
{
    while (!op->told)
        minos_ignore(mn_fiber_park_shielded(minos_deadline_never())); /* wakes only */
}

/* Give how an operation ended, with its errors. */
static minos_rc outcome_of(mn_op *op)
{
    if (op->rc != MINOS_OK)
        mn_error_slot_put(mn_take(&op->errors));
    return op->rc;
}

static void section_free(mn_section *section)
{
    mn_error_slot_free(section->op.errors);
    free(section);
}

minos_rc mn_section_open(mn_store *store, minos_duration limit, mn_section **ret_section)
{
    mn_section *section;
    minos_rc rc = MINOS_OK;

    if (mn_fiber_current() == NULL)
        return minos_fail(MINOS_ESTATE, "a transaction is opened on a fiber only");
    section = mn_new(mn_section);
    section->store = store;
    section->limit_ns = limit;
    section->op.ops = &section_ops;
    section->op.flags = MN_OP_SYNCED | MN_OP_SECTION;
    section->op.waiter = section->opened.waiter = mn_fiber_current();
    section->opened.ops = &opened_ops;
    store->pending++; /* of `opened`, which is told when its turn comes */
    mn_store_submit(store, &section->op);
    while (!section->opened.told && !section->op.told && rc == MINOS_OK)
        rc = mn_fiber_park(minos_deadline_never());
    if (rc != MINOS_OK && mn_store_withdraw(store, &section->op)) {
        store->pending--;
        free(section);
        return minos_fail(rc, "%s while a transaction waited for its turn", minos_rc_text(rc));
    }
    while (!section->opened.told && !section->op.told)
        minos_ignore(mn_fiber_park_shielded(minos_deadline_never())); /* wakes only */
    if (!section->opened.told) {
        store->pending--;
        rc = outcome_of(&section->op);
        section_free(section);
        return rc;
    }
    mn_fiber_waits_forbid(true);
    store->held = section;
    store->holder = mn_fiber_current();
    *ret_section = section;
    return MINOS_OK;
}

mn_section *mn_section_of(const mn_store *store)
{
    return store->holder != NULL && store->holder == mn_fiber_current() ? store->held : NULL;
}

/* The fiber asks for nothing more; the next section may be open before this one is committed. */
static void let_go(mn_section *section)
{
    if (section->store->held == section) {
        section->store->held = NULL;
        section->store->holder = NULL;
    }
}

/* Hand something to the writer; false: the section is over already. */
static bool post(mn_section *section, mn_op *command, bool ends, bool undoes)
{
    mn_store *store = section->store;
    bool open;

    pthread_mutex_lock(&store->lock);
    open = !section->over;
    if (open) {
        section->command = command;
        section->ends = ends;
        section->undoes = undoes;
    }
    pthread_mutex_unlock(&store->lock);
    if (open)
        mn_thread_ring(store->writer);
    return open;
}

minos_rc mn_section_run(mn_section *section, mn_op *op)
{
    if (minos_fiber_canceled())
        return minos_fail(MINOS_ECANCELED, "canceled in a transaction");
    op->waiter = mn_fiber_current();
    op->taken = op->told = false;
    op->rc = MINOS_OK;
    op->errors = NULL;
    section->store->pending++;
    if (!post(section, op, false, false)) {
        section->store->pending--;
        return minos_fail(section->over_rc, "%s in a transaction that is over",
                          minos_rc_text(section->over_rc));
    }
    wait_done(op);
    return outcome_of(op);
}

minos_rc mn_section_commit(mn_section *section, mn_op *last)
{
    minos_rc rc;

    if (last != NULL) {
        last->rc = MINOS_OK;
        last->errors = NULL;
    }
    let_go(section);
    (void)post(section, last, true, false); /* over already: the operation has its outcome */
    wait_done(&section->op);
    mn_fiber_waits_forbid(false);
    rc = outcome_of(&section->op);
    section_free(section);
    return rc;
}

void mn_section_undo(mn_section *section)
{
    if (section == NULL)
        return;
    let_go(section);
    (void)post(section, NULL, true, true);
    wait_done(&section->op);
    mn_fiber_waits_forbid(false);
    section_free(section);
}
