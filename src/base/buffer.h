/*
 * Buffers: a growing run of bytes that cannot be made without a maximum. The hot appends are
 * inline; a failed one sets `full`, which an encoder looks at once, at its end.
 */
#ifndef MN_BASE_BUFFER_H
#define MN_BASE_BUFFER_H

#include <stdbool.h>
#include <string.h>

#include <minos/codec.h>
#include <minos/view.h>

struct minos_buffer {
    char *data;
    size_t size;
    size_t capacity;
    size_t max;
    bool full;          /* an append was refused; the content is not to be used */
    minos_arena *arena; /* the memory's owner, NULL: the heap */
};

/* Make a buffer in the caller's storage. */
void mn_buffer_init(minos_buffer *buffer, size_t bytes_max);
void mn_buffer_done(minos_buffer *buffer);
/*
 * Write straight into an arena's free space: nothing else may allocate from it until close, which
 * gives the bytes, NUL-terminated and the arena's from then on. A buffer that is full needs no
 * close.
 */
void mn_buffer_open_arena(minos_buffer *buffer, minos_arena *arena, size_t bytes_max);
minos_rc mn_buffer_close_arena(minos_buffer *buffer, minos_view *ret_bytes);
/* Make room for `more` bytes behind the content; false, and `full`, past the maximum. */
bool mn_buffer_reserve_slow(minos_buffer *buffer, size_t more);

static inline bool mn_buffer_reserve(minos_buffer *buffer, size_t more)
{
    return MINOS_LIKELY(buffer->capacity - buffer->size >= more) ||
           mn_buffer_reserve_slow(buffer, more);
}

static inline void mn_buffer_put(minos_buffer *buffer, const void *bytes, size_t size)
{
    if (mn_buffer_reserve(buffer, size) && size != 0) {
        memcpy(buffer->data + buffer->size, bytes, size);
        buffer->size += size;
    }
}

static inline void mn_buffer_put_byte(minos_buffer *buffer, char byte)
{
    if (mn_buffer_reserve(buffer, 1))
        buffer->data[buffer->size++] = byte;
}

static inline void mn_buffer_put_text(minos_buffer *buffer, const char *text)
{
    mn_buffer_put(buffer, text, strlen(text));
}

/* Raise MINOS_ETOOBIG when an append was refused. */
minos_rc mn_buffer_check(const minos_buffer *buffer);

#endif
