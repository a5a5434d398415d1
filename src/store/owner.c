/*
 * Owners: see owner.h.
 */
#include "store/owner.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "store/inside.h"

/* A file of owners that this process has open; for ever. */
typedef struct owners {
    struct owners *next;
    char *path; /* for messages */
    dev_t device;
    ino_t inode;
    int fd;
    pid_t pid;                      /* whose `taken` it is: a child starts with none */
    bool taken[MN_OWNER_SLOTS_MAX]; /* by this process, whose own locks the system does not show */
} owners;

struct mn_owner {
    owners *file;
    int slot;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* guards all of it */
static owners *files;

static owners *find(dev_t device, ino_t inode)
{
    owners *file = files;
    while (file != NULL && (file->device != device || file->inode != inode))
        file = file->next;
    return file;
}

/* Look before opening: a second descriptor could not be closed again without dropping the locks. */
static minos_rc open_owners(const char *path, owners **ret_file)
{
    struct stat stat_of;
    owners *file = NULL;
    int fd;

    if (stat(path, &stat_of) == 0)
        file = find(stat_of.st_dev, stat_of.st_ino);
    if (file == NULL) {
        fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
        if (fd < 0 || fstat(fd, &stat_of) != 0)
            return minos_fail_os(MINOS_EIO, errno, "cannot open %s: %s", path, strerror(errno));
        file = mn_new(owners);
        file->path = mn_strdup(path);
        file->device = stat_of.st_dev;
        file->inode = stat_of.st_ino;
        file->fd = fd;
        file->pid = getpid();
        file->next = files;
        files = file;
    }
    if (file->pid != getpid()) {
        file->pid = getpid();
        memset(file->taken, 0, sizeof file->taken);
    }
    *ret_file = file;
    return MINOS_OK;
}

static struct flock lock_of(int slot, short type)
{
    return (struct flock){.l_type = type, .l_whence = SEEK_SET, .l_start = slot, .l_len = 1};
}

static minos_rc take_slot(owners *file, int *ret_slot)
{
    for (int slot = 0; slot < MN_OWNER_SLOTS_MAX; slot++) {
        struct flock wanted = lock_of(slot, F_WRLCK);
        if (file->taken[slot])
            continue;
        if (fcntl(file->fd, F_SETLK, &wanted) == 0) {
            file->taken[slot] = true;
            *ret_slot = slot;
            return MINOS_OK;
        }
        if (errno != EACCES && errno != EAGAIN)
            return minos_fail_os(MINOS_EIO, errno, "cannot lock %s: %s", file->path,
                                 strerror(errno));
    }
    return minos_fail(MINOS_ETOOMANY, "%s: %d processes hold all slots", file->path,
                      MN_OWNER_SLOTS_MAX);
}

minos_rc mn_owner_take(const char *store_path, mn_owner **ret_owner)
{
    char path[4200];
    owners *file;
    minos_rc rc;
    int slot;

    if ((size_t)snprintf(path, sizeof path, "%s.owners", store_path) >= sizeof path)
        return minos_fail(MINOS_EINVAL, "store_path: too long");
    MINOS_TRY(mn_folders_make(path));
    pthread_mutex_lock(&lock);
    rc = open_owners(path, &file);
    if (rc == MINOS_OK)
        rc = take_slot(file, &slot);
    pthread_mutex_unlock(&lock);
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
    struct flock probe = lock_of(slot, F_WRLCK);
    bool alive;

    if (slot < 0 || slot >= MN_OWNER_SLOTS_MAX)
        return false;
    pthread_mutex_lock(&lock);
    alive = owner->file->taken[slot] || fcntl(owner->file->fd, F_GETLK, &probe) != 0 ||
            probe.l_type != F_UNLCK;
    pthread_mutex_unlock(&lock);
    return alive;
}

void mn_owner_leave(mn_owner *owner)
{
    struct flock free_again;

    if (owner == NULL)
        return;
    free_again = lock_of(owner->slot, F_UNLCK);
    pthread_mutex_lock(&lock);
    owner->file->taken[owner->slot] = false;
    if (fcntl(owner->file->fd, F_SETLK, &free_again) != 0)
        owner->file->taken[owner->slot] = true; /* held until the process ends */
    pthread_mutex_unlock(&lock);
    free(owner);
}
