/*
 * Databases: SQL from handlers. A query yields its fiber, parameters are bound and never pasted,
 * rows are values.
 *
 *     const minos_value *rows;
 *     MINOS_TRY(minos_db_query(db, minos_request_arena(req),
 *                              "SELECT id, name FROM users WHERE city = ?1",
 *                              MINOS_PARAMS(MINOS_ITEM(city)), &rows));
 *     for (size_t i = 0; i < minos_value_count(rows); i++)
 *         MINOS_TRY(minos_value_str(minos_value_at(rows, i), "name", &name));
 *
 * Types: INTEGER is int64 (a boolean goes in as 0 or 1, a time span as microseconds), REAL double,
 * TEXT string, BLOB bytes, NULL null. UUIDs, dates and times go in as TEXT (RFC 3339) and come out
 * as strings, which minos_value_id and minos_value_when read. NaN goes in as NULL. Lists and maps
 * are refused.
 *
 * One statement a call. BEGIN, COMMIT, SAVEPOINT, ATTACH and PRAGMA are refused, as are tables
 * whose names begin with minos_: they are the library's. Foreign keys are enforced.
 */
#ifndef MINOS_DB_H
#define MINOS_DB_H

#include <stdint.h>

#include <minos/arena.h>
#include <minos/compiler.h>
#include <minos/config.h>
#include <minos/error.h>
#include <minos/time.h>
#include <minos/value.h>

MINOS_BEGIN_DECLS

/** A database that a service works with. */
typedef struct minos_db minos_db;

/** What a statement did. */
typedef struct minos_db_result {
    int64_t changes; /* rows inserted, updated or deleted */
    int64_t last_id; /* rowid of the last insert of this connection */
} minos_db_result;

/** Most bytes that the rows of one query may take, as values. */
#define MINOS_DB_ROWS_BYTES_MAX (16 << 20)

#ifndef __cplusplus
/** Parameters of a statement, by position: MINOS_ITEM(x) of each; lives as MINOS_LIST does. */
#define MINOS_PARAMS(...) MINOS_LIST(__VA_ARGS__)
#endif

/**
 * Open a database file; it is made, with its folders, when it is not there.
 * @param path  1..4000 bytes, borrowed for the call
 * @retval MINOS_OK       it is open
 * @retval MINOS_EAGAIN   another process holds the file for itself
 * @retval MINOS_EIO      it cannot be opened, or is damaged
 * @retval MINOS_ENOTSUP  SQLite's library is not there
 * @yields @thread{a loop, whose it is from then on} @lifetime{until minos_db_free} @since 0.2
 */
MINOS_API MINOS_MUST_CHECK minos_rc minos_db_new(const char *path, minos_db **ret_db);
/**
 * Open a database that a configuration names under `databases`. The one called default is the
 * service's own store, which is there without being named: $MINOS_DATA/<service>.db.
 * @param name  key below `databases`; NULL: default
 * @retval MINOS_OK       it is open
 * @retval MINOS_ECONFIG  there is no such database, or the file is of another service or a newer
 *                        version
 * @retval MINOS_EAGAIN   another process holds the file for itself
 * @retval MINOS_EIO      it cannot be opened, is damaged or has been emptied
 * @retval MINOS_ENOTSUP  SQLite's library is not there
 * @yields @thread{a loop, whose it is from then on} @lifetime{until minos_db_free} @since 0.2
 */
MINOS_API MINOS_MUST_CHECK minos_rc minos_db_from_config(const minos_config *config,
                                                         const char *name, minos_db **ret_db);
/**
 * Close a database that nobody uses any more. NULL does nothing.
 * @yields @thread{the database's loop} @since 0.2
 */
MINOS_API void minos_db_free(minos_db *db);

/**
 * Run a statement that reads and give its rows. Outside of transactions it runs beside the writer,
 * on what is committed, for 5 s at most.
 * @param arena   that the rows go into
 * @param sql     one statement, UTF-8, borrowed for the call
 * @param params  a list for ?1, ?2, …; a map for :name; NULL: none. Borrowed for the call
 * @param ret_rows  a list of maps, column by column; empty when there are none
 * @retval MINOS_OK         the rows are there
 * @retval MINOS_EINVAL     the SQL is not valid or not allowed, or parameters lack or are too many
 * @retval MINOS_ESTATE     the statement writes, and no transaction is open
 * @retval MINOS_ETYPE      a parameter is a list or map
 * @retval MINOS_ETOOBIG    the rows take more than MINOS_DB_ROWS_BYTES_MAX, or than the arena has
 * @retval MINOS_ETIMEDOUT  it took too long, or the deadline passed
 * @retval MINOS_ECANCELED  the fiber was cancelled
 * @retval MINOS_EIO        the file cannot be read or is damaged
 * @yields @thread{the database's loop} @lifetime{rows: the arena's} @since 0.2
 */
MINOS_API MINOS_MUST_CHECK minos_rc minos_db_query(minos_db *db, minos_arena *arena,
                                                   const char *sql, const minos_value *params,
                                                   const minos_value **ret_rows);
/**
 * Run a statement that writes and wait until it is on the disk. Outside of transactions it is one
 * of its own, shares its COMMIT with others, and may take 100 ms.
 * @param sql         one statement, UTF-8, borrowed for the call
 * @param params      a list for ?1, ?2, …; a map for :name; NULL: none. Borrowed for the call
 * @param ret_result  NULL: not asked for
 * @retval MINOS_OK         it is done and survives a power cut
 * @retval MINOS_EEXISTS    a unique key exists already
 * @retval MINOS_EINVAL     the SQL is not valid or not allowed, parameters lack or are too many, or
 *                          a constraint is violated
 * @retval MINOS_ETYPE      a parameter is a list or map
 * @retval MINOS_EFULL      the disk takes no more
 * @retval MINOS_ETIMEDOUT  it took too long, or the deadline passed before its turn
 * @retval MINOS_ECANCELED  the fiber was cancelled before its turn
 * @retval MINOS_EIO        the file is damaged
 * @yields @thread{the database's loop} @since 0.2
 */
MINOS_API MINOS_MUST_CHECK minos_rc minos_db_exec(minos_db *db, const char *sql,
                                                  const minos_value *params,
                                                  minos_db_result *ret_result);

/** What runs in a transaction: MINOS_OK commits, anything else undoes all. */
typedef minos_rc minos_db_transaction_fn(minos_db *db, void *argument);

/**
 * Run a function in a transaction: its queries and statements on this database see each other, and
 * all of it happens or nothing. It has the writer alone, for 100 ms at most, so it waits for
 * nothing but this database: every other wait in it is MINOS_ETXWAIT. It may be called several
 * times, the last one counts. Within a transaction already open it is a part of that one.
 * @param fn        called on this fiber
 * @param argument  handed to it
 * @retval MINOS_OK         committed, survives a power cut
 * @retval MINOS_EINVAL     a deferred foreign key points nowhere, or fn is NULL
 * @retval MINOS_ETIMEDOUT  it took too long and is undone, or the deadline passed before its turn
 * @retval MINOS_EAGAIN     it was undone with others of its group several times
 * @retval MINOS_EFULL      the disk takes no more
 * @retval MINOS_ECANCELED  the fiber was cancelled; it is undone
 * @return else what the function gave
 * @yields @thread{the database's loop} @since 0.2
 */
MINOS_API MINOS_MUST_CHECK minos_rc minos_db_transaction(minos_db *db, minos_db_transaction_fn *fn,
                                                         void *argument);

MINOS_AUTO_DEFINE(minos_db)

MINOS_END_DECLS

#endif
