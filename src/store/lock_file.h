/*
 * Files of locks: bytes that the processes of a host lock (fcntl), each free the moment its process
 * dies and held while it lives, stopped or not, whatever the clock says.
 *
 * The system drops all of a process's locks on a file when it closes any descriptor of it, so a
 * file is opened once a process and never closed; nothing else may open it. It does not exclude a
 * process from its own locks, so those are kept in a list; a child starts with none. Any thread.
 */
#ifndef MN_STORE_LOCK_FILE_H
#define MN_STORE_LOCK_FILE_H

#include <stdbool.h>
#include <stdint.h>

#include <minos/error.h>

typedef struct mn_lock_file mn_lock_file;

/* Open a file, made when it is not there; for ever. MINOS_EIO. */
minos_rc mn_lock_file_open(const char *path, mn_lock_file **ret_file);
/* Lock a byte, 0 .. INT64_MAX - 1. MINOS_EAGAIN without an error: it is held. MINOS_EIO. */
minos_rc mn_lock_file_try(mn_lock_file *file, int64_t byte);
/* Give a byte back that this process holds. */
void mn_lock_file_release(mn_lock_file *file, int64_t byte);
/* Whether a process holds a byte, this one included; true when that cannot be found out. */
bool mn_lock_file_is_held(mn_lock_file *file, int64_t byte);

#endif
