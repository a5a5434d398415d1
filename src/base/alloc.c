/*
 * Heap memory that aborts when dry: see alloc.h.
 */
#include "base/alloc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static _Noreturn void dry(size_t size)
{
    fprintf(stderr, "minos: memory is exhausted, %zu bytes could not be had\n", size);
    abort();
}

void *mn_alloc(size_t size)
{
    void *memory = calloc(1, size == 0 ? 1 : size);
    if (memory == NULL)
        dry(size);
    return memory;
}

void *mn_realloc(void *memory, size_t size)
{
    void *moved = realloc(memory, size == 0 ? 1 : size);
    if (moved == NULL)
        dry(size);
    return moved;
}

char *mn_strdup(const char *text)
{
    size_t size = strlen(text) + 1;
    return memcpy(mn_alloc(size), text, size);
}
