/*
 * Arenas: see arena.h.
 */
#include "base/arena.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"

#define BLOCK_BYTES_MAX ((size_t)64 << 10)

static char *block_begin(mn_arena_block *block)
{
    return (char *)block + ((sizeof *block + MN_ARENA_ALIGN - 1) & ~(size_t)(MN_ARENA_ALIGN - 1));
}

void mn_arena_init(minos_arena *arena, size_t limit_bytes)
{
    memset(arena, 0, sizeof *arena);
    arena->limit = limit_bytes == 0 ? MN_ARENA_LIMIT_DEFAULT : limit_bytes;
}

static void drop_blocks(minos_arena *arena, mn_arena_block *keep)
{
    while (arena->newest != keep) {
        mn_arena_block *older = arena->newest->older;
        arena->taken -= arena->newest->size;
        free(arena->newest);
        arena->newest = older;
    }
}

void mn_arena_done(minos_arena *arena)
{
    drop_blocks(arena, NULL);
    arena->at = arena->end = NULL;
}

/*
 * Give a new block's first bytes; NULL when more than `limit` would be taken, or memory is
 * exhausted.
 */
static void *block_push(minos_arena *arena, size_t size, size_t limit)
{
    size_t rounded = (size + (size == 0) + MN_ARENA_ALIGN - 1) & ~(size_t)(MN_ARENA_ALIGN - 1);
    size_t want = arena->newest == NULL ? MN_ARENA_BLOCK_BYTES : arena->newest->size * 2;
    mn_arena_block *block;

    if (rounded < size || arena->taken >= limit || rounded > limit - arena->taken)
        return NULL;
    if (want > BLOCK_BYTES_MAX)
        want = BLOCK_BYTES_MAX;
    if (want > limit - arena->taken)
        want = limit - arena->taken;
    if (want < rounded || arena->taken + want > arena->limit)
        want = rounded; /* past the arena's own limit nothing is left over for a peer's sizes */
    block = malloc(want + sizeof *block + MN_ARENA_ALIGN);
    if (block == NULL)
        return NULL;
    block->size = want;
    block->older = arena->newest;
    arena->newest = block;
    arena->taken += want;
    arena->at = block_begin(block) + rounded;
    arena->end = block_begin(block) + want;
    return block_begin(block);
}

void *mn_arena_alloc_slow(minos_arena *arena, size_t size)
{
    return block_push(arena, size, arena->limit);
}

void *mn_arena_alloc_beyond(minos_arena *arena, size_t size)
{
    void *memory = arena->limit > SIZE_MAX - MN_ARENA_RESERVE_BYTES
                       ? NULL
                       : block_push(arena, size, arena->limit + MN_ARENA_RESERVE_BYTES);
    if (memory != NULL)
        return memory;
    fprintf(stderr, "minos: an arena of at most %zu bytes has no room for %zu more\n", arena->limit,
            size);
    abort();
}

minos_arena *minos_arena_new(size_t limit_bytes)
{
    minos_arena *arena = mn_new(minos_arena);
    mn_arena_init(arena, limit_bytes);
    return arena;
}

void minos_arena_free(minos_arena *arena)
{
    if (arena == NULL)
        return;
    mn_arena_done(arena);
    free(arena);
}

void minos_arena_reset(minos_arena *arena)
{
    mn_arena_block *oldest = arena->newest;
    if (oldest == NULL)
        return;
    while (oldest->older != NULL)
        oldest = oldest->older;
    drop_blocks(arena, oldest);
    arena->at = block_begin(oldest);
    arena->end = arena->at + oldest->size;
}

size_t minos_arena_used(const minos_arena *arena)
{
    return arena->taken - (size_t)(arena->end - arena->at);
}

void *minos_arena_alloc(minos_arena *arena, size_t size)
{
    return memset(mn_arena_raw(arena, size), 0, size);
}

minos_rc minos_arena_try_alloc(minos_arena *arena, size_t size, void **ret_memory)
{
    void *memory = mn_arena_try_raw(arena, size);
    if (memory == NULL)
        return minos_fail(MINOS_ETOOBIG, "%zu bytes more than the %zu this may take", size,
                          arena->limit);
    *ret_memory = memset(memory, 0, size);
    return MINOS_OK;
}

minos_view minos_arena_dup(minos_arena *arena, minos_view view)
{
    minos_view copy = mn_arena_try_dup(arena, view);
    if (copy.data == NULL) {
        char *text = mn_arena_alloc_beyond(arena, view.size + 1);
        if (view.size != 0)
            memcpy(text, view.data, view.size);
        text[view.size] = '\0';
        copy = minos_view_make(text, view.size);
    }
    return copy;
}

const char *minos_arena_dup_text(minos_arena *arena, const char *text)
{
    return text == NULL ? NULL : minos_arena_dup(arena, minos_view_of(text)).data;
}

const char *minos_arena_printf(minos_arena *arena, const char *format, ...)
{
    va_list args, again;
    int length;
    char *text;

    va_start(args, format);
    va_copy(again, args);
    length = vsnprintf(NULL, 0, format, args);
    va_end(args);
    text = mn_arena_raw(arena, (size_t)length + 1);
    vsnprintf(text, (size_t)length + 1, format, again);
    va_end(again);
    return text;
}
