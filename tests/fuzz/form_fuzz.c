/*
 * Forms and query strings. Properties: what is read, written and read again is equal; each name
 * that was read is found alone, with its first value; names and values are UTF-8.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "base/utf8.h"
#include "codec/form.h"

#define ENSURE(condition)                                                                          \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s: %s\n", #condition, minos_error_message(minos_error_last()));      \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_field(minos_arena *arena, minos_view text, const minos_pair *pair)
{
    bool is_list = pair->value.type == MINOS_TYPE_LIST;
    const minos_value *first = is_list ? minos_value_at(&pair->value, 0) : &pair->value;
    minos_view value;
    bool found = false;

    ENSURE(!is_list || minos_value_count(&pair->value) >= 2);
    ENSURE(mn_utf8_fault(pair->key) == pair->key.size);
    ENSURE(mn_utf8_fault(minos_value_view(first)) == minos_value_view(first).size);
    ENSURE(mn_form_find(text, pair->key, arena, &found, &value) == MINOS_OK && found);
    ENSURE(minos_view_equal(value, minos_value_view(first)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    minos_view text = minos_view_make(data, size);
    minos_value *map, *again;
    minos_buffer written;
    minos_arena arena;

    mn_arena_init(&arena, 0);
    mn_buffer_init(&written, SIZE_MAX);
    if (mn_form_decode(text, &arena, &map) == MINOS_OK) {
        for (size_t i = 0; i < minos_value_count(map); i++)
            check_field(&arena, text, minos_value_pair(map, i));
        ENSURE(mn_form_encode(map, &written) == MINOS_OK);
        ENSURE(mn_form_decode(minos_buffer_view(&written), &arena, &again) == MINOS_OK);
        ENSURE(minos_value_equal(map, again));
    }
    mn_buffer_done(&written);
    mn_arena_done(&arena);
    return 0;
}
