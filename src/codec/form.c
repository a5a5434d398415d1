/*
 * Forms and query strings: see form.h.
 */
#include "codec/form.h"

#include "base/buffer.h"
#include "codec/scalar.h"
#include "codec/simd.h"
#include "codec/value.h"

/* ---- reading ---- */

bool mn_form_next(minos_view *rest, minos_view *ret_name, minos_view *ret_value)
{
    while (rest->size != 0) {
        const char *begin = rest->data;
        const char *end = memchr(begin, '&', rest->size);
        size_t size = end == NULL ? rest->size : (size_t)(end - begin);
        const char *equals;

        *rest = end == NULL ? minos_view_make(begin + size, 0)
                            : minos_view_make(end + 1, rest->size - size - 1);
        if (size == 0)
            continue;
        equals = memchr(begin, '=', size);
        *ret_name = minos_view_make(begin, equals == NULL ? size : (size_t)(equals - begin));
        *ret_value = equals == NULL
                         ? minos_view_make(begin + size, 0)
                         : minos_view_make(equals + 1, (size_t)(begin + size - equals - 1));
        return true;
    }
    return false;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Decode the character at `at`; gives the bytes it took, 0 for a bad escape. */
static inline size_t decode_one(const char *at, const char *end, bool plus, char *ret_byte)
{
    int high, low;

    if (*at != '%') {
        *ret_byte = plus && *at == '+' ? ' ' : *at;
        return 1;
    }
    if (end - at < 3)
        return 0;
    high = hex_digit(at[1]);
    low = hex_digit(at[2]);
    if (high < 0 || low < 0)
        return 0;
    *ret_byte = (char)(high << 4 | low);
    return 3;
}

/* `whole` is the text that the piece was cut from: offsets in messages are its. */
static minos_rc decode_piece(minos_view piece, minos_view whole, bool plus, minos_arena *arena,
                             minos_view *ret_text)
{
    const char *at = piece.data, *end = piece.size == 0 ? at : at + piece.size;
    char *text = mn_arena_try_raw(arena, piece.size + 1);
    unsigned char seen = 0;
    size_t size = 0;

    if (text == NULL)
        return mn_value_too_big(arena);
    while (at != end) {
        size_t step = decode_one(at, end, plus, &text[size]);
        if (step == 0)
            return minos_fail(MINOS_EPARSE,
                              "the %% at byte %zu is not followed by two hexadecimal digits",
                              (size_t)(at - whole.data));
        seen |= (unsigned char)text[size++];
        at += step;
    }
    text[size] = '\0';
    if (seen >= 0x80 && !mn_utf8_valid(minos_view_make(text, size)))
        return minos_fail(MINOS_EPARSE, "the text from byte %zu to byte %zu is not UTF-8",
                          (size_t)(piece.data - whole.data), (size_t)(end - whole.data));
    *ret_text = minos_view_make(text, size);
    return MINOS_OK;
}

minos_rc mn_percent_decode(minos_view piece, bool plus, minos_arena *arena, minos_view *ret_text)
{
    return decode_piece(piece, piece, plus, arena, ret_text);
}

/* Compare without decoding into memory; a name that cannot be decoded is no one's. */
static bool name_is(minos_view piece, minos_view name)
{
    const char *at = piece.data, *end = piece.size == 0 ? at : at + piece.size;
    size_t size = 0;

    if (piece.size < name.size)
        return false;
    while (at != end) {
        char byte;
        size_t step = decode_one(at, end, true, &byte);
        if (step == 0 || size == name.size || byte != name.data[size])
            return false;
        size++;
        at += step;
    }
    return size == name.size;
}

minos_rc mn_form_find(minos_view text, minos_view name, minos_arena *arena, bool *ret_found,
                      minos_view *ret_value)
{
    minos_view rest = text, piece, value;

    while (mn_form_next(&rest, &piece, &value)) {
        if (!name_is(piece, name))
            continue;
        *ret_found = true;
        return decode_piece(value, text, true, arena, ret_value);
    }
    *ret_found = false;
    return MINOS_OK;
}

minos_rc mn_form_add(minos_arena *arena, minos_value *map, minos_view name, minos_value value)
{
    minos_value *present = (minos_value *)minos_value_find(map, name);
    minos_value list;

    if (present == NULL)
        return minos_value_put(arena, map, name, value);
    if (present->type == MINOS_TYPE_LIST)
        return minos_value_append(arena, present, value);
    MINOS_TRY(mn_value_begin(arena, MINOS_TYPE_LIST, 2, &list));
    MINOS_TRY(minos_value_append(arena, &list, *present));
    MINOS_TRY(minos_value_append(arena, &list, value));
    *present = list;
    return MINOS_OK;
}

minos_rc mn_form_decode(minos_view text, minos_arena *arena, minos_value **ret_map)
{
    minos_value *map = mn_arena_try_raw(arena, sizeof *map);
    minos_view rest = text, name, piece;
    size_t count = 0;

    if (map == NULL)
        return mn_value_too_big(arena);
    MINOS_TRY(mn_value_begin(arena, MINOS_TYPE_MAP, 0, map));
    while (mn_form_next(&rest, &name, &piece)) {
        minos_value value;
        minos_view decoded;
        if (++count > MN_FORM_FIELDS_MAX)
            return minos_fail(MINOS_ETOOBIG, "more than %d fields", MN_FORM_FIELDS_MAX);
        MINOS_TRY(decode_piece(name, text, true, arena, &name));
        MINOS_TRY(decode_piece(piece, text, true, arena, &decoded));
        value = minos_value_text_view(decoded);
        MINOS_TRY(mn_form_add(arena, map, name, value));
    }
    *ret_map = map;
    return MINOS_OK;
}

/* ---- writing ---- */

static void put_encoded(minos_buffer *out, minos_view text)
{
    static const char digits[] = "0123456789ABCDEF";
    char *to;

    if (text.size == 0 || !mn_buffer_reserve(out, text.size * 3))
        return;
    to = out->data + out->size;
    for (size_t i = 0; i < text.size; i++) {
        unsigned char byte = (unsigned char)text.data[i];
        if ((byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
            (byte >= '0' && byte <= '9') || byte == '*' || byte == '-' || byte == '.' ||
            byte == '_') {
            *to++ = (char)byte;
        } else if (byte == ' ') {
            *to++ = '+';
        } else {
            *to++ = '%';
            *to++ = digits[byte >> 4];
            *to++ = digits[byte & 15];
        }
    }
    out->size = (size_t)(to - out->data);
}

static minos_rc put_field(minos_buffer *out, minos_view name, const minos_value *value,
                          size_t *count)
{
    char text[MN_SCALAR_BYTES_MAX];
    minos_view view;

    MINOS_TRY(mn_scalar_text(value, text, &view));
    if ((*count)++ != 0)
        mn_buffer_put_byte(out, '&');
    put_encoded(out, name);
    mn_buffer_put_byte(out, '=');
    put_encoded(out, view);
    return MINOS_OK;
}

minos_rc mn_form_encode(const minos_value *map, minos_buffer *out)
{
    size_t count = 0;

    if (minos_value_type(map) != MINOS_TYPE_MAP)
        return minos_fail(MINOS_EINVAL, "a form is made of a map, not of %s",
                          minos_type_name(minos_value_type(map)));
    for (uint32_t i = 0; i < map->size; i++) {
        const minos_pair *pair = &map->as.named.pairs[i];
        const minos_value *value = &pair->value;
        size_t items = value->type == MINOS_TYPE_LIST ? value->size : 1;
        if (!mn_utf8_valid(pair->key))
            return minos_fail(MINOS_EINVAL, "a key to be written as a form is not UTF-8");
        for (size_t j = 0; j < items; j++)
            MINOS_TRY(put_field(out, pair->key,
                                value->type == MINOS_TYPE_LIST ? &value->as.items[j] : value,
                                &count));
    }
    return mn_buffer_check(out);
}
