/*
 * JSON, held against itself. Properties: what is taken, the second reading (json_explain.c) takes
 * too, and what is refused it can explain, names given twice apart; a value written and read again
 * is equal, and written again the same; neither the bytes behind a text nor a copy change it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <minos/codec.h>

#include "base/arena.h"
#include "codec/json.h"
#include "codec/value.h"

#define ENSURE(condition)                                                                          \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s: %s\n", #condition, minos_error_message(minos_error_last()));      \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_refused(minos_view text)
{
    const char *message = minos_error_message(minos_error_last());
    mn_json_fault fault = mn_json_explain(text, SIZE_MAX, NULL);
    if (fault.reason == NULL)
        ENSURE(strstr(message, "was given before") != NULL);
    else
        ENSURE(fault.offset <= text.size && strstr(message, "(byte ") != NULL);
}

static void check_taken(minos_arena *arena, minos_view text, const minos_value *value)
{
    const minos_value *again, *copy;
    minos_view written, rewritten;

    ENSURE(mn_json_explain(text, SIZE_MAX, NULL).reason == NULL);
    ENSURE(minos_json_encode(value, arena, &written) == MINOS_OK);
    ENSURE(written.data[written.size] == '\0');
    ENSURE(minos_json_decode(written, arena, &again) == MINOS_OK);
    ENSURE(minos_value_equal(value, again));
    ENSURE(minos_json_encode(again, arena, &rewritten) == MINOS_OK);
    ENSURE(minos_view_equal(written, rewritten));
    ENSURE(minos_value_dup(arena, value, &copy) == MINOS_OK);
    ENSURE(minos_value_equal(value, copy));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    minos_view text = minos_view_make(data, size);
    const minos_value *value, *padded_value;
    minos_arena arena;
    char *padded = malloc(size + MN_SIMD_PADDING_BYTES);
    minos_rc rc;

    mn_arena_init(&arena, 0);
    rc = minos_json_decode(text, &arena, &value);
    if (rc != MINOS_OK)
        check_refused(text);
    else
        check_taken(&arena, text, value);
    memset(padded, size % 2 == 0 ? '"' : '1', size + MN_SIMD_PADDING_BYTES);
    if (size != 0)
        memcpy(padded, data, size);
    ENSURE(mn_json_decode_value(minos_view_make(padded, size), MN_SIMD_PADDING_BYTES, &arena,
                                &padded_value) == rc);
    ENSURE(rc != MINOS_OK || minos_value_equal(value, padded_value));
    free(padded);
    mn_arena_done(&arena);
    return 0;
}
