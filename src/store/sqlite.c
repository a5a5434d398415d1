/*
 * SQLite's library at its first use: see sqlite.h.
 */
#include "store/sqlite.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>

#include "base/alloc.h"

#define LIBRARY     "libsqlite3.so.0"
#define VERSION_MIN 3037000 /* has sqlite3_changes64 */

mn_sqlite_functions mn_sqlite;

static pthread_once_t once = PTHREAD_ONCE_INIT;
static char failure[256]; /* why it could not be opened; empty: it is open */

static void load(void)
{
    static const char *const names[] = {
#define SQLITE_NAME(name) "sqlite3_" #name,
        MN_SQLITE_MAP(SQLITE_NAME)
#undef SQLITE_NAME
    };
    void **slots = (void **)&mn_sqlite; /* POSIX: a function's address fits a void pointer */
    void *library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);

    if (library == NULL) {
        const char *why = dlerror();
        snprintf(failure, sizeof failure, "%s", why == NULL ? LIBRARY : why);
        return;
    }
    for (size_t i = 0; i < mn_count_of(names); i++) {
        slots[i] = dlsym(library, names[i]);
        if (slots[i] == NULL) {
            snprintf(failure, sizeof failure, "%s lacks %s", LIBRARY, names[i]);
            return;
        }
    }
    if (mn_sqlite.libversion_number() < VERSION_MIN)
        snprintf(failure, sizeof failure, "%s is older than 3.37", LIBRARY);
}

minos_rc mn_sqlite_load(void)
{
    pthread_once(&once, load);
    if (failure[0] != '\0')
        return minos_fail(MINOS_ENOTSUP, "SQLite cannot be used: %s", failure);
    return MINOS_OK;
}
