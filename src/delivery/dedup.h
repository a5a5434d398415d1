/*
 * Which requests were received before: the marks of minos_dedup, found by a hash in memory.
 *
 * The table is append-only, for a B-tree of random tokens falls to a third of the speed with 10⁶
 * marks. The set in memory is a hint that the table confirms: it is caught up inside each
 * transaction with what other processes stored, and what a lost transaction leaves in it points at
 * a row that is not there or is another's, and then counts for nothing.
 *
 * All of it on the writer's thread, but mn_dedup_stored.
 */
#ifndef MN_DELIVERY_DEDUP_H
#define MN_DELIVERY_DEDUP_H

#include <stddef.h>

#include "store/sql.h"

typedef struct mn_dedup mn_dedup;

mn_dedup *mn_dedup_new(size_t marks_max);
void mn_dedup_free(mn_dedup *dedup);
/* Find the mark of a token; 0: there is none. Catches up first. */
minos_rc mn_dedup_find(mn_dedup *dedup, mn_sql *sql, minos_view topic, minos_view token,
                       int64_t *ret_id);
/* Store a mark under a message's id, greater than any before. */
minos_rc mn_dedup_add(mn_dedup *dedup, mn_sql *sql, int64_t id, minos_view topic, minos_view token,
                      int64_t now);
/* A mark is committed: what the table holds up to it will not be lost any more. Any thread. */
void mn_dedup_stored(mn_dedup *dedup, int64_t id);
/* Forget what is too old or too much, a part of it; tells whether there is more. */
minos_rc mn_dedup_sweep(mn_dedup *dedup, mn_sql *sql, int64_t now, bool *ret_more);
/* Marks held. */
size_t mn_dedup_count(const mn_dedup *dedup);

#endif
