/*
 * The space of a store: the log that is moved into the file, and the ballast beside it.
 *
 * SQLite before 3.51.3 can corrupt a log that one process moves while another begins it anew.
 * Beginning it anew takes the write lock, so here it is moved only while the writer of this process
 * holds that lock: in a transaction that writes nothing, on a second connection, since SQLite
 * refuses it to the one that writes.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/env.h"
#include "base/fault.h"
#include "store/inside.h"

#define LOCK_WAIT (20 * MINOS_MS)

/* A connection that has read nothing yet does not know of the log, and would move nothing. */
static minos_rc open_checkpoint(mn_store *store)
{
    minos_rc rc;
    MINOS_TRY(mn_sql_open(store->path, false, &store->checkpoint));
    rc = mn_sql_exec(store->checkpoint, "PRAGMA mmap_size=0;"
                                        "PRAGMA wal_autocheckpoint=0;"
                                        "SELECT count(*) FROM sqlite_master");
    if (rc != MINOS_OK)
        mn_sql_close(mn_take(&store->checkpoint));
    return rc;
}

static minos_rc move_log(mn_store *store)
{
    int pages = -1, moved = -1;

    if (store->checkpoint == NULL)
        MINOS_TRY(open_checkpoint(store));
    if (mn_fault_hit(MN_FAULT_STORE_BEFORE_CHECKPOINT))
        return MINOS_EAGAIN;
    if (mn_sqlite.wal_checkpoint_v2(store->checkpoint->db, NULL, SQLITE_CHECKPOINT_PASSIVE, &pages,
                                    &moved) != SQLITE_OK)
        return mn_sql_fail(store->checkpoint, "move the log");
    if (pages < 0 || moved < pages) /* below zero: it found no log */
        return MINOS_EAGAIN;
    store->wal_pages = 0; /* the next transaction begins it anew, unless somebody reads it */
    return MINOS_OK;
}

minos_rc mn_checkpoint(mn_store *store)
{
    minos_rc rc;

    minos_error_clear();
    store->sql->busy_until_ns = mn_now() + LOCK_WAIT;
    rc = mn_sql_exec(store->sql, "BEGIN IMMEDIATE");
    if (rc != MINOS_OK)
        return rc;
    rc = move_log(store);
    mn_sqlite.exec(store->sql->db, "ROLLBACK", NULL, NULL, NULL);
    pthread_mutex_lock(&store->lock);
    store->stats.checkpoints += rc == MINOS_OK;
    pthread_mutex_unlock(&store->lock);
    return rc;
}

/* ---- the ballast ---- */

static void ballast_name(const char *path, char *name, size_t size)
{
    snprintf(name, size, "%s.ballast", path);
}

bool mn_ballast_exists(const char *path)
{
    struct stat stat_of;
    char name[4200];
    ballast_name(path, name, sizeof name);
    return stat(name, &stat_of) == 0;
}

bool mn_ballast_make(const char *path)
{
    struct stat stat_of;
    char name[4200];
    bool made;
    int fd;

    ballast_name(path, name, sizeof name);
    fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0)
        return false;
    made = fstat(fd, &stat_of) == 0 && stat_of.st_size >= MN_STORE_BALLAST_BYTES;
    if (!made)
        made = posix_fallocate(fd, 0, MN_STORE_BALLAST_BYTES) == 0;
    if (!made && ftruncate(fd, 0) != 0)
        made = false; /* it stays as large as it became */
    close(fd);
    return made;
}

void mn_ballast_drop(const char *path)
{
    char name[4200];
    ballast_name(path, name, sizeof name);
    if (truncate(name, 0) != 0 && errno != ENOENT)
        return; /* then it gives nothing back, and the next try fails as this one */
}
