/*
 * Marks: see dedup.h. The set is an open-addressing table of (hash, id) that may hold a hash twice.
 */
#include <stdatomic.h>
#include <stdlib.h>

#include "base/siphash.h"
#include "delivery/inside.h"

#define PLACES_MIN 1024

typedef struct entry {
    uint64_t hash;
    int64_t id; /* 0: free */
} entry;

struct mn_dedup {
    entry *entries;
    size_t places; /* a power of two */
    size_t used;   /* also by marks that were forgotten since the last rebuild */
    size_t count;  /* marks above the floor, and those of lost transactions */
    size_t max;
    int64_t floor;           /* marks up to it are forgotten */
    int64_t last;            /* the newest that is in the set */
    uint64_t last_hash;      /* 0: none */
    _Atomic int64_t settled; /* committed by this process */
};

mn_dedup *mn_dedup_new(size_t marks_max)
{
    mn_dedup *dedup = mn_new(mn_dedup);
    dedup->max = marks_max;
    dedup->places = PLACES_MIN;
    dedup->entries = mn_new_array(entry, dedup->places);
    return dedup;
}

void mn_dedup_free(mn_dedup *dedup)
{
    if (dedup == NULL)
        return;
    free(dedup->entries);
    free(dedup);
}

size_t mn_dedup_count(const mn_dedup *dedup)
{
    return dedup->count;
}

static uint64_t hash_of(minos_view topic, minos_view token)
{
    uint64_t hash = mn_hash_peer(token) * 31 + mn_hash_peer(topic);
    return hash == 0 ? 1 : hash;
}

static void put(mn_dedup *dedup, uint64_t hash, int64_t id)
{
    size_t place = hash & (dedup->places - 1);
    while (dedup->entries[place].id != 0)
        place = (place + 1) & (dedup->places - 1);
    dedup->entries[place] = (entry){.hash = hash, .id = id};
    dedup->used++;
}

/* Drop what was forgotten, and grow when that does not make room. */
static void rebuild(mn_dedup *dedup)
{
    entry *old = dedup->entries;
    size_t old_places = dedup->places;
    size_t alive = 0;

    for (size_t i = 0; i < old_places; i++)
        alive += old[i].id > dedup->floor;
    while (alive * 2 > dedup->places)
        dedup->places *= 2;
    dedup->entries = mn_new_array(entry, dedup->places);
    dedup->used = 0;
    for (size_t i = 0; i < old_places; i++)
        if (old[i].id > dedup->floor)
            put(dedup, old[i].hash, old[i].id);
    free(old);
}

static void learn(mn_dedup *dedup, uint64_t hash, int64_t id)
{
    if ((dedup->used + 1) * 4 > dedup->places * 3)
        rebuild(dedup);
    put(dedup, hash, id);
    dedup->count++;
    dedup->last = id;
    dedup->last_hash = hash;
}

static bool has(const mn_dedup *dedup, uint64_t hash, int64_t id)
{
    for (size_t place = hash & (dedup->places - 1); dedup->entries[place].id != 0;
         place = (place + 1) & (dedup->places - 1))
        if (dedup->entries[place].hash == hash && dedup->entries[place].id == id)
            return true;
    return false;
}

/* Whether the newest mark of the set is the table's too: it is not after a lost transaction. */
static minos_rc agrees(mn_dedup *dedup, mn_sql *sql, bool *ret_agrees)
{
    mn_statement *select;
    bool row;

    *ret_agrees = true;
    if (dedup->last == 0 || dedup->last <= dedup->floor)
        return MINOS_OK;
    MINOS_TRY(mn_sql_prepare(sql, "SELECT topic, token FROM minos_dedup WHERE id = ?1", &select));
    mn_bind_int(select, 1, dedup->last);
    MINOS_TRY(mn_statement_step(select, &row));
    *ret_agrees =
        row && hash_of(mn_column_view(select, 0), mn_column_view(select, 1)) == dedup->last_hash;
    if (row)
        mn_statement_done(select);
    return MINOS_OK;
}

static minos_rc catch_up(mn_dedup *dedup, mn_sql *sql)
{
    mn_statement *select;
    bool row, agreed;
    bool again = false; /* marks are read that the set may have */

    MINOS_TRY(agrees(dedup, sql, &agreed));
    if (!agreed) {
        dedup->last = atomic_load(&dedup->settled);
        dedup->last_hash = 0;
        again = true;
    }
    MINOS_TRY(mn_sql_prepare(
        sql, "SELECT id, topic, token FROM minos_dedup WHERE id > ?1 ORDER BY id", &select));
    mn_bind_int(select, 1, dedup->last);
    for (;;) {
        uint64_t hash;
        int64_t id;
        MINOS_TRY(mn_statement_step(select, &row));
        if (!row)
            return MINOS_OK;
        id = mn_column_int(select, 0);
        hash = hash_of(mn_column_view(select, 1), mn_column_view(select, 2));
        if (again && has(dedup, hash, id)) {
            dedup->last = id;
            dedup->last_hash = hash;
        } else {
            learn(dedup, hash, id);
        }
    }
}

/* Whether a mark is in the table under an id. */
static minos_rc confirm(mn_sql *sql, int64_t id, minos_view topic, minos_view token, bool *ret_is)
{
    mn_statement *select;
    MINOS_TRY(mn_sql_prepare(
        sql, "SELECT 1 FROM minos_dedup WHERE id = ?1 AND token = ?2 AND topic = ?3", &select));
    mn_bind_int(select, 1, id);
    mn_bind_text(select, 2, token);
    mn_bind_text(select, 3, topic);
    MINOS_TRY(mn_statement_step(select, ret_is));
    if (*ret_is)
        mn_statement_done(select);
    return MINOS_OK;
}

minos_rc mn_dedup_find(mn_dedup *dedup, mn_sql *sql, minos_view topic, minos_view token,
                       int64_t *ret_id)
{
    uint64_t hash = hash_of(topic, token);

    MINOS_TRY(catch_up(dedup, sql));
    for (size_t place = hash & (dedup->places - 1); dedup->entries[place].id != 0;
         place = (place + 1) & (dedup->places - 1)) {
        const entry *found = &dedup->entries[place];
        bool is;
        if (found->hash != hash || found->id <= dedup->floor)
            continue;
        MINOS_TRY(confirm(sql, found->id, topic, token, &is));
        if (is) {
            *ret_id = found->id;
            return MINOS_OK;
        }
    }
    *ret_id = 0;
    return MINOS_OK;
}

minos_rc mn_dedup_add(mn_dedup *dedup, mn_sql *sql, int64_t id, minos_view topic, minos_view token,
                      int64_t now)
{
    mn_statement *insert;
    MINOS_TRY(mn_sql_prepare(
        sql, "INSERT INTO minos_dedup(id, topic, token, at) VALUES(?1, ?2, ?3, ?4)", &insert));
    mn_bind_int(insert, 1, id);
    mn_bind_text(insert, 2, topic);
    mn_bind_text(insert, 3, token);
    mn_bind_int(insert, 4, now);
    MINOS_TRY(mn_statement_run(insert));
    learn(dedup, hash_of(topic, token), id);
    return MINOS_OK;
}

void mn_dedup_stored(mn_dedup *dedup, int64_t id)
{
    int64_t settled = atomic_load(&dedup->settled);
    while (settled < id && !atomic_compare_exchange_weak(&dedup->settled, &settled, id))
        continue;
}

minos_rc mn_dedup_sweep(mn_dedup *dedup, mn_sql *sql, int64_t now, bool *ret_more)
{
    mn_statement *statement;
    int64_t too_old = now - MN_DELIVERY_DEDUP_AGE / MINOS_US;
    int64_t floor = 0;
    size_t forgotten = 0;
    bool row;

    MINOS_TRY(catch_up(dedup, sql));
    MINOS_TRY(mn_sql_prepare(sql, "SELECT id, at FROM minos_dedup ORDER BY id", &statement));
    while (forgotten < MN_DEDUP_CHUNK) {
        MINOS_TRY(mn_statement_step(statement, &row));
        if (!row)
            break;
        if (mn_column_int(statement, 1) >= too_old && dedup->count - forgotten <= dedup->max)
            break;
        floor = mn_column_int(statement, 0);
        forgotten++;
    }
    mn_statement_done(statement);
    *ret_more = forgotten == MN_DEDUP_CHUNK;
    if (forgotten != 0) {
        MINOS_TRY(mn_sql_prepare(sql, "DELETE FROM minos_dedup WHERE id <= ?1", &statement));
        mn_bind_int(statement, 1, floor);
        MINOS_TRY(mn_statement_run(statement));
        dedup->floor = floor;
        dedup->count -= forgotten < dedup->count ? forgotten : dedup->count;
    }
    MINOS_TRY(mn_sql_prepare(
        sql, "UPDATE minos_dedup SET reply = NULL, reply_at = NULL WHERE reply_at < ?1",
        &statement));
    mn_bind_int(statement, 1, now - MN_DELIVERY_REPLY_AGE / MINOS_US);
    return mn_statement_run(statement);
}
