/*
 * Buffers: see buffer.h.
 */
#include "base/buffer.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/arena.h"

#define CAPACITY_MIN 256

void mn_buffer_init(minos_buffer *buffer, size_t bytes_max)
{
    memset(buffer, 0, sizeof *buffer);
    buffer->max = bytes_max;
}

void mn_buffer_done(minos_buffer *buffer)
{
    free(buffer->data);
    buffer->data = NULL;
    buffer->size = buffer->capacity = 0;
}

/* The bytes lie at the arena's free end, so that closing only has to step behind them. */
static void take_free_end(minos_buffer *buffer)
{
    size_t capacity = (size_t)(buffer->arena->end - buffer->arena->at);
    buffer->data = buffer->arena->at;
    buffer->capacity = capacity < buffer->max ? capacity : buffer->max;
}

void mn_buffer_open_arena(minos_buffer *buffer, minos_arena *arena, size_t bytes_max)
{
    mn_buffer_init(buffer, bytes_max);
    buffer->arena = arena;
    take_free_end(buffer);
}

minos_rc mn_buffer_close_arena(minos_buffer *buffer, minos_view *ret_bytes)
{
    minos_arena *arena = buffer->arena;
    size_t rounded;

    mn_buffer_put_byte(buffer, '\0');
    MINOS_TRY(mn_buffer_check(buffer));
    rounded = (buffer->size + MN_ARENA_ALIGN - 1) & ~(size_t)(MN_ARENA_ALIGN - 1);
    *ret_bytes = minos_view_make(buffer->data, buffer->size - 1);
    arena->at = rounded < (size_t)(arena->end - arena->at) ? arena->at + rounded : arena->end;
    return MINOS_OK;
}

static bool move_in_arena(minos_buffer *buffer, size_t capacity)
{
    char *data = mn_arena_try_raw(buffer->arena, capacity);
    if (data == NULL)
        return false;
    if (buffer->size != 0)
        memcpy(data, buffer->data, buffer->size);
    buffer->arena->at = data;
    take_free_end(buffer);
    return true;
}

static bool move_on_heap(minos_buffer *buffer, size_t capacity)
{
    char *data = realloc(buffer->data, capacity);
    if (data == NULL)
        return false;
    buffer->data = data;
    buffer->capacity = capacity;
    return true;
}

bool mn_buffer_reserve_slow(minos_buffer *buffer, size_t more)
{
    size_t capacity = buffer->capacity < CAPACITY_MIN ? CAPACITY_MIN : buffer->capacity;

    if (buffer->full || more > buffer->max - buffer->size) {
        buffer->full = true;
        return false;
    }
    while (capacity - buffer->size < more)
        capacity *= 2;
    if (capacity > buffer->max)
        capacity = buffer->max;
    if (buffer->arena != NULL ? move_in_arena(buffer, capacity) : move_on_heap(buffer, capacity))
        return true;
    buffer->full = true;
    return false;
}

minos_rc mn_buffer_check(const minos_buffer *buffer)
{
    if (buffer->full)
        return minos_fail(MINOS_ETOOBIG, "more than the %zu bytes allowed", buffer->max);
    return MINOS_OK;
}

minos_rc minos_buffer_new(size_t bytes_max, minos_buffer **ret_buffer)
{
    minos_buffer *buffer;
    if (bytes_max == 0)
        return minos_fail(MINOS_EINVAL, "bytes_max is 0");
    buffer = mn_new(minos_buffer);
    mn_buffer_init(buffer, bytes_max);
    *ret_buffer = buffer;
    return MINOS_OK;
}

void minos_buffer_free(minos_buffer *buffer)
{
    if (buffer == NULL)
        return;
    mn_buffer_done(buffer);
    free(buffer);
}

minos_rc minos_buffer_append(minos_buffer *buffer, minos_view bytes)
{
    mn_buffer_put(buffer, bytes.data, bytes.size);
    return mn_buffer_check(buffer);
}

minos_view minos_buffer_view(const minos_buffer *buffer)
{
    return minos_view_make(buffer->data, buffer->size);
}

void minos_buffer_clear(minos_buffer *buffer)
{
    buffer->size = 0;
    buffer->full = false;
}
