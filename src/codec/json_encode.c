/*
 * Values to JSON text: see json.h for how each type is written.
 */
#include "codec/json.h"

#include "base/buffer.h"
#include "codec/base64.h"
#include "codec/scalar.h"
#include "codec/value.h"

#define ONES  UINT64_C(0x0101010101010101)
#define HIGHS UINT64_C(0x8080808080808080)

/* ---- strings ---- */

/* Bytes that may not stand in a string as they are, as the high bits of a word's bytes. */
static inline uint64_t special_bytes(uint64_t word)
{
    uint64_t quote = word ^ (ONES * '"');
    uint64_t backslash = word ^ (ONES * '\\');
    uint64_t below_space = word - ONES * 0x20;
    return ((quote - ONES) | (backslash - ONES) | below_space) & ~word & HIGHS;
}

/*
 * Give the length of the run that can be copied as it is. *high gathers the high bits seen: zero
 * says that all of it is ASCII.
 */
static size_t plain_run(const char *at, size_t size, uint64_t *high)
{
    size_t run = 0;
    uint64_t word;

    for (; size - run >= sizeof word; run += sizeof word) {
        memcpy(&word, at + run, sizeof word);
        if (special_bytes(word) != 0)
            break;
        *high |= word & HIGHS;
    }
    for (; run < size; run++) {
        unsigned char byte = (unsigned char)at[run];
        if (byte < 0x20 || byte == '"' || byte == '\\')
            break;
        *high |= byte & 0x80u;
    }
    return run;
}

static void put_escape(minos_buffer *out, unsigned char byte)
{
    static const char digits[] = "0123456789abcdef";
    static const char letters[0x20] = {
        ['\b'] = 'b', ['\f'] = 'f', ['\n'] = 'n', ['\r'] = 'r', ['\t'] = 't'};
    char escape[6] = {'\\', 'u', '0', '0', digits[byte >> 4], digits[byte & 15]};

    if (byte == '"' || byte == '\\')
        escape[1] = (char)byte;
    else if (letters[byte & 0x1f] != '\0')
        escape[1] = letters[byte & 0x1f];
    mn_buffer_put(out, escape, escape[1] == 'u' ? 6 : 2);
}

bool mn_json_put_string(minos_buffer *out, minos_view text)
{
    const char *at = text.data;
    size_t left = text.size;
    uint64_t high = 0;

    if (!mn_buffer_reserve(out, left + 2))
        return true; /* the buffer knows that it is full */
    out->data[out->size++] = '"';
    while (left != 0) {
        size_t run = plain_run(at, left, &high);
        mn_buffer_put(out, at, run);
        at += run;
        left -= run;
        if (left != 0) {
            put_escape(out, (unsigned char)*at++);
            left--;
        }
    }
    mn_buffer_put_byte(out, '"');
    return high == 0 || mn_utf8_valid(text);
}

/* ---- scalars ---- */

/* A text that needs no escapes. */
static void put_quoted(minos_buffer *out, const char *text, size_t size)
{
    mn_buffer_put_byte(out, '"');
    mn_buffer_put(out, text, size);
    mn_buffer_put_byte(out, '"');
}

/* A scalar whose text needs no escapes. */
static minos_rc put_scalar(minos_buffer *out, const minos_value *value, bool quoted)
{
    char text[MN_SCALAR_BYTES_MAX];
    minos_view view = MINOS_VIEW("");
    minos_rc rc = mn_scalar_text(value, text, &view);

    if (rc != MINOS_OK)
        return rc;
    if (quoted)
        put_quoted(out, view.data, view.size);
    else
        mn_buffer_put(out, view.data, view.size);
    return MINOS_OK;
}

static minos_rc put_text(minos_buffer *out, minos_view text, const char *what)
{
    if (MINOS_UNLIKELY(!mn_json_put_string(out, text)))
        return minos_fail(MINOS_EINVAL, "%s to be written as JSON is not UTF-8", what);
    return MINOS_OK;
}

static void put_bytes(minos_buffer *out, minos_view bytes)
{
    mn_buffer_put_byte(out, '"');
    mn_base64_put(out, bytes);
    mn_buffer_put_byte(out, '"');
}

/* ---- containers ---- */

static minos_rc encode(const minos_value *value, minos_buffer *out, int depth);

static minos_rc encode_list(const minos_value *list, minos_buffer *out, int depth)
{
    for (uint32_t i = 0; i < list->size; i++) {
        minos_rc rc;
        mn_buffer_put_byte(out, i == 0 ? '[' : ',');
        rc = encode(&list->as.items[i], out, depth + 1);
        if (rc != MINOS_OK)
            return rc;
    }
    if (list->size == 0)
        mn_buffer_put_byte(out, '[');
    mn_buffer_put_byte(out, ']');
    return MINOS_OK;
}

static minos_rc encode_map(const minos_value *map, minos_buffer *out, int depth)
{
    for (uint32_t i = 0; i < map->size; i++) {
        const minos_pair *pair = &map->as.named.pairs[i];
        minos_rc rc;
        mn_buffer_put_byte(out, i == 0 ? '{' : ',');
        rc = put_text(out, pair->key, "a key");
        if (rc != MINOS_OK)
            return rc;
        mn_buffer_put_byte(out, ':');
        rc = encode(&pair->value, out, depth + 1);
        if (rc != MINOS_OK)
            return rc;
    }
    if (map->size == 0)
        mn_buffer_put_byte(out, '{');
    mn_buffer_put_byte(out, '}');
    return MINOS_OK;
}

static minos_rc encode_container(const minos_value *value, minos_buffer *out, int depth)
{
    if (depth >= MN_VALUE_DEPTH_MAX)
        return minos_fail(MINOS_ETOOBIG, "the value is nested deeper than %d levels",
                          MN_VALUE_DEPTH_MAX);
    if (out->full)
        return mn_buffer_check(out); /* a large value would be walked to its end for nothing */
    return value->type == MINOS_TYPE_LIST ? encode_list(value, out, depth)
                                          : encode_map(value, out, depth);
}

static minos_rc encode(const minos_value *value, minos_buffer *out, int depth)
{
    switch ((minos_type)value->type) {
    case MINOS_TYPE_NULL:
        mn_buffer_put(out, "null", 4);
        return MINOS_OK;
    case MINOS_TYPE_BOOL:
    case MINOS_TYPE_INT:
    case MINOS_TYPE_TIMEDELTA:
    case MINOS_TYPE_DOUBLE:
        return put_scalar(out, value, false);
    case MINOS_TYPE_STRING:
        return put_text(out, minos_value_view(value), "a string");
    case MINOS_TYPE_BYTES:
        put_bytes(out, minos_value_view(value));
        return MINOS_OK;
    case MINOS_TYPE_UUID:
    case MINOS_TYPE_DATETIME:
    case MINOS_TYPE_DATE:
    case MINOS_TYPE_TIME:
        return put_scalar(out, value, true);
    case MINOS_TYPE_LIST:
    case MINOS_TYPE_MAP:
        return encode_container(value, out, depth);
    }
    return minos_fail(MINOS_EINVAL, "a value of no known type: %d", value->type);
}

minos_rc mn_json_encode(const minos_value *value, minos_buffer *out)
{
    minos_value null = minos_value_null();
    size_t begin = out->size;
    minos_rc rc = encode(value == NULL ? &null : value, out, 0);

    if (rc == MINOS_OK)
        rc = mn_buffer_check(out);
    if (rc != MINOS_OK)
        out->size = begin;
    return rc;
}

minos_rc minos_json_encode(const minos_value *value, minos_arena *arena, minos_view *ret_text)
{
    minos_buffer out;

    mn_buffer_open_arena(&out, arena, SIZE_MAX);
    MINOS_TRY(mn_json_encode(value, &out));
    return mn_buffer_close_arena(&out, ret_text);
}
