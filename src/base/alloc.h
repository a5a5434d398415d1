/*
 * Heap memory for sizes that the program fixes: a dry system aborts, so callers do not branch.
 * Sizes that a peer can choose go through arenas and buffers with limits.
 */
#ifndef MN_BASE_ALLOC_H
#define MN_BASE_ALLOC_H

#include <stddef.h>

#include <minos/compiler.h>

/* Allocate zeroed; free with free(). */
void *mn_alloc(size_t size);
/* Grow or shrink; new bytes are not zeroed. */
void *mn_realloc(void *memory, size_t size);
char *mn_strdup(const char *text);

#define mn_new(type)              ((type *)mn_alloc(sizeof(type)))
#define mn_new_array(type, count) ((type *)mn_alloc(sizeof(type) * (count)))

/* Move a pointer out of its owner: return mn_take(&client). */
#define mn_take(ref) mn_take_pointer((void **)(ref))
static inline void *mn_take_pointer(void **ref)
{
    void *taken = *ref;
    *ref = NULL;
    return taken;
}

#define mn_count_of(array) (sizeof(array) / sizeof((array)[0]))

/* Pointer to the struct that a member lies in. */
#define mn_container(pointer, type, member)                                                        \
    ((type *)(void *)((char *)(pointer)-offsetof(type, member)))

#endif
