/*
 * A connection and its statements: see sql.h.
 */
#include "store/sql.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/env.h"
#include "store/foreign.h"
#include "store/inside.h"

/* Constant: SQLite's own grows, and starves a second process. */
#define BUSY_PAUSE (100 * MINOS_US)

#define PROGRESS_STEPS 1000 /* of the virtual machine between two looks at the clock: some 20 µs */

/* ---- the connection ---- */

static int on_busy(void *argument, int count)
{
    mn_sql *sql = argument;

    if (mn_now() >= sql->busy_until_ns || (int64_t)count * BUSY_PAUSE > MINOS_S)
        return 0;
    mn_thread_pause(BUSY_PAUSE);
    return 1;
}

static int on_progress(void *argument)
{
    mn_sql *sql = argument;
    return sql->until_ns != INT64_MAX && mn_now() >= sql->until_ns;
}

minos_rc mn_sql_open(const char *path, bool reading, mn_sql **ret_sql)
{
    int flags = (reading ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE) |
                SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE | SQLITE_OPEN_EXRESCODE;
    mn_sql *sql = mn_new(mn_sql);
    minos_rc rc;

    sql->until_ns = INT64_MAX;
    if (mn_sqlite.open_v2(path, &sql->db, flags, NULL) != SQLITE_OK) {
        rc = mn_sql_fail(sql, "open the file");
        mn_sql_close(sql);
        return rc;
    }
    mn_sqlite.busy_handler(sql->db, on_busy, sql);
    mn_sqlite.set_authorizer(sql->db, mn_foreign_authorize, sql);
    mn_sqlite.progress_handler(sql->db, PROGRESS_STEPS, on_progress, sql);
    *ret_sql = sql;
    return MINOS_OK;
}

void mn_sql_close(mn_sql *sql)
{
    if (sql == NULL)
        return;
    for (size_t i = 0; i < MN_SQL_BUCKETS; i++)
        while (sql->statements[i] != NULL) {
            mn_statement *statement = sql->statements[i];
            sql->statements[i] = statement->next;
            mn_sqlite.finalize(statement->stmt);
            free(statement);
        }
    mn_foreign_forget(sql);
    mn_sqlite.close_v2(sql->db);
    free(sql);
}

int mn_sql_code(const mn_sql *sql)
{
    return mn_sqlite.extended_errcode(sql->db);
}

bool mn_sql_in_transaction(const mn_sql *sql)
{
    return mn_sqlite.get_autocommit(sql->db) == 0;
}

bool mn_sql_is_unwritable(int code)
{
    return (code & 0xff) == SQLITE_FULL || (code & 0xff) == SQLITE_IOERR;
}

static minos_rc rc_of(int code)
{
    static const struct {
        int code; /* extended, or a primary one for all of its kind */
        minos_rc rc;
    } rows[] = {
        {SQLITE_CONSTRAINT_UNIQUE, MINOS_EEXISTS},
        {SQLITE_CONSTRAINT_PRIMARYKEY, MINOS_EEXISTS},
        {SQLITE_CONSTRAINT, MINOS_EINVAL},
        {SQLITE_ERROR, MINOS_EINVAL},
        {SQLITE_AUTH, MINOS_EINVAL},
        {SQLITE_RANGE, MINOS_EINVAL},
        {SQLITE_MISUSE, MINOS_EINVAL},
        {SQLITE_MISMATCH, MINOS_ETYPE},
        {SQLITE_TOOBIG, MINOS_ETOOBIG},
        {SQLITE_BUSY, MINOS_EAGAIN},
        {SQLITE_LOCKED, MINOS_EAGAIN},
        {SQLITE_INTERRUPT, MINOS_ETIMEDOUT},
        {SQLITE_FULL, MINOS_EFULL},
        {SQLITE_NOMEM, MINOS_ENOMEM},
    };

    for (size_t i = 0; i < mn_count_of(rows); i++)
        if (rows[i].code == code || rows[i].code == (code & 0xff))
            return rows[i].rc;
    return MINOS_EIO;
}

minos_rc mn_sql_fail(mn_sql *sql, const char *what)
{
    int code = mn_sqlite.extended_errcode(sql->db);
    int os = mn_sqlite.system_errno(sql->db);

    if ((code & 0xff) == SQLITE_AUTH && sql->refused[0] != '\0')
        return minos_fail_os(MINOS_EINVAL, code, "cannot %s: %s", what, sql->refused);
    if ((code & 0xff) == SQLITE_INTERRUPT)
        return minos_fail_os(MINOS_ETIMEDOUT, code, "cannot %s within its time limit", what);
    if (os != 0 && rc_of(code) == MINOS_EIO)
        return minos_fail_os(MINOS_EIO, code, "cannot %s: %s (%s)", what, mn_sqlite.errmsg(sql->db),
                             strerror(os));
    return minos_fail_os(rc_of(code), code, "cannot %s: %s", what, mn_sqlite.errmsg(sql->db));
}

minos_rc mn_sql_exec(mn_sql *sql, const char *text)
{
    if (mn_sqlite.exec(sql->db, text, NULL, NULL, NULL) != SQLITE_OK)
        return mn_sql_fail(sql, "run SQL");
    return MINOS_OK;
}

int64_t mn_sql_changes(const mn_sql *sql)
{
    return mn_sqlite.changes64(sql->db);
}

int64_t mn_sql_last_id(const mn_sql *sql)
{
    return mn_sqlite.last_insert_rowid(sql->db);
}

/* ---- statements ---- */

minos_rc mn_sql_prepare(mn_sql *sql, const char *text, mn_statement **ret_statement)
{
    size_t bucket = ((uintptr_t)text >> 3) * 31 % MN_SQL_BUCKETS;
    mn_statement *statement = sql->statements[bucket];
    sqlite3_stmt *stmt;

    while (statement != NULL && statement->text != text)
        statement = statement->next;
    if (statement == NULL) {
        if (mn_sqlite.prepare_v3(sql->db, text, -1, SQLITE_PREPARE_PERSISTENT, &stmt, NULL) !=
            SQLITE_OK)
            return mn_sql_fail(sql, "prepare SQL");
        statement = mn_new(mn_statement);
        statement->stmt = stmt;
        statement->text = text;
        statement->sql = sql;
        statement->next = sql->statements[bucket];
        sql->statements[bucket] = statement;
    }
    statement->bind_code = SQLITE_OK;
    *ret_statement = statement;
    return MINOS_OK;
}

static void bound(mn_statement *statement, int code)
{
    if (code != SQLITE_OK && statement->bind_code == SQLITE_OK)
        statement->bind_code = code;
}

void mn_bind_int(mn_statement *statement, int number, int64_t value)
{
    bound(statement, mn_sqlite.bind_int64(statement->stmt, number, value));
}

void mn_bind_double(mn_statement *statement, int number, double value)
{
    bound(statement, mn_sqlite.bind_double(statement->stmt, number, value));
}

void mn_bind_text(mn_statement *statement, int number, minos_view text)
{
    bound(statement,
          mn_sqlite.bind_text64(statement->stmt, number, text.data == NULL ? "" : text.data,
                                text.size, SQLITE_STATIC, SQLITE_UTF8));
}

void mn_bind_bytes(mn_statement *statement, int number, minos_view bytes)
{
    bound(statement,
          mn_sqlite.bind_blob64(statement->stmt, number, bytes.data == NULL ? "" : bytes.data,
                                bytes.size, SQLITE_STATIC));
}

void mn_bind_null(mn_statement *statement, int number)
{
    bound(statement, mn_sqlite.bind_null(statement->stmt, number));
}

minos_rc mn_statement_step(mn_statement *statement, bool *ret_row)
{
    int code;

    if (statement->bind_code != SQLITE_OK) {
        code = statement->bind_code;
        mn_statement_done(statement);
        return minos_fail_os(rc_of(code), code, "a parameter cannot be bound (%d) in: %.80s", code,
                             statement->text);
    }
    code = mn_sqlite.step(statement->stmt);
    if (code == SQLITE_ROW) {
        *ret_row = true;
        return MINOS_OK;
    }
    if (code == SQLITE_DONE) {
        mn_statement_done(statement);
        *ret_row = false;
        return MINOS_OK;
    }
    minos_ignore(mn_sql_fail(statement->sql, "run SQL")); /* raised before a reset changes it */
    mn_statement_done(statement);
    return minos_error_rc(minos_error_last());
}

void mn_statement_done(mn_statement *statement)
{
    mn_sqlite.reset(statement->stmt);
    mn_sqlite.clear_bindings(statement->stmt);
}

minos_rc mn_statement_run(mn_statement *statement)
{
    bool row;
    do
        MINOS_TRY(mn_statement_step(statement, &row));
    while (row);
    return MINOS_OK;
}

int64_t mn_column_int(mn_statement *statement, int column)
{
    return mn_sqlite.column_int64(statement->stmt, column);
}

double mn_column_double(mn_statement *statement, int column)
{
    return mn_sqlite.column_double(statement->stmt, column);
}

minos_view mn_column_view(mn_statement *statement, int column)
{
    const void *data = mn_sqlite.column_blob(statement->stmt, column);
    int size = mn_sqlite.column_bytes(statement->stmt, column);
    return minos_view_make(data, data == NULL ? 0 : (size_t)size);
}

bool mn_column_is_null(mn_statement *statement, int column)
{
    return mn_sqlite.column_type(statement->stmt, column) == SQLITE_NULL;
}
