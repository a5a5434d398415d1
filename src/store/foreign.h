/*
 * SQL of users on a connection; its thread's.
 */
#ifndef MN_STORE_FOREIGN_H
#define MN_STORE_FOREIGN_H

#include <minos/arena.h>
#include <minos/value.h>

#include "store/inside.h"

/* One call: what is to be run, and what came of it. */
typedef struct mn_foreign_call {
    const char *text;          /* borrowed */
    const minos_value *params; /* list or map; NULL: none */
    bool reads_only;           /* a statement that writes is refused */
    minos_arena *arena;        /* of this call alone, emptied by each run; NULL: no rows wanted */
    const minos_value *rows;   /* in the arena */
    int64_t changes;
    int64_t last_id;
} mn_foreign_call;

minos_rc mn_foreign_run(mn_sql *sql, mn_foreign_call *call);
/* The authorizer of every connection. */
int mn_foreign_authorize(void *sql, int action, const char *first, const char *second,
                         const char *database, const char *trigger);
/* Finalize the statements kept; before the connection is closed. */
void mn_foreign_forget(mn_sql *sql);

#endif
