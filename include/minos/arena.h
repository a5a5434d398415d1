/*
 * Arenas: memory with one lifetime, dropped at once. What a handler receives or builds lives in its
 * request's arena (minos_request_arena), so nothing in a handler needs freeing.
 */
#ifndef MINOS_ARENA_H
#define MINOS_ARENA_H

#include <stddef.h>

#include <minos/compiler.h>
#include <minos/error.h>
#include <minos/view.h>

MINOS_BEGIN_DECLS

typedef struct minos_arena minos_arena;

/**
 * Make an arena.
 * @param limit_bytes  most that peers may make it hold; 0 takes the default of 64 MiB. Sizes that
 *                     the program fixes may pass it by 1 MiB
 * @noyield @thread{any, one at a time}
 */
MINOS_API minos_arena *minos_arena_new(size_t limit_bytes);
/**
 * Free an arena and all that lives in it.
 * @param arena  taken; NULL does nothing
 * @noyield @thread{any, one at a time}
 */
MINOS_API void minos_arena_free(minos_arena *arena);
/**
 * Drop all that lives in an arena, keeping its first block for reuse.
 * @noyield @thread{any, one at a time}
 */
MINOS_API void minos_arena_reset(minos_arena *arena);
/** Give the bytes handed out since the last reset. @noyield @thread{any, one at a time} */
MINOS_API size_t minos_arena_used(const minos_arena *arena);

/**
 * Allocate zeroed memory, aligned for any type. For sizes that a program fixes: aborts when the
 * limit is passed by 1 MiB or memory is exhausted.
 * @param size  bytes; 0 gives a pointer that must not be followed
 * @noyield @thread{any, one at a time} @lifetime{until the arena is reset or freed}
 */
MINOS_API void *minos_arena_alloc(minos_arena *arena, size_t size);
/**
 * Allocate memory of a size that came from a peer.
 * @param size        bytes, not trusted
 * @param ret_memory  zeroed, aligned for any type
 * @retval MINOS_OK       there it is
 * @retval MINOS_ETOOBIG  the arena's limit would be passed
 * @noyield @thread{any, one at a time} @lifetime{until the arena is reset or freed}
 */
MINOS_API MINOS_MUST_CHECK minos_rc minos_arena_try_alloc(minos_arena *arena, size_t size,
                                                          void **ret_memory);
/**
 * Copy bytes into an arena, NUL-terminated behind their end. Aborts when the limit is passed by 1
 * MiB.
 * @noyield @thread{any, one at a time} @lifetime{until the arena is reset or freed}
 */
MINOS_API minos_view minos_arena_dup(minos_arena *arena, minos_view view);
/**
 * Copy a C string into an arena. Aborts when the limit is passed by 1 MiB.
 * @param text  copied; NULL gives NULL
 * @noyield @thread{any, one at a time} @lifetime{until the arena is reset or freed}
 */
MINOS_API const char *minos_arena_dup_text(minos_arena *arena, const char *text);
/**
 * Format text into an arena. Aborts when the limit is passed by 1 MiB.
 * @param format  as of printf
 * @noyield @thread{any, one at a time} @lifetime{until the arena is reset or freed}
 */
MINOS_API const char *minos_arena_printf(minos_arena *arena, const char *format, ...)
    MINOS_PRINTF(2, 3);

MINOS_AUTO_DEFINE(minos_arena)

MINOS_END_DECLS

#endif
