/*
 * Schemas of Avro and data under them: a schema's text, a NUL, the bytes of an object. Properties:
 * a schema taken again is the same compiled one and reads the same; what is read can be written and
 * reads back the same, unless a limit is passed.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buffer.h"
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

static minos_rc read_object(const mn_avro_file *file, minos_arena *arena,
                            const minos_value **ret_value)
{
    mn_value_sink sink;

    mn_value_sink_init(&sink, arena);
    MINOS_TRY(mn_avro_read(file, MN_VALUE_DEPTH_MAX, mn_value_sink_of(&sink)));
    return mn_value_sink_end(&sink, ret_value);
}

static void check_object(const mn_avro_file *file, minos_arena *arena)
{
    const minos_value *value, *again;
    minos_buffer first, second;
    mn_avro_file written;
    minos_rc rc = read_object(file, arena, &value);

    if (rc != MINOS_OK) {
        ENSURE(rc == MINOS_EPARSE || rc == MINOS_ETOOBIG);
        return;
    }
    mn_buffer_init(&first, SIZE_MAX);
    mn_buffer_init(&second, SIZE_MAX);
    rc = mn_avro_encode(value, &first);
    ENSURE(rc == MINOS_OK || rc == MINOS_ETOOBIG);
    if (rc == MINOS_OK) {
        ENSURE(mn_avro_open(minos_buffer_view(&first), SIZE_MAX, &written) == MINOS_OK);
        rc = read_object(&written, arena, &again);
        mn_avro_close(&written);
        ENSURE(rc == MINOS_OK || rc == MINOS_ETOOBIG);
    }
    if (rc == MINOS_OK) {
        ENSURE(mn_avro_encode(again, &second) == MINOS_OK);
        ENSURE(minos_view_equal(minos_buffer_view(&first), minos_buffer_view(&second)));
    }
    mn_buffer_done(&first);
    mn_buffer_done(&second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *end = size == 0 ? NULL : memchr(data, '\0', size);
    minos_view text = minos_view_make(data, end == NULL ? size : (size_t)(end - data));
    const mn_avro_schema *schema, *again;
    mn_avro_file file = {.data = MINOS_VIEW("")};
    minos_arena arena;
    minos_rc rc = mn_avro_schema_take(text, &schema);

    if (rc != MINOS_OK) {
        ENSURE(rc == MINOS_EPARSE || rc == MINOS_ETOOBIG);
        ENSURE(mn_avro_schema_take(text, &again) == rc);
        return 0;
    }
    ENSURE(mn_avro_schema_take(text, &again) == MINOS_OK && again == schema);
    mn_avro_schema_give(again);
    if (end != NULL)
        file.data = minos_view_make(end + 1, size - text.size - 1);
    file.schema = schema;
    mn_arena_init(&arena, 0);
    check_object(&file, &arena);
    mn_arena_done(&arena);
    mn_avro_schema_give(schema);
    return 0;
}
