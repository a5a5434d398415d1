/*
 * The writer's side of a section: see section.h. While one is open the group stays open with it,
 * and each step looks what its fiber wants, or whether its time is over.
 */
#include "base/env.h"
#include "store/inside.h"

/* Forget the section; what its fiber asks for from now on fails with `rc`. */
static void detach(mn_store *store, mn_section *section, minos_rc rc)
{
    mn_op *command;

    pthread_mutex_lock(&store->lock);
    section->over = true;
    section->over_rc = rc;
    command = section->ends ? NULL : section->command;
    section->command = NULL;
    pthread_mutex_unlock(&store->lock);
    store->section = NULL;
    if (command != NULL)
        mn_writer_finish(store, command, minos_fail(rc, "%s in a transaction", minos_rc_text(rc)));
}

/* Undo what it did; the group goes on unless that fails. */
static void undo(mn_store *store)
{
    if (!mn_sql_in_transaction(store->sql))
        return;
    if (mn_writer_frame(store, "ROLLBACK TO minos_section") != SQLITE_OK ||
        mn_writer_frame(store, "RELEASE minos_section") != SQLITE_OK)
        mn_writer_frame(store, "ROLLBACK");
}

/* The section has failed: undo it, tell it why, and mend the group if it was lost as well. */
static void fail_section(mn_store *store, mn_section *section, minos_rc rc)
{
    mn_error_slot *errors = mn_error_slot_take();
    int code;

    undo(store);
    detach(store, section, rc);
    mn_error_slot_put(errors);
    code = minos_error_os(minos_error_last());
    mn_writer_finish(store, &section->op, rc); /* and it may be gone */
    if (!mn_sql_in_transaction(store->sql))
        mn_writer_lost(store, code);
}

void mn_writer_section_begin(mn_store *store, mn_section *section)
{
    if (mn_writer_frame(store, "SAVEPOINT minos_section") != SQLITE_OK) {
        int code = minos_error_os(minos_error_last());
        mn_writer_finish(store, &section->op, minos_error_rc(minos_error_last()));
        if (!mn_sql_in_transaction(store->sql))
            mn_writer_lost(store, code);
        return;
    }
    store->section = section;
    section->until_ns = mn_now() + section->limit_ns;
    mn_writer_finish(store, &section->opened, MINOS_OK);
}

static void run_command(mn_store *store, mn_section *section, mn_op *command)
{
    minos_rc rc;
    int code;

    minos_error_clear();
    store->sql->until_ns = section->until_ns;
    rc = mn_writer_run(store, command);
    store->sql->until_ns = INT64_MAX;
    if (mn_sql_in_transaction(store->sql)) {
        mn_writer_finish(store, command, rc);
        return;
    }
    if (rc == MINOS_OK)
        rc = minos_fail(MINOS_EIO, "%s ended the transaction", command->ops->name);
    code = minos_error_os(minos_error_last());
    mn_writer_finish(store, command, rc);
    rc = minos_fail_os(rc, code, "%s in a statement that undid the transaction", minos_rc_text(rc));
    fail_section(store, section, rc);
}

static void end_section(mn_store *store, mn_section *section, mn_op *last, bool undoes)
{
    minos_rc rc = MINOS_OK;

    minos_error_clear();
    if (undoes) {
        undo(store);
        detach(store, section, MINOS_ESTATE);
        mn_writer_finish(store, &section->op, MINOS_OK);
        if (!mn_sql_in_transaction(store->sql))
            mn_writer_lost(store, 0);
        return;
    }
    if (last != NULL)
        rc = mn_writer_run(store, last);
    if (rc == MINOS_OK)
        rc = mn_writer_check_deferred(store->sql);
    if (rc == MINOS_OK && mn_writer_frame(store, "RELEASE minos_section") != SQLITE_OK)
        rc = minos_error_rc(minos_error_last());
    if (rc == MINOS_OK && !mn_sql_in_transaction(store->sql))
        rc = minos_fail(MINOS_EIO, "the last statement ended the transaction");
    if (rc != MINOS_OK) {
        fail_section(store, section, rc);
        return;
    }
    detach(store, section, MINOS_ESTATE);
    mn_list_insert(&store->group, &section->op.place);
}

int64_t mn_writer_section_step(mn_store *store)
{
    mn_section *section = store->section;
    bool ends, undoes;
    mn_op *command;

    pthread_mutex_lock(&store->lock);
    command = section->command;
    section->command = NULL;
    ends = section->ends;
    undoes = section->undoes;
    pthread_mutex_unlock(&store->lock);
    if (mn_now() >= section->until_ns && !undoes) {
        if (command != NULL && !ends)
            mn_writer_finish(store, command,
                             minos_fail(MINOS_ETIMEDOUT, "the transaction's time limit is past"));
        fail_section(store, section,
                     minos_fail(MINOS_ETIMEDOUT,
                                "the transaction took longer than its limit of "
                                "%lld ms and was undone",
                                (long long)(section->limit_ns / MINOS_MS)));
    } else if (ends) {
        end_section(store, section, command, undoes);
    } else if (command != NULL) {
        run_command(store, section, command);
    }
    return store->section == NULL ? 0 : section->until_ns;
}
