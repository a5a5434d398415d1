/*
 * Buffers: see buffer.h.
 */
#include "base/buffer.h"

#include <stdlib.h>

#include "base/alloc.h"

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

bool mn_buffer_reserve_slow(minos_buffer *buffer, size_t more)
{
    size_t capacity = buffer->capacity < CAPACITY_MIN ? CAPACITY_MIN : buffer->capacity;
    char *data;

    if (more > buffer->max - buffer->size) {
        buffer->full = true;
        return false;
    }
    while (capacity - buffer->size < more)
        capacity *= 2;
    if (capacity > buffer->max)
        capacity = buffer->max;
    data = realloc(buffer->data, capacity);
    if (data == NULL) {
        buffer->full = true;
        return false;
    }
    buffer->data = data;
    buffer->capacity = capacity;
    return true;
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
