/*
 * The file: what it must be to be opened, how its connection is set up, and the versions of the
 * tables in it.
 *
 * minos_meta(name, value) holds the service it belongs to ("service"), the version of this table
 * itself ("schema") and one version for each part's tables ("schema.delivery").
 *
 * A store that was there and is empty now is an error: beginning anew would lose what was accepted
 * and repeat what was done. The ballast beside the file tells that there was one.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/env.h"
#include "store/inside.h"

#define OPEN_BUSY_WAIT (5 * MINOS_S)
#define META_VERSION   1
#define NAME_MAX_BYTES 64 /* of a schema, with its prefix */

/* For connections of every file; the sizes are of each connection. */
static const char settings[] = "PRAGMA mmap_size=0;"
                               "PRAGMA cache_size=-2048;" /* KiB */
                               "PRAGMA temp_store=MEMORY;"
                               "PRAGMA foreign_keys=ON;"
                               "PRAGMA trusted_schema=OFF;"
                               "PRAGMA cell_size_check=ON;";

/* ---- before SQLite sees it ---- */

minos_rc mn_folders_make(const char *path)
{
    char *copy = mn_strdup(path);
    minos_rc rc = MINOS_OK;

    for (char *slash = strchr(copy + 1, '/'); slash != NULL && rc == MINOS_OK;
         slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (mkdir(copy, 0777) != 0 && errno != EEXIST)
            rc = minos_fail_os(MINOS_EIO, errno, "cannot make the folder %s: %s", copy,
                               strerror(errno));
        *slash = '/';
    }
    free(copy);
    return rc;
}

/* Bytes of path + suffix; -1: there is no such file. */
static long long size_of(const char *path, const char *suffix)
{
    struct stat stat_of;
    char name[4200];

    if ((size_t)snprintf(name, sizeof name, "%s%s", path, suffix) >= sizeof name ||
        stat(name, &stat_of) != 0)
        return -1;
    return (long long)stat_of.st_size;
}

/* The file is looked at last: another process may be making all of them, and makes it first. */
static minos_rc check_not_emptied(const char *path)
{
    bool had_store = mn_ballast_exists(path);
    bool had_log = size_of(path, "-wal") > 0;
    long long size = size_of(path, "");
    const char *what = size < 0 ? "is gone" : "is empty";

    if (size > 0)
        return MINOS_OK;
    if (had_log)
        return minos_fail(MINOS_EIO,
                          "%s %s but its log %s-wal is not: restore the file, or move the log away "
                          "to begin anew",
                          path, what, path);
    if (had_store)
        return minos_fail(MINOS_EIO,
                          "%s %s, and there was a store: restore it, or remove %s.ballast to begin "
                          "anew",
                          path, what, path);
    return MINOS_OK;
}

/* ---- what it says of itself ---- */

/* Read a row of minos_meta as text; `size` 0: there is none. */
static minos_rc read_meta(mn_sql *sql, const char *name, char *text, size_t size, bool *ret_found)
{
    mn_statement *statement;
    minos_view value;
    bool row;

    MINOS_TRY(mn_sql_prepare(sql, "SELECT value FROM minos_meta WHERE name = ?1", &statement));
    mn_bind_text(statement, 1, minos_view_of(name));
    MINOS_TRY(mn_statement_step(statement, &row));
    if (row) {
        value = mn_column_view(statement, 0);
        snprintf(text, size, "%.*s", (int)value.size, value.data == NULL ? "" : value.data);
        mn_statement_done(statement);
    }
    *ret_found = row;
    return MINOS_OK;
}

static minos_rc write_meta(mn_sql *sql, const char *name, const char *value)
{
    mn_statement *statement;
    MINOS_TRY(mn_sql_prepare(sql, "INSERT OR REPLACE INTO minos_meta(name, value) VALUES(?1, ?2)",
                             &statement));
    mn_bind_text(statement, 1, minos_view_of(name));
    mn_bind_text(statement, 2, minos_view_of(value));
    return mn_statement_run(statement);
}

/*
 * Whether the file has our table; a file with others' tables only is not ours. One statement, since
 * another process may make the file between two.
 */
static minos_rc look_for_meta(mn_store *store, bool *ret_found)
{
    mn_statement *statement;
    int64_t ours = 0, all = 0;
    bool row;

    MINOS_TRY(mn_sql_prepare(store->sql,
                             "SELECT count(*) FILTER (WHERE name = 'minos_meta'), count(*) "
                             "FROM sqlite_master",
                             &statement));
    MINOS_TRY(mn_statement_step(statement, &row));
    if (row) {
        ours = mn_column_int(statement, 0);
        all = mn_column_int(statement, 1);
    }
    mn_statement_done(statement);
    if (ours == 0 && all != 0)
        return minos_fail(MINOS_ECONFIG, "%s is a database, but no store of Minos", store->path);
    *ret_found = ours != 0;
    return MINOS_OK;
}

static minos_rc check_meta(mn_store *store)
{
    char text[300];
    bool found;

    MINOS_TRY(read_meta(store->sql, "schema", text, sizeof text, &found));
    if (!found || strtol(text, NULL, 10) < 1)
        return minos_fail(MINOS_EIO, "%s does not say its version: it is damaged", store->path);
    if (strtol(text, NULL, 10) > META_VERSION)
        return minos_fail(MINOS_ECONFIG,
                          "%s was written by a newer version of Minos (%s, this one knows %d)",
                          store->path, text, META_VERSION);
    MINOS_TRY(read_meta(store->sql, "service", text, sizeof text, &found));
    if (!found)
        return minos_fail(MINOS_EIO, "%s does not say whose it is: it is damaged", store->path);
    if (strcmp(text, store->service) != 0)
        return minos_fail(MINOS_ECONFIG, "%s belongs to the service %s, not to %s", store->path,
                          text, store->service);
    return MINOS_OK;
}

/* In a transaction: two processes may come first. */
static minos_rc make_meta(mn_store *store)
{
    char version[16];
    bool found;

    MINOS_TRY(look_for_meta(store, &found));
    if (found)
        return MINOS_OK;
    MINOS_TRY(mn_sql_exec(store->sql, "CREATE TABLE minos_meta(name TEXT PRIMARY KEY NOT NULL, "
                                      "value TEXT NOT NULL) WITHOUT ROWID"));
    snprintf(version, sizeof version, "%d", META_VERSION);
    MINOS_TRY(write_meta(store->sql, "schema", version));
    return write_meta(store->sql, "service", store->service);
}

/* ---- schemas ---- */

static minos_rc apply_steps(mn_store *store, const mn_schema *schema)
{
    char name[NAME_MAX_BYTES], text[32] = "0";
    long version, newest = 0;
    bool found;

    while (schema->steps[newest] != NULL)
        newest++;
    snprintf(name, sizeof name, "schema.%s", schema->name);
    MINOS_TRY(read_meta(store->sql, name, text, sizeof text, &found));
    version = strtol(text, NULL, 10);
    if (version > newest)
        return minos_fail(MINOS_ECONFIG,
                          "%s was written by a newer version of Minos (%s is %ld, this one knows "
                          "%ld)",
                          store->path, name, version, newest);
    if (version < 0 || version == newest)
        return MINOS_OK;
    for (; version < newest; version++) {
        minos_rc rc = mn_sql_exec(store->sql, schema->steps[version]);
        if (rc != MINOS_OK)
            return minos_wrap(rc, "while bringing %s to version %ld", name, version + 1);
    }
    snprintf(text, sizeof text, "%ld", newest);
    return write_meta(store->sql, name, text);
}

/* Do something in a transaction of its own. */
static minos_rc in_transaction(mn_store *store, minos_rc (*fn)(mn_store *, const mn_schema *),
                               const mn_schema *schema)
{
    minos_rc rc;

    store->sql->busy_until_ns = mn_now() + OPEN_BUSY_WAIT;
    MINOS_TRY(mn_sql_exec(store->sql, "BEGIN IMMEDIATE"));
    rc = fn(store, schema);
    if (rc == MINOS_OK)
        rc = mn_sql_exec(store->sql, "COMMIT");
    if (rc != MINOS_OK && mn_sql_in_transaction(store->sql))
        mn_sqlite.exec(store->sql->db, "ROLLBACK", NULL, NULL, NULL);
    return rc;
}

minos_rc mn_schema_apply(mn_store *store, const mn_schema *schema)
{
    return in_transaction(store, apply_steps, schema);
}

/* ---- open ---- */

static int on_commit(void *argument, sqlite3 *db, const char *name, int pages)
{
    mn_store *store = argument;
    (void)db;
    (void)name;
    store->wal_pages = pages;
    return SQLITE_OK;
}

static minos_rc try_wal(mn_store *store, bool *ret_is_wal)
{
    mn_statement *statement;
    bool row;

    MINOS_TRY(mn_sql_prepare(store->sql, "PRAGMA journal_mode=WAL", &statement));
    MINOS_TRY(mn_statement_step(statement, &row));
    *ret_is_wal = row && minos_view_is(mn_column_view(statement, 0), "wal");
    mn_statement_done(statement);
    return MINOS_OK;
}

static minos_rc set_wal(mn_store *store)
{
    minos_rc rc = try_wal(store, &store->is_wal);

    /* Where two processes do this at once, SQLite asks no busy handler lest they wait for ever. */
    for (int i = 0; rc == MINOS_EAGAIN && i < OPEN_BUSY_WAIT / MINOS_MS; i++) {
        mn_thread_pause(MINOS_MS);
        rc = try_wal(store, &store->is_wal);
    }
    MINOS_TRY(rc);
    if (!store->is_wal)
        return minos_fail(MINOS_EIO, "%s: its file system cannot share memory between processes",
                          store->path);
    return mn_sql_exec(store->sql, "PRAGMA wal_autocheckpoint=0;"
                                   "PRAGMA journal_size_limit=67108864;"
                                   "PRAGMA synchronous=FULL");
}

static minos_rc first_look(mn_store *store, const mn_schema *schema)
{
    (void)schema;
    MINOS_TRY(make_meta(store));
    return check_meta(store);
}

static minos_rc set_up(mn_store *store)
{
    bool found = false;

    mn_sqlite.db_config(store->sql->db, SQLITE_DBCONFIG_DEFENSIVE, 1, (int *)NULL);
    store->sql->busy_until_ns = mn_now() + OPEN_BUSY_WAIT;
    MINOS_TRY(mn_sql_exec(store->sql, settings));
    if (store->service != NULL) { /* nothing is written to a file that is not ours */
        MINOS_TRY(look_for_meta(store, &found));
        if (found)
            MINOS_TRY(check_meta(store));
    }
    MINOS_TRY(set_wal(store));
    if (store->service != NULL)
        MINOS_TRY(in_transaction(store, first_look, NULL));
    mn_sqlite.wal_hook(store->sql->db, on_commit, store);
    store->synchronous = 1;
    store->wal_pages_try = MN_STORE_WAL_PAGES;
    return MINOS_OK;
}

minos_rc mn_file_open(mn_store *store)
{
    minos_rc rc;

    MINOS_TRY(mn_sqlite_load());
    if (store->service != NULL)
        MINOS_TRY(check_not_emptied(store->path));
    rc = mn_sql_open(store->path, false, &store->sql);
    if (rc == MINOS_OK)
        rc = set_up(store);
    if (rc == MINOS_EAGAIN)
        rc = minos_wrap(rc, "%s is held by another process", store->path);
    if (rc != MINOS_OK) {
        rc = minos_wrap(rc, "while opening the store %s", store->path);
        mn_sql_close(mn_take(&store->sql));
        return rc;
    }
    if (store->service != NULL && !mn_ballast_make(store->path)) {
        store->full = true; /* not ready; the writer tries again each second */
        pthread_mutex_lock(&store->lock);
        store->stats.full = true;
        pthread_mutex_unlock(&store->lock);
    }
    return MINOS_OK;
}
