/*
 * Owners: see owner.h.
 */
#include "store/owner.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "store/lock_file.h"

struct mn_owner {
    mn_lock_file *file;
    int slot;
};

static minos_rc take_slot(mn_lock_file *file, const char *path, int *ret_slot)
{
    for (int slot = 0; slot < MN_OWNER_SLOTS_MAX; slot++) {
        minos_rc rc = mn_lock_file_try(file, slot);
        if (rc == MINOS_EAGAIN)
            continue;
        if (rc == MINOS_OK)
            *ret_slot = slot;
        return rc;
    }
    return minos_fail(MINOS_ETOOMANY, "%s: %d processes hold all slots", path, MN_OWNER_SLOTS_MAX);
}

minos_rc mn_owner_take(const char *store_path, mn_owner **ret_owner)
{
    char path[4200];
    mn_lock_file *file;
    minos_rc rc;
    int slot;

    if ((size_t)snprintf(path, sizeof path, "%s.owners", store_path) >= sizeof path)
        return minos_fail(MINOS_EINVAL, "store_path: too long");
    rc = mn_lock_file_open(path, &file);
    if (rc == MINOS_OK)
        rc = take_slot(file, path, &slot);
    if (rc != MINOS_OK)
        return minos_wrap(rc, "while taking a place on the store %s", store_path);
    *ret_owner = mn_new(mn_owner);
    (*ret_owner)->file = file;
    (*ret_owner)->slot = slot;
    return MINOS_OK;
}

int mn_owner_slot(const mn_owner *owner)
{
    return owner->slot;
}

bool mn_owner_alive(const mn_owner *owner, int slot)
{
    return slot >= 0 && slot < MN_OWNER_SLOTS_MAX && mn_lock_file_is_held(owner->file, slot);
}

void mn_owner_leave(mn_owner *owner)
{
    if (owner == NULL)
        return;
    mn_lock_file_release(owner->file, owner->slot);
    free(owner);
}
