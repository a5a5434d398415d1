/*
 * The tables of delivery. Ids are never used again (AUTOINCREMENT); nothing keeps a cursor, a row
 * is found by its state.
 *
 * Beyond design.md §5: `holds` says that a row keeps its (handler, key) for itself or waits for it
 * (a head in backoff does, a row delayed from the start does not), and minos_work_head, being
 * unique, is the order per key: two rows of one key that may both run cannot be stored. `base` is
 * the attempt at which a row was requeued. A mark has the id of its message, so that either finds
 * the other.
 */
#include "delivery/inside.h"

static const char *const steps[] = {
    "CREATE TABLE minos_owner(owner INTEGER PRIMARY KEY, slot INTEGER NOT NULL);"
    "CREATE TABLE minos_message(id INTEGER PRIMARY KEY AUTOINCREMENT, topic TEXT NOT NULL,"
    " identifier TEXT NOT NULL, reply_topic TEXT NOT NULL, data BLOB NOT NULL,"
    " received_at INTEGER NOT NULL, live INTEGER NOT NULL);"
    /* state: 0 ready, 1 waiting, 2 delayed, 3 running, 4 dead, 5 quarantined */
    "CREATE TABLE minos_work(id INTEGER PRIMARY KEY AUTOINCREMENT, message_id INTEGER NOT NULL,"
    " handler TEXT NOT NULL, key TEXT, priority INTEGER NOT NULL, state INTEGER NOT NULL,"
    " holds INTEGER NOT NULL, attempt INTEGER NOT NULL, base INTEGER NOT NULL DEFAULT 0,"
    " blamed INTEGER NOT NULL DEFAULT 0, deaths INTEGER NOT NULL DEFAULT 0, owner INTEGER,"
    " not_before INTEGER NOT NULL, stored_at INTEGER NOT NULL, expires_at INTEGER NOT NULL,"
    " last_error TEXT);"
    "CREATE INDEX minos_work_ready ON minos_work(handler, priority, id) WHERE state = 0;"
    "CREATE INDEX minos_work_waiting ON minos_work(handler, key, id) WHERE state = 1;"
    "CREATE INDEX minos_work_delayed ON minos_work(handler, not_before) WHERE state = 2;"
    "CREATE INDEX minos_work_running ON minos_work(owner) WHERE state = 3;"
    "CREATE UNIQUE INDEX minos_work_head ON minos_work(handler, key)"
    " WHERE holds = 1 AND state <> 1 AND key IS NOT NULL;"
    "CREATE TABLE minos_failure(work_id INTEGER NOT NULL, attempt INTEGER NOT NULL,"
    " at INTEGER NOT NULL, owner INTEGER, outcome TEXT NOT NULL, error TEXT NOT NULL);"
    "CREATE INDEX minos_failure_work ON minos_failure(work_id);"
    "CREATE TABLE minos_dedup(id INTEGER PRIMARY KEY, topic TEXT NOT NULL, token TEXT NOT NULL,"
    " at INTEGER NOT NULL, reply BLOB, reply_at INTEGER);"
    "CREATE INDEX minos_dedup_reply ON minos_dedup(reply_at) WHERE reply_at IS NOT NULL;"
    /* state: 0 ready, 1 refused */
    "CREATE TABLE minos_outbox(id INTEGER PRIMARY KEY AUTOINCREMENT, topic TEXT NOT NULL,"
    " key TEXT NOT NULL, identifier TEXT NOT NULL, data BLOB NOT NULL, not_before INTEGER NOT NULL,"
    " expires_at INTEGER NOT NULL, state INTEGER NOT NULL, attempt INTEGER NOT NULL,"
    " last_error TEXT);"
    "CREATE INDEX minos_outbox_ready ON minos_outbox(not_before, id) WHERE state = 0;"
    "CREATE TABLE minos_relay(one INTEGER PRIMARY KEY CHECK(one = 1), owner INTEGER NOT NULL);"
    "CREATE TABLE minos_pause(handler TEXT PRIMARY KEY) WITHOUT ROWID;",
    NULL,
};

const mn_schema mn_delivery_schema = {.name = "delivery", .steps = steps};
