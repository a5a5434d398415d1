/*
 * Plain text and plain bytes: see text.h.
 */
#include "codec/text.h"

#include "base/arena.h"
#include "base/buffer.h"
#include "base/utf8.h"
#include "codec/media_type.h"
#include "codec/scalar.h"
#include "codec/simd.h"
#include "codec/value.h"

static size_t count_high(minos_view text)
{
    size_t count = 0;
    for (size_t i = 0; i < text.size; i++)
        count += (unsigned char)text.data[i] >> 7;
    return count;
}

/* The 256 characters of ISO 8859-1 are the first of Unicode. */
static minos_rc from_latin1(minos_view text, minos_arena *arena, minos_view *ret_text)
{
    size_t high = count_high(text);
    char *copy, *to;

    if (high == 0) {
        *ret_text = text;
        return MINOS_OK;
    }
    copy = to = mn_arena_try_raw(arena, text.size + high);
    if (copy == NULL)
        return mn_value_too_big(arena);
    for (size_t i = 0; i < text.size; i++) {
        unsigned char byte = (unsigned char)text.data[i];
        if (byte >= 0x80) {
            *to++ = (char)(0xc0 | byte >> 6);
            byte = 0x80 | (byte & 0x3f);
        }
        *to++ = (char)byte;
    }
    *ret_text = minos_view_make(copy, (size_t)(to - copy));
    return MINOS_OK;
}

minos_rc mn_text_decode(minos_view body, minos_view charset, minos_arena *arena, minos_sink sink)
{
    minos_view text = body;
    minos_value value;

    switch (mn_charset_of(charset)) {
    case MN_CHARSET_UTF8:
        if (!mn_utf8_valid(body))
            return minos_fail(MINOS_EPARSE, "the text is not UTF-8 at byte %zu",
                              mn_utf8_fault(body));
        break;
    case MN_CHARSET_ASCII:
        if (count_high(body) != 0)
            return minos_fail(MINOS_EPARSE, "the text is not US-ASCII as its content type says");
        break;
    case MN_CHARSET_LATIN1:
        MINOS_TRY(from_latin1(body, arena, &text));
        break;
    default:
        return minos_fail(MINOS_EMEDIATYPE, "charset \"%.*s\" is not supported, utf-8 is",
                          (int)charset.size, charset.data);
    }
    value = minos_value_string(text);
    return sink.ops->scalar(sink.self, &value);
}

minos_rc mn_text_encode(const minos_value *value, minos_buffer *out)
{
    char text[MN_SCALAR_BYTES_MAX];
    minos_view view;

    MINOS_TRY(mn_scalar_text(value, text, &view));
    mn_buffer_put(out, view.data, view.size);
    return mn_buffer_check(out);
}

minos_rc mn_bytes_decode(minos_view body, minos_view charset, minos_arena *arena, minos_sink sink)
{
    minos_value value = minos_value_bytes(body);
    (void)charset;
    (void)arena;
    return sink.ops->scalar(sink.self, &value);
}

minos_rc mn_bytes_encode(const minos_value *value, minos_buffer *out)
{
    minos_type type = minos_value_type(value);
    minos_view bytes = minos_value_view(value);

    if (type != MINOS_TYPE_BYTES && type != MINOS_TYPE_STRING)
        return minos_fail(MINOS_EINVAL, "%s cannot be written as plain bytes",
                          minos_type_name(type));
    mn_buffer_put(out, bytes.data, bytes.size);
    return mn_buffer_check(out);
}
