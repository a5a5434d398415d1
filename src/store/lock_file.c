/*
 * Files of locks: see lock_file.h.
 */
#include "store/lock_file.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "store/inside.h"

struct mn_lock_file {
    mn_lock_file *next;
    char *path; /* for messages */
    dev_t device;
    ino_t inode;
    int fd;
    pid_t pid;     /* whose `held` it is */
    int64_t *held; /* bytes, in no order */
    size_t count;
    size_t capacity;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* guards all of it */
static mn_lock_file *files;

/* Look before opening: a second descriptor could not be closed again without dropping the locks. */
static minos_rc open_file(const char *path, mn_lock_file **ret_file)
{
    mn_lock_file *file = NULL;
    struct stat stat_of;
    int fd;

    if (stat(path, &stat_of) == 0)
        for (file = files; file != NULL; file = file->next)
            if (file->device == stat_of.st_dev && file->inode == stat_of.st_ino)
                break;
    if (file == NULL) {
        fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
        if (fd < 0 || fstat(fd, &stat_of) != 0)
            return minos_fail_os(MINOS_EIO, errno, "cannot open %s: %s", path, strerror(errno));
        file = mn_new(mn_lock_file);
        file->path = mn_strdup(path);
        file->device = stat_of.st_dev;
        file->inode = stat_of.st_ino;
        file->fd = fd;
        file->pid = getpid();
        file->next = files;
        files = file;
    }
    *ret_file = file;
    return MINOS_OK;
}

minos_rc mn_lock_file_open(const char *path, mn_lock_file **ret_file)
{
    minos_rc rc;
    MINOS_TRY(mn_folders_make(path));
    pthread_mutex_lock(&lock);
    rc = open_file(path, ret_file);
    pthread_mutex_unlock(&lock);
    return rc;
}

/* Find a byte among this process's; gives `count` when it is not. */
static size_t find(mn_lock_file *file, int64_t byte)
{
    size_t i = 0;
    if (file->pid != getpid()) {
        file->pid = getpid();
        file->count = 0;
    }
    while (i < file->count && file->held[i] != byte)
        i++;
    return i;
}

static struct flock lock_of(int64_t byte, short type)
{
    return (struct flock){.l_type = type, .l_whence = SEEK_SET, .l_start = byte, .l_len = 1};
}

static minos_rc try_byte(mn_lock_file *file, int64_t byte)
{
    struct flock wanted = lock_of(byte, F_WRLCK);

    if (find(file, byte) != file->count)
        return MINOS_EAGAIN;
    if (fcntl(file->fd, F_SETLK, &wanted) != 0)
        return errno == EACCES || errno == EAGAIN
                   ? MINOS_EAGAIN
                   : minos_fail_os(MINOS_EIO, errno, "cannot lock %s: %s", file->path,
                                   strerror(errno));
    if (file->count == file->capacity) {
        file->capacity = file->capacity == 0 ? 4 : 2 * file->capacity;
        file->held = mn_realloc(file->held, file->capacity * sizeof *file->held);
    }
    file->held[file->count++] = byte;
    return MINOS_OK;
}

minos_rc mn_lock_file_try(mn_lock_file *file, int64_t byte)
{
    minos_rc rc;
    pthread_mutex_lock(&lock);
    rc = try_byte(file, byte);
    pthread_mutex_unlock(&lock);
    return rc;
}

void mn_lock_file_release(mn_lock_file *file, int64_t byte)
{
    struct flock free_again = lock_of(byte, F_UNLCK);
    size_t place;

    pthread_mutex_lock(&lock);
    place = find(file, byte);
    /* Should the system refuse, it stays ours until the process ends. */
    if (place != file->count && fcntl(file->fd, F_SETLK, &free_again) == 0)
        file->held[place] = file->held[--file->count];
    pthread_mutex_unlock(&lock);
}

bool mn_lock_file_is_held(mn_lock_file *file, int64_t byte)
{
    struct flock probe = lock_of(byte, F_WRLCK);
    bool held;

    pthread_mutex_lock(&lock);
    held = find(file, byte) != file->count || fcntl(file->fd, F_GETLK, &probe) != 0 ||
           probe.l_type != F_UNLCK;
    pthread_mutex_unlock(&lock);
    return held;
}
