/*
 * SQL of users: what it may not do, its statements, its parameters and its rows.
 *
 * The authorizer is asked while a statement is prepared, and again when a changed schema has it
 * prepared anew, so the connection is marked foreign for as long as such a statement runs.
 */
#include "store/foreign.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "codec/rfc3339.h"
#include "codec/simd.h"
#include "codec/value.h"

#define OURS "minos_"

/* ---- what is allowed ---- */

static int refuse(mn_sql *sql, const char *what, const char *name)
{
    snprintf(sql->refused, sizeof sql->refused, "%s%s%.46s", what, name == NULL ? "" : " ",
             name == NULL ? "" : name);
    return SQLITE_DENY;
}

static bool is_ours(const char *name)
{
    return name != NULL && strncasecmp(name, OURS, sizeof OURS - 1) == 0;
}

int mn_foreign_authorize(void *argument, int action, const char *first, const char *second,
                         const char *database, const char *trigger)
{
    mn_sql *sql = argument;

    (void)database;
    (void)trigger;
    if (!sql->foreign)
        return SQLITE_OK;
    switch (action) {
    case SQLITE_TRANSACTION:
    case SQLITE_SAVEPOINT:
        return refuse(sql, "transactions are opened by minos_db_transaction, not by SQL", NULL);
    case SQLITE_ATTACH:
    case SQLITE_DETACH:
        return refuse(sql, "ATTACH, DETACH and VACUUM are not allowed", NULL);
    case SQLITE_PRAGMA:
        return refuse(sql, "PRAGMA is not allowed:", first);
    case SQLITE_FUNCTION:
        if (second != NULL && strcasecmp(second, "load_extension") == 0)
            return refuse(sql, "load_extension is not allowed", NULL);
        return SQLITE_OK;
    default:
        if (is_ours(first) || is_ours(second))
            return refuse(sql, "names that begin with minos_ are the library's:",
                          is_ours(first) ? first : second);
        return SQLITE_OK;
    }
}

/* ---- statements, kept by their text ---- */

void mn_foreign_forget(mn_sql *sql)
{
    for (size_t i = 0; i < MN_SQL_FOREIGN_MAX; i++) {
        mn_sqlite.finalize(sql->foreigns[i].stmt);
        free(sql->foreigns[i].text);
    }
}

static bool is_blank(const char *text)
{
    while (isspace((unsigned char)*text) || *text == ';')
        text++;
    return *text == '\0';
}

static minos_rc prepare(mn_sql *sql, const char *text, mn_foreign **ret_foreign)
{
    mn_foreign *place = &sql->foreigns[0];
    const char *rest;

    for (size_t i = 0; i < MN_SQL_FOREIGN_MAX; i++) {
        mn_foreign *foreign = &sql->foreigns[i];
        if (foreign->text != NULL && strcmp(foreign->text, text) == 0) {
            foreign->used = ++sql->foreign_uses;
            *ret_foreign = foreign;
            return MINOS_OK;
        }
        if (foreign->used < place->used)
            place = foreign;
    }
    mn_sqlite.finalize(place->stmt);
    free(place->text);
    *place = (mn_foreign){.used = 0};
    if (mn_sqlite.prepare_v3(sql->db, text, -1, SQLITE_PREPARE_PERSISTENT, &place->stmt, &rest) !=
        SQLITE_OK)
        return mn_sql_fail(sql, "prepare the SQL");
    if (place->stmt == NULL)
        return minos_fail(MINOS_EINVAL, "sql: holds no statement");
    if (!is_blank(rest)) {
        mn_sqlite.finalize(place->stmt);
        place->stmt = NULL;
        return minos_fail(MINOS_EINVAL, "sql: one statement a call, and there is more: %.40s",
                          rest);
    }
    place->text = mn_strdup(text);
    place->used = ++sql->foreign_uses;
    *ret_foreign = place;
    return MINOS_OK;
}

/* ---- parameters ---- */

static int bind_text(sqlite3_stmt *stmt, int number, const char *text, size_t size)
{
    return mn_sqlite.bind_text64(stmt, number, text, size, SQLITE_TRANSIENT, SQLITE_UTF8);
}

static minos_rc bind_one(mn_sql *sql, sqlite3_stmt *stmt, int number, const minos_value *value)
{
    char text[64];
    size_t size;
    int code;

    switch (minos_value_type(value)) {
    case MINOS_TYPE_NULL:
        code = mn_sqlite.bind_null(stmt, number);
        break;
    case MINOS_TYPE_BOOL:
        code = mn_sqlite.bind_int64(stmt, number, value->as.boolean);
        break;
    case MINOS_TYPE_INT:
    case MINOS_TYPE_TIMEDELTA:
        code = mn_sqlite.bind_int64(stmt, number, value->as.integer);
        break;
    case MINOS_TYPE_DOUBLE:
        code = mn_sqlite.bind_double(stmt, number, value->as.number);
        break;
    case MINOS_TYPE_STRING:
        code = mn_sqlite.bind_text64(stmt, number, value->size == 0 ? "" : value->as.string,
                                     value->size, SQLITE_STATIC, SQLITE_UTF8);
        break;
    case MINOS_TYPE_BYTES:
        code = mn_sqlite.bind_blob64(stmt, number, value->size == 0 ? "" : value->as.string,
                                     value->size, SQLITE_STATIC);
        break;
    case MINOS_TYPE_UUID:
        minos_uuid_format(value->as.uuid, text);
        code = bind_text(stmt, number, text, strlen(text));
        break;
    case MINOS_TYPE_DATETIME:
    case MINOS_TYPE_DATE:
    case MINOS_TYPE_TIME:
        size = value->type == MINOS_TYPE_DATETIME ? mn_rfc3339_write(value->as.integer, text)
               : value->type == MINOS_TYPE_DATE   ? mn_rfc3339_write_date(value->as.integer, text)
                                                  : mn_rfc3339_write_time(value->as.integer, text);
        if (size == 0)
            return minos_fail(MINOS_EINVAL, "parameter %d: a time that RFC 3339 cannot write",
                              number);
        code = bind_text(stmt, number, text, size);
        break;
    default:
        return minos_fail(MINOS_ETYPE, "parameter %d: %s has no column type", number,
                          minos_type_name(minos_value_type(value)));
    }
    return code == SQLITE_OK ? MINOS_OK : mn_sql_fail(sql, "bind a parameter");
}

static minos_rc bind_named(mn_sql *sql, sqlite3_stmt *stmt, const minos_value *params)
{
    for (size_t i = 0; i < minos_value_count(params); i++) {
        const minos_pair *pair = minos_value_pair(params, i);
        char name[130];
        int number;
        snprintf(name, sizeof name, ":%.*s", (int)pair->key.size, pair->key.data);
        number = pair->key.size > 128 ? 0 : mn_sqlite.bind_parameter_index(stmt, name);
        if (number == 0)
            return minos_fail(MINOS_EINVAL, "params: the SQL has no %s", name);
        MINOS_TRY(bind_one(sql, stmt, number, &pair->value));
    }
    return MINOS_OK;
}

static minos_rc bind_all(mn_sql *sql, sqlite3_stmt *stmt, const minos_value *params)
{
    int count = mn_sqlite.bind_parameter_count(stmt);

    if (params != NULL && params->type != MINOS_TYPE_LIST && params->type != MINOS_TYPE_MAP)
        return minos_fail(MINOS_EINVAL, "params: a list or a map, not %s",
                          minos_type_name(minos_value_type(params)));
    if (minos_value_count(params) != (size_t)count)
        return minos_fail(MINOS_EINVAL, "params: the SQL has %d, %zu were given", count,
                          minos_value_count(params));
    if (params != NULL && params->type == MINOS_TYPE_MAP)
        return bind_named(sql, stmt, params);
    for (int i = 0; i < count; i++)
        MINOS_TRY(bind_one(sql, stmt, i + 1, minos_value_at(params, (size_t)i)));
    return MINOS_OK;
}

/* ---- rows ---- */

static minos_rc read_column(sqlite3_stmt *stmt, int column, minos_arena *arena,
                            minos_value *ret_value)
{
    int type = mn_sqlite.column_type(stmt, column);
    minos_view view;

    switch (type) {
    case SQLITE_INTEGER:
        *ret_value = minos_value_int(mn_sqlite.column_int64(stmt, column));
        return MINOS_OK;
    case SQLITE_FLOAT:
        *ret_value = minos_value_double(mn_sqlite.column_double(stmt, column));
        return MINOS_OK;
    case SQLITE_NULL:
        *ret_value = minos_value_null();
        return MINOS_OK;
    default:
        break;
    }
    view.data = mn_sqlite.column_blob(stmt, column);
    view.size = (size_t)mn_sqlite.column_bytes(stmt, column);
    view = mn_arena_try_dup(arena, view);
    if (view.data == NULL)
        return mn_value_too_big(arena);
    /* SQLite does not look whether its text is UTF-8; what is none is bytes. */
    *ret_value = type == SQLITE_TEXT && mn_utf8_valid(view) ? minos_value_text_view(view)
                                                            : minos_value_bytes(view);
    return MINOS_OK;
}

static minos_rc read_row(sqlite3_stmt *stmt, const minos_view *names, int count, minos_arena *arena,
                         minos_value *rows)
{
    minos_value *row = minos_value_map_new(arena);

    for (int i = 0; i < count; i++) {
        minos_value value;
        MINOS_TRY(read_column(stmt, i, arena, &value));
        MINOS_TRY(minos_value_put(arena, row, names[i], value));
    }
    return minos_value_append(arena, rows, *row);
}

static minos_rc run_prepared(mn_sql *sql, sqlite3_stmt *stmt, const mn_foreign_call *call,
                             minos_value *rows)
{
    int count = mn_sqlite.column_count(stmt), code;
    minos_view *names = NULL;

    MINOS_TRY(bind_all(sql, stmt, call->params));
    if (rows != NULL && count > 0) {
        names = minos_arena_alloc(call->arena, sizeof *names * (size_t)count);
        for (int i = 0; i < count; i++)
            names[i] = minos_arena_dup(call->arena, minos_view_of(mn_sqlite.column_name(stmt, i)));
    }
    while ((code = mn_sqlite.step(stmt)) == SQLITE_ROW)
        if (names != NULL)
            MINOS_TRY(read_row(stmt, names, count, call->arena, rows));
    return code == SQLITE_DONE ? MINOS_OK : mn_sql_fail(sql, "run the SQL");
}

minos_rc mn_foreign_run(mn_sql *sql, mn_foreign_call *call)
{
    minos_value *rows = NULL;
    mn_foreign *foreign;
    minos_rc rc;

    if (call->arena != NULL) {
        minos_arena_reset(call->arena);
        rows = minos_value_list_new(call->arena);
    }
    sql->foreign = true;
    sql->refused[0] = '\0';
    rc = prepare(sql, call->text, &foreign);
    if (rc == MINOS_OK && call->reads_only && !mn_sqlite.stmt_readonly(foreign->stmt))
        rc =
            minos_fail(MINOS_ESTATE, "the statement writes: minos_db_exec runs it, or a query in a "
                                     "transaction");
    if (rc == MINOS_OK) {
        rc = run_prepared(sql, foreign->stmt, call, rows);
        mn_sqlite.reset(foreign->stmt);
        mn_sqlite.clear_bindings(foreign->stmt);
    }
    sql->foreign = false;
    call->rows = rows;
    call->changes = mn_sql_changes(sql);
    call->last_id = mn_sql_last_id(sql);
    return rc;
}
