/*
 * Who waits for which reply: a hash table from message identifiers to waiters. Identifiers are
 * random and our own, so their first bytes are the hash.
 */
#ifndef MN_BROKER_PENDING_H
#define MN_BROKER_PENDING_H

#include <stddef.h>

#include <minos/uuid.h>

/* What lies in the table begins with its key. */
typedef struct mn_pending_entry {
    minos_uuid identifier;
} mn_pending_entry;

typedef struct mn_pending {
    mn_pending_entry **places;
    size_t mask; /* number of places - 1; a power of two */
    size_t count;
} mn_pending;

void mn_pending_done(mn_pending *pending);
/* The identifier must not be there yet. */
void mn_pending_add(mn_pending *pending, mn_pending_entry *entry);
/* Give the entry of an identifier, NULL when there is none. */
mn_pending_entry *mn_pending_find(const mn_pending *pending, const minos_uuid *identifier);
/* Remove an entry; nothing when it is not there. */
void mn_pending_remove(mn_pending *pending, const mn_pending_entry *entry);
/* Give any entry, NULL when empty: to end all. */
mn_pending_entry *mn_pending_any(const mn_pending *pending);

#endif
