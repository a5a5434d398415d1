/*
 * Avro files, as contents and as broker messages. Properties: what is read can be written, and
 * reads back the same, byte by byte in what is written again; unless a limit is passed. Whatever is
 * refused is refused with a message.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "broker/wire.h"
#include "codec/avro.h"
#include "codec/avro_write.h"
#include "codec/value_sink.h"

#define ENSURE(condition)                                                                          \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s: %s\n", #condition, minos_error_message(minos_error_last()));      \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static minos_rc decode(minos_view file, minos_arena *arena, const minos_value **ret_value)
{
    mn_value_sink sink;

    mn_value_sink_init(&sink, arena);
    MINOS_TRY(mn_avro_decode(file, MINOS_VIEW(""), arena, mn_value_sink_of(&sink)));
    return mn_value_sink_end(&sink, ret_value);
}

static void check_content(minos_view file, minos_arena *arena)
{
    const minos_value *value, *again;
    minos_buffer first, second;
    minos_rc rc = decode(file, arena, &value);

    if (rc != MINOS_OK) {
        ENSURE(rc == MINOS_EPARSE || rc == MINOS_ETOOBIG);
        ENSURE(minos_error_message(minos_error_last())[0] != '\0');
        return;
    }
    mn_buffer_init(&first, SIZE_MAX);
    mn_buffer_init(&second, SIZE_MAX);
    rc = mn_avro_encode(value, &first);
    ENSURE(rc == MINOS_OK || rc == MINOS_ETOOBIG);
    if (rc == MINOS_OK)
        rc = decode(minos_buffer_view(&first), arena, &again);
    ENSURE(rc == MINOS_OK || rc == MINOS_ETOOBIG);
    if (rc == MINOS_OK) {
        ENSURE(mn_avro_encode(again, &second) == MINOS_OK);
        ENSURE(minos_view_equal(minos_buffer_view(&first), minos_buffer_view(&second)));
    }
    mn_buffer_done(&first);
    mn_buffer_done(&second);
}

static void check_message(minos_view file)
{
    minos_message *message, *again;
    minos_buffer first, second;
    minos_rc rc = mn_wire_decode(file, &message);

    if (rc != MINOS_OK) {
        ENSURE(rc == MINOS_EPARSE || rc == MINOS_ETOOBIG);
        return;
    }
    mn_buffer_init(&first, SIZE_MAX);
    mn_buffer_init(&second, SIZE_MAX);
    rc = mn_wire_encode(message, &first);
    ENSURE(rc == MINOS_OK || rc == MINOS_ETOOBIG);
    if (rc == MINOS_OK)
        rc = mn_wire_decode(minos_buffer_view(&first), &again);
    ENSURE(rc == MINOS_OK || rc == MINOS_ETOOBIG);
    if (rc == MINOS_OK) {
        ENSURE(mn_wire_encode(again, &second) == MINOS_OK);
        ENSURE(minos_view_equal(minos_buffer_view(&first), minos_buffer_view(&second)));
        minos_message_unref(again);
    }
    minos_message_unref(message);
    mn_buffer_done(&first);
    mn_buffer_done(&second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    minos_view file = minos_view_make(data, size);
    minos_arena arena;

    mn_arena_init(&arena, 0);
    check_content(file, &arena);
    mn_arena_done(&arena);
    check_message(file);
    return 0;
}
