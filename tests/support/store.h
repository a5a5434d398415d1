/*
 * What tests of stores share: a fresh folder, a small schema, operations that write words.
 */
#ifndef MN_TESTS_STORE_H
#define MN_TESTS_STORE_H

#include "support/support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/fault.h"
#include "fiber/simulation.h"
#include "store/store.h"

#define word_steps_first                                                                           \
    "CREATE TABLE word(id INTEGER PRIMARY KEY AUTOINCREMENT, text TEXT NOT NULL UNIQUE);"

static const char *const word_steps[] = {word_steps_first, NULL};
static const mn_schema word_schema = {.name = "word", .steps = word_steps};
static const mn_schema *const word_schemas[] = {&word_schema, NULL};

typedef struct fixture {
    char folder[64];
    char path[128]; /* of the store */
} fixture;

static inline void fixture_make(fixture *self)
{
    snprintf(self->folder, sizeof self->folder, "/tmp/minos-store-XXXXXX");
    assert_non_null(mkdtemp(self->folder));
    snprintf(self->path, sizeof self->path, "%s/data/users.db", self->folder);
    mn_fault_reset();
}

/* Remove the files that a store makes; the folder is our own. */
static inline void fixture_drop(fixture *self)
{
    static const char *const ends[] = {"",         "-wal",    "-shm",  "-journal",
                                       ".ballast", ".owners", ".locks"};
    char name[256];

    for (size_t i = 0; i < mn_count_of(ends); i++) {
        snprintf(name, sizeof name, "%s%s", self->path, ends[i]);
        unlink(name);
    }
    snprintf(name, sizeof name, "%s/data", self->folder);
    rmdir(name);
    rmdir(self->folder);
    mn_fault_reset();
}

static inline minos_rc fixture_open(const fixture *self, mn_store **ret_store)
{
    mn_store_options options = {.path = self->path, .service = "users", .schemas = word_schemas};
    return mn_store_open(&options, ret_store);
}

/* ---- operations ---- */

typedef struct put {
    mn_op op;
    const char *text;
    const char *sql; /* to run besides; NULL: nothing */
    int64_t id;
    int runs; /* times that it was run */
    minos_rc told;
    int times_told;
} put;

static inline minos_rc put_run(mn_op *op, mn_sql *sql)
{
    put *self = mn_container(op, put, op);
    mn_statement *insert;

    self->runs++;
    MINOS_TRY(mn_sql_prepare(sql, "INSERT INTO word(text) VALUES(?1)", &insert));
    mn_bind_text(insert, 1, minos_view_of(self->text));
    MINOS_TRY(mn_statement_run(insert));
    self->id = mn_sql_last_id(sql);
    return self->sql == NULL ? MINOS_OK : mn_sql_exec(sql, self->sql);
}

static inline void put_done(mn_op *op, minos_rc rc)
{
    put *self = mn_container(op, put, op);
    self->told = rc;
    self->times_told++;
}

static const mn_op_ops put_ops = {.name = "put", .run = put_run, .done = put_done};

static inline minos_rc put_word(mn_store *store, const char *text, unsigned flags)
{
    put self = {.op = {.ops = &put_ops, .flags = flags}, .text = text};
    return mn_store_run(store, &self.op);
}

typedef struct count {
    mn_op op;
    const char *like;
    int64_t count;
} count;

static inline minos_rc count_run(mn_op *op, mn_sql *sql)
{
    count *self = mn_container(op, count, op);
    mn_statement *select;
    bool row;

    MINOS_TRY(mn_sql_prepare(sql, "SELECT count(*) FROM word WHERE text LIKE ?1", &select));
    mn_bind_text(select, 1, minos_view_of(self->like));
    MINOS_TRY(mn_statement_step(select, &row));
    self->count = mn_column_int(select, 0);
    mn_statement_done(select);
    return MINOS_OK;
}

static const mn_op_ops count_ops = {.name = "count", .run = count_run};

static inline int64_t count_words(mn_store *store, const char *like)
{
    count self = {.op = {.ops = &count_ops}, .like = like};
    assert_ok(mn_store_read(store, &self.op));
    return self.count;
}

#endif
