/*
 * What the files of this folder share: the connection, and the store with its writer.
 */
#ifndef MN_STORE_INSIDE_H
#define MN_STORE_INSIDE_H

#include <pthread.h>

#include <minos/fiber.h>

#include "fiber/thread.h"
#include "store/section.h"
#include "store/sqlite.h"
#include "store/store.h"

/* ---- a connection; its thread's ---- */

#define MN_SQL_BUCKETS 128 /* of prepared statements, by the address of their text */

struct mn_statement {
    sqlite3_stmt *stmt;
    const char *text; /* borrowed for ever */
    mn_sql *sql;
    int bind_code; /* the first fault of a bind */
    mn_statement *next;
};

#define MN_SQL_FOREIGN_MAX 32 /* statements of users that are kept */

/* A statement of users, kept by its text. */
typedef struct mn_foreign {
    sqlite3_stmt *stmt; /* NULL: a free place */
    char *text;
    uint64_t used; /* when it was last used, in uses */
} mn_foreign;

struct mn_sql {
    sqlite3 *db;
    mn_foreign foreigns[MN_SQL_FOREIGN_MAX];
    uint64_t foreign_uses;
    mn_statement *statements[MN_SQL_BUCKETS];
    int64_t busy_until_ns; /* how long another process's lock is waited for */
    int64_t until_ns;      /* when what runs is interrupted; INT64_MAX: never */
    bool foreign;          /* what is prepared is of users */
    char refused[96];      /* what the authorizer said no to */
};

/*
 * Open a connection. Reading: to a file that is there, without a right to write.
 */
minos_rc mn_sql_open(const char *path, bool reading, mn_sql **ret_sql);
/* Close it with its statements; NULL does nothing. */
void mn_sql_close(mn_sql *sql);
/* Raise the connection's newest error, "cannot WHAT: …", under the code that fits. */
minos_rc mn_sql_fail(mn_sql *sql, const char *what);
/* SQLite's extended code of the newest failure. */
int mn_sql_code(const mn_sql *sql);
/* Whether a code says that the file could not be written: the disk is full, or failing. */
bool mn_sql_is_unwritable(int code);
bool mn_sql_in_transaction(const mn_sql *sql);

/* ---- the store ---- */

#define MN_OP_ALONE   256u /* without a transaction: the store's own business with the file */
#define MN_OP_SECTION 512u /* the op of a mn_section */

#define MN_STORE_BALLAST_BYTES (4 << 20)
#define MN_STORE_WAL_PAGES     2000  /* of the log, at which it is moved into the file */
#define MN_STORE_WAL_PAGES_MAX 16000 /* 62.5 MiB of 4 KiB: writing waits for readers */
#define MN_STORE_PAGE_BYTES    4096
#define MN_STORE_READERS_MAX   4

struct mn_section {
    mn_op op;     /* in the queue until its turn, in the group from its end on */
    mn_op opened; /* told when its turn has come */
    mn_store *store;
    int64_t limit_ns; /* a length */
    int64_t until_ns; /* the writer's: when it is undone */

    /* Guarded by the store's lock. */
    mn_op *command;   /* to be run next; when it ends, its last one; NULL: none */
    bool ends;        /* no command comes any more */
    bool undoes;      /* as if it had never been */
    bool over;        /* the writer knows it no more */
    minos_rc over_rc; /* why */
};

struct mn_store {
    mn_list all; /* in the loop's list of stores */
    size_t users;
    mn_section *held; /* the loop\'s: the section that a fiber is in; NULL: none */
    mn_fiber *holder; /* that fiber */
    char *path;       /* as given */
    char *real_path;  /* of the same file, the same text */
    char *service;    /* NULL: users' own file */
    mn_thread *writer;
    mn_bell *bell;    /* rung by the writer when operations are done */
    mn_fiber *waker;  /* tells those that wait for them */
    bool waker_stops; /* the loop's */
    bool shut;        /* takes no operation any more */
    size_t pending;   /* submitted and not told; the loop's */

    pthread_mutex_t lock; /* guards these */
    mn_list queue;        /* waiting for their turn */
    mn_list done;         /* to be told */
    mn_store_stats stats;
    bool closing; /* nothing is kept in memory any more */

    /* The writer's. */
    mn_sql *sql;        /* NULL: not open */
    mn_sql *checkpoint; /* a second connection, made at the first checkpoint */
    mn_list group;      /* run in the transaction that is open */
    size_t group_count; /* run in it, the failed ones too */
    bool is_wal;        /* the file keeps a log, as it must */
    bool group_open;
    bool group_synced;
    int64_t group_until_ns;
    mn_section *section;     /* that has the writer; NULL: none */
    mn_list again;           /* of a lost group: run before the queue */
    int synchronous;         /* as the connection is set; -1: unknown */
    int64_t busy_since_ns;   /* 0: not kept waiting */
    int64_t retry_at_ns;     /* the disk is full until then at least */
    int64_t reader_since_ns; /* since when readers keep the log too long; 0: not */
    int wal_pages;           /* of the log, at the last commit */
    int wal_pages_try;       /* its length at which it is moved next */
    bool full;

    /* The loop's: connections for reading that nobody uses. */
    mn_sql *readers[MN_STORE_READERS_MAX];
    size_t reader_count; /* idle ones */
    minos_semaphore *reading;
};

/* The writer's step. `argument` is the store. */
int64_t mn_writer_step(void *argument);
/* Hand an operation over to be told; the writer's. */
void mn_writer_finish(mn_store *store, mn_op *op, minos_rc rc);

/* Take an operation back whose turn has not come; the loop's. */
bool mn_store_withdraw(mn_store *store, mn_op *op);

/* Run a statement of the group's frame; SQLite's code. */
int mn_writer_frame(mn_store *store, const char *text);
/* Run an operation in a savepoint of its own within what is open. */
minos_rc mn_writer_run(mn_store *store, mn_op *op);
/* Deferred foreign keys are to be sound at the end of each piece, not of the group. */
minos_rc mn_writer_check_deferred(mn_sql *sql);
/* The transaction is gone, to a failure of this code: what was run in it runs again. */
void mn_writer_lost(mn_store *store, int code);
/* Give a section the writer, and look what it wants. Gives when to look again; 0: it is over. */
void mn_writer_section_begin(mn_store *store, mn_section *section);
int64_t mn_writer_section_step(mn_store *store);

/* Make the folders that a file lies in. */
minos_rc mn_folders_make(const char *path);
/* Open the writer's connection and look what the file is; on the writer's thread. */
minos_rc mn_file_open(mn_store *store);
/* Bring a schema up; the same. */
minos_rc mn_schema_apply(mn_store *store, const mn_schema *schema);

/* Close the connections for reading, which nobody uses; the loop's. */
void mn_readers_close(mn_store *store);

/*
 * Move the log into the file. Called while the connection holds no transaction. MINOS_EAGAIN
 * without an error: readers or other processes are in the way.
 */
minos_rc mn_checkpoint(mn_store *store);

/* Space kept for what has been begun when the disk gets full. */
bool mn_ballast_make(const char *path);
void mn_ballast_drop(const char *path);
bool mn_ballast_exists(const char *path);

#endif
