/*
 * Arena internals, for code that allocates on hot paths.
 *
 * Invariant: blocks form a list, newest first; the oldest is the one that reset keeps. Memory
 * handed out never moves. A block is filled from both ends: objects, aligned to 16 bytes, from its
 * beginning, and text, which needs no alignment and so packs closely, from its end.
 */
#ifndef MN_BASE_ARENA_H
#define MN_BASE_ARENA_H

#include <stdalign.h>
#include <stdint.h>
#include <string.h>

#include <minos/arena.h>

#define MN_ARENA_ALIGN         16u
#define MN_ARENA_LIMIT_DEFAULT ((size_t)64 << 20)
/* What fixed sizes may take past the limit. */
#define MN_ARENA_RESERVE_BYTES ((size_t)1 << 20)
#define MN_ARENA_BLOCK_BYTES   ((size_t)4096) /* of the first block; later ones double to 64 KiB */

typedef struct mn_arena_block {
    struct mn_arena_block *older;
    size_t size; /* bytes behind this header */
} mn_arena_block;

struct minos_arena {
    char *at;  /* next free byte of the newest block */
    char *end; /* its end */
    mn_arena_block *newest;
    size_t taken; /* bytes in all blocks */
    size_t limit;
};

/* Make an arena in the caller's storage; the first block comes with the first allocation. */
void mn_arena_init(minos_arena *arena, size_t limit_bytes);
void mn_arena_done(minos_arena *arena);
/* Give a new block's first bytes; NULL at the limit or when memory is exhausted. */
void *mn_arena_alloc_slow(minos_arena *arena, size_t size);
/*
 * The same for sizes that the program fixes: a peer that filled an arena to its limit must not be
 * able to end the process through the few bytes that we need besides. Aborts past
 * MN_ARENA_RESERVE_BYTES.
 */
void *mn_arena_alloc_beyond(minos_arena *arena, size_t size);

/* Allocate without zeroing; NULL at the limit. Also for sizes that came from a peer. */
static inline void *mn_arena_try_raw(minos_arena *arena, size_t size)
{
    size_t rounded = (size + MN_ARENA_ALIGN - 1) & ~(size_t)(MN_ARENA_ALIGN - 1);
    /* One comparison for three: 0, too large, and what wrapped around all take the slow way. */
    if (MINOS_LIKELY(rounded - 1 < (size_t)(arena->end - arena->at))) {
        void *memory = arena->at;
        arena->at += rounded;
        return memory;
    }
    return mn_arena_alloc_slow(arena, size);
}

/* Allocate without zeroing a size that the program fixes; aborts when dry. */
static inline void *mn_arena_raw(minos_arena *arena, size_t size)
{
    void *memory = mn_arena_try_raw(arena, size);
    if (MINOS_UNLIKELY(memory == NULL))
        memory = mn_arena_alloc_beyond(arena, size);
    return memory;
}

#define mn_arena_make(arena, type) ((type *)minos_arena_alloc((arena), sizeof(type)))
#define mn_arena_array(arena, type, count)                                                         \
    ((type *)minos_arena_alloc((arena), sizeof(type) * (count)))

/* Copy, without a call where it is short as most texts are. */
static inline void mn_copy_text(char *to, const char *from, size_t size)
{
    uint64_t first, last;
    uint32_t low, high;

    if (size > 2 * sizeof first) {
        memcpy(to, from, size);
    } else if (size >= sizeof first) { /* two words, which may overlap */
        memcpy(&first, from, sizeof first);
        memcpy(&last, from + size - sizeof last, sizeof last);
        memcpy(to, &first, sizeof first);
        memcpy(to + size - sizeof last, &last, sizeof last);
    } else if (size >= sizeof low) {
        memcpy(&low, from, sizeof low);
        memcpy(&high, from + size - sizeof high, sizeof high);
        memcpy(to, &low, sizeof low);
        memcpy(to + size - sizeof high, &high, sizeof high);
    } else {
        for (size_t i = 0; i < size; i++)
            to[i] = from[i];
    }
}

/* Copy a view, unaligned, NUL-terminated; NULL `data` in the result: the limit is reached. */
static inline minos_view mn_arena_try_dup(minos_arena *arena, minos_view view)
{
    char *copy;
    if (MINOS_LIKELY(view.size < (size_t)(arena->end - arena->at))) {
        arena->end -= view.size + 1;
        copy = arena->end;
    } else {
        copy = mn_arena_alloc_slow(arena, view.size + 1);
        if (copy == NULL)
            return minos_view_make(NULL, 0);
    }
    mn_copy_text(copy, view.data, view.size);
    copy[view.size] = '\0';
    return minos_view_make(copy, view.size);
}

#endif
