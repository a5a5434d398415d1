/*
 * Owners: which of the processes on a store are alive. Each takes a slot of the file STORE.owners,
 * one byte under a lock of the system (fcntl), that is free the moment its process dies and held
 * while it lives, stopped or not, whatever the clock says.
 *
 * The lock says that *somebody* holds the slot: a process that finds rows of a dead owner with the
 * slot it just took is to reclaim them too, for those that ask see it alive from then on.
 *
 * Locks are not inherited: a slot is taken after fork. Nothing here yields; any thread.
 */
#ifndef MN_STORE_OWNER_H
#define MN_STORE_OWNER_H

#include <stdbool.h>

#include <minos/error.h>

#define MN_OWNER_SLOTS_MAX 1024

typedef struct mn_owner mn_owner;

/*
 * Take the lowest free slot of a store. MINOS_ETOOMANY: all are taken. MINOS_EIO: the file cannot
 * be opened or locked.
 */
minos_rc mn_owner_take(const char *store_path, mn_owner **ret_owner);
/* The slot, 0 .. MN_OWNER_SLOTS_MAX - 1. */
int mn_owner_slot(const mn_owner *owner);
/* Whether a process holds a slot, this one included; true when that cannot be found out. */
bool mn_owner_alive(const mn_owner *owner, int slot);
/* Give the slot back, at an orderly end or when a simulated process dies; NULL does nothing. */
void mn_owner_leave(mn_owner *owner);

#endif
