/*
 * The stack census: see census.h.
 */
#include "fiber/census.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/env.h"

#define NAMES_MAX 128 /* later ones are not counted */

typedef struct census_row {
    char name[40]; /* cut: a fiber's own name may be gone */
    size_t fibers; /* that ended */
    size_t deepest_bytes;
} census_row;

static census_row rows[NAMES_MAX];
static size_t row_count;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static census_row *row_of(const char *name)
{
    for (size_t i = 0; i < row_count; i++)
        if (strncmp(rows[i].name, name, sizeof rows[i].name - 1) == 0)
            return &rows[i];
    return NULL;
}

void mn_census_note(const char *name, size_t bytes)
{
    census_row *row;
    pthread_mutex_lock(&lock);
    row = row_of(name);
    if (row == NULL && row_count < NAMES_MAX) {
        row = &rows[row_count++];
        snprintf(row->name, sizeof row->name, "%s", name);
    }
    if (row != NULL) {
        row->fibers++;
        if (row->deepest_bytes < bytes)
            row->deepest_bytes = bytes;
    }
    pthread_mutex_unlock(&lock);
}

size_t mn_census_deepest(const char *name)
{
    size_t bytes;
    const census_row *row;
    pthread_mutex_lock(&lock);
    row = row_of(name);
    bytes = row == NULL ? 0 : row->deepest_bytes;
    pthread_mutex_unlock(&lock);
    return bytes;
}

void mn_census_print(void)
{
    char line[128];
    if (getenv("MINOS_STACK_CENSUS") == NULL)
        return;
    pthread_mutex_lock(&lock);
    for (size_t i = 0; i < row_count; i++) {
        int size = snprintf(line, sizeof line, "stack census: %8zu bytes, %8zu fibers: %s\n",
                            rows[i].deepest_bytes, rows[i].fibers, rows[i].name);
        if (size > 0)
            mn_env->write_error(line, (size_t)size);
    }
    pthread_mutex_unlock(&lock);
}
