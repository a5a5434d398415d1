/*
 * Rows of work and their messages: what several operations do to them. On the writer.
 */
#include "delivery/inside.h"

minos_rc mn_work_promote(mn_sql *sql, minos_view handler, minos_view key)
{
    mn_statement *statement;
    bool held;

    MINOS_TRY(mn_sql_prepare(sql,
                             "SELECT 1 FROM minos_work WHERE handler = ?1 AND key = ?2 AND"
                             " holds = 1 AND state <> 1",
                             &statement));
    mn_bind_text(statement, 1, handler);
    mn_bind_text(statement, 2, key);
    MINOS_TRY(mn_statement_step(statement, &held));
    if (held) {
        mn_statement_done(statement);
        return MINOS_OK;
    }
    MINOS_TRY(mn_sql_prepare(sql,
                             "UPDATE minos_work SET state = 0 WHERE id = (SELECT min(id) FROM"
                             " minos_work WHERE handler = ?1 AND key = ?2 AND state = 1)",
                             &statement));
    mn_bind_text(statement, 1, handler);
    mn_bind_text(statement, 2, key);
    return mn_statement_run(statement);
}

minos_rc mn_message_release(mn_sql *sql, int64_t message_id)
{
    mn_statement *statement;

    MINOS_TRY(
        mn_sql_prepare(sql, "DELETE FROM minos_message WHERE id = ?1 AND live = 1", &statement));
    mn_bind_int(statement, 1, message_id);
    MINOS_TRY(mn_statement_run(statement));
    if (mn_sql_changes(sql) != 0)
        return MINOS_OK;
    MINOS_TRY(
        mn_sql_prepare(sql, "UPDATE minos_message SET live = live - 1 WHERE id = ?1", &statement));
    mn_bind_int(statement, 1, message_id);
    return mn_statement_run(statement);
}

static minos_rc forget_failures(mn_sql *sql, int64_t work_id)
{
    mn_statement *statement;
    MINOS_TRY(mn_sql_prepare(sql, "DELETE FROM minos_failure WHERE work_id = ?1", &statement));
    mn_bind_int(statement, 1, work_id);
    return mn_statement_run(statement);
}

minos_rc mn_work_delete(mn_sql *sql, const mn_work *work)
{
    mn_statement *statement;

    MINOS_TRY(mn_sql_prepare(sql, "DELETE FROM minos_work WHERE id = ?1", &statement));
    mn_bind_int(statement, 1, work->id);
    MINOS_TRY(mn_statement_run(statement));
    MINOS_TRY(forget_failures(sql, work->id));
    if (work->key != NULL)
        MINOS_TRY(mn_work_promote(sql, work->handler, *work->key));
    return mn_message_release(sql, work->message_id);
}

minos_rc mn_work_bury(mn_sql *sql, const mn_work *work, mn_work_state state, bool holds,
                      minos_view error)
{
    mn_statement *statement;

    MINOS_TRY(mn_sql_prepare(sql,
                             "UPDATE minos_work SET state = ?2, holds = ?3, owner = NULL,"
                             " last_error = ?4 WHERE id = ?1",
                             &statement));
    mn_bind_int(statement, 1, work->id);
    mn_bind_int(statement, 2, state);
    mn_bind_int(statement, 3, holds && work->key != NULL);
    mn_bind_text(statement, 4, error);
    MINOS_TRY(mn_statement_run(statement));
    if (!holds && work->key != NULL)
        return mn_work_promote(sql, work->handler, *work->key);
    return MINOS_OK;
}

minos_rc mn_failure_add(mn_sql *sql, int64_t work_id, int attempt, int64_t owner,
                        const char *outcome, minos_view error)
{
    mn_statement *insert;
    MINOS_TRY(mn_sql_prepare(sql,
                             "INSERT INTO minos_failure(work_id, attempt, at, owner, outcome,"
                             " error) VALUES(?1, ?2, ?3, ?4, ?5, ?6)",
                             &insert));
    mn_bind_int(insert, 1, work_id);
    mn_bind_int(insert, 2, attempt);
    mn_bind_int(insert, 3, mn_delivery_now());
    mn_bind_int(insert, 4, owner);
    mn_bind_text(insert, 5, minos_view_of(outcome));
    mn_bind_text(insert, 6, error);
    return mn_statement_run(insert);
}

int64_t mn_moment_by_clock(int64_t at, int64_t stored_at, int64_t now)
{
    return at == 0 || now >= stored_at ? at : at - (stored_at - now);
}
