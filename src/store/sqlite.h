/*
 * SQLite's library, opened at its first use: a service without a store does not load it. What we
 * call stands in one table; nothing outside of this folder knows that there is SQLite.
 */
#ifndef MN_STORE_SQLITE_H
#define MN_STORE_SQLITE_H

#include <sqlite3.h>

#include <minos/error.h>

/* X(name): every function that we call, without its sqlite3_. */
#define MN_SQLITE_MAP(X)                                                                           \
    X(bind_blob64)                                                                                 \
    X(bind_double)                                                                                 \
    X(bind_int64)                                                                                  \
    X(bind_null)                                                                                   \
    X(bind_parameter_count)                                                                        \
    X(bind_parameter_index)                                                                        \
    X(bind_text64)                                                                                 \
    X(busy_handler)                                                                                \
    X(changes64)                                                                                   \
    X(clear_bindings)                                                                              \
    X(close_v2)                                                                                    \
    X(column_blob)                                                                                 \
    X(column_bytes)                                                                                \
    X(column_count)                                                                                \
    X(column_double)                                                                               \
    X(column_int64)                                                                                \
    X(column_name)                                                                                 \
    X(column_text)                                                                                 \
    X(column_type)                                                                                 \
    X(db_config)                                                                                   \
    X(db_status)                                                                                   \
    X(errmsg)                                                                                      \
    X(exec)                                                                                        \
    X(extended_errcode)                                                                            \
    X(extended_result_codes)                                                                       \
    X(finalize)                                                                                    \
    X(get_autocommit)                                                                              \
    X(last_insert_rowid)                                                                           \
    X(libversion_number)                                                                           \
    X(open_v2)                                                                                     \
    X(prepare_v3)                                                                                  \
    X(progress_handler)                                                                            \
    X(reset)                                                                                       \
    X(set_authorizer)                                                                              \
    X(step)                                                                                        \
    X(stmt_readonly)                                                                               \
    X(system_errno)                                                                                \
    X(wal_checkpoint_v2)                                                                           \
    X(wal_hook)

typedef struct mn_sqlite_functions {
#define MN_SQLITE_MEMBER(name) __typeof__(&sqlite3_##name) name;
    MN_SQLITE_MAP(MN_SQLITE_MEMBER)
#undef MN_SQLITE_MEMBER
} mn_sqlite_functions;

/* Valid once mn_sqlite_load gave OK. */
extern mn_sqlite_functions mn_sqlite;

/* Open the library, once a process. Any thread. MINOS_ENOTSUP: it is not there, or too old. */
minos_rc mn_sqlite_load(void);

#endif
