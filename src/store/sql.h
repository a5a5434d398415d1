/*
 * SQL on one connection, for code that runs on the thread of that connection: an operation of the
 * writer, or a reading. Texts are string constants, prepared once a connection and found again by
 * their address; parameters are bound, never pasted.
 *
 *     mn_statement *insert;
 *     MINOS_TRY(mn_sql_prepare(sql, "INSERT INTO t(a, b) VALUES(?1, ?2)", &insert));
 *     mn_bind_int(insert, 1, a);
 *     mn_bind_text(insert, 2, b);
 *     MINOS_TRY(mn_statement_run(insert));
 *
 * Nothing here yields. Errors carry SQLite's extended code (minos_error_os).
 */
#ifndef MN_STORE_SQL_H
#define MN_STORE_SQL_H

#include <stdbool.h>
#include <stdint.h>

#include <minos/error.h>
#include <minos/view.h>

typedef struct mn_sql mn_sql;
typedef struct mn_statement mn_statement;

/*
 * Give the statement of a text, ready to be bound: a string constant, for its address is the key.
 * One user at a time: it is not to be asked for again while it is stepped.
 */
minos_rc mn_sql_prepare(mn_sql *sql, const char *text, mn_statement **ret_statement);
/* Run one or more statements without parameters and rows, not kept: for schemas. */
minos_rc mn_sql_exec(mn_sql *sql, const char *text);
/* Give how many rows the last INSERT, UPDATE or DELETE changed, and the last id it gave. */
int64_t mn_sql_changes(const mn_sql *sql);
int64_t mn_sql_last_id(const mn_sql *sql);

/*
 * Bind a parameter by its number, from 1. Bytes are borrowed until the statement is done. A fault
 * (no such number, too large) is told by the next step.
 */
void mn_bind_int(mn_statement *statement, int number, int64_t value);
void mn_bind_double(mn_statement *statement, int number, double value);
void mn_bind_text(mn_statement *statement, int number, minos_view text);
void mn_bind_bytes(mn_statement *statement, int number, minos_view bytes);
void mn_bind_null(mn_statement *statement, int number);

/*
 * Go to the next row; false behind the last, and then, as after a failure, the statement is done.
 * Whoever stops before calls mn_statement_done: a statement that stays stepped holds its snapshot.
 */
minos_rc mn_statement_step(mn_statement *statement, bool *ret_row);
void mn_statement_done(mn_statement *statement);
/* Run to the end, rows ignored. */
minos_rc mn_statement_run(mn_statement *statement);

/* Read a column of the row, from 0. What is no number reads as 0, NULL as an empty view. */
int64_t mn_column_int(mn_statement *statement, int column);
double mn_column_double(mn_statement *statement, int column);
/* Text or bytes, borrowed until the next step. */
minos_view mn_column_view(mn_statement *statement, int column);
bool mn_column_is_null(mn_statement *statement, int column);

#endif
