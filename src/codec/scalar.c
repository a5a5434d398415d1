/*
 * Scalars as text: see scalar.h.
 */
#include "codec/scalar.h"

#include <math.h>

#include "codec/rfc3339.h"
#include "codec/simd.h"

static const char digit_pairs[] = "00010203040506070809101112131415161718192021222324"
                                  "25262728293031323334353637383940414243444546474849"
                                  "50515253545556575859606162636465666768697071727374"
                                  "75767778798081828384858687888990919293949596979899";

_Static_assert(MN_DOUBLE_BYTES_MAX + 2 <= MN_SCALAR_BYTES_MAX, "\".0\" may follow a double");
_Static_assert(MN_RFC3339_BYTES_MAX <= MN_SCALAR_BYTES_MAX, "times are scalars");
_Static_assert(MINOS_UUID_TEXT_BYTES + 1 <= MN_SCALAR_BYTES_MAX, "UUIDs are scalars");

size_t mn_integer_write(int64_t integer, char text[MN_SCALAR_BYTES_MAX])
{
    char digits[20];
    char *at = digits + sizeof digits;
    uint64_t rest = integer < 0 ? 0 - (uint64_t)integer : (uint64_t)integer;
    size_t size;

    for (; rest >= 100; rest /= 100) {
        at -= 2;
        memcpy(at, digit_pairs + rest % 100 * 2, 2);
    }
    if (rest >= 10) {
        at -= 2;
        memcpy(at, digit_pairs + rest * 2, 2);
    } else {
        *--at = (char)('0' + rest);
    }
    size = (size_t)(digits + sizeof digits - at);
    *text = '-';
    memcpy(text + (integer < 0), at, size);
    return size + (integer < 0);
}

size_t mn_number_write(double number, char text[MN_SCALAR_BYTES_MAX])
{
    size_t size;

    if (!isfinite(number)) {
        memcpy(text, "null", 4);
        return 4;
    }
    size = mn_double_write(number, text);
    if (memchr(text, '.', size) == NULL && memchr(text, 'e', size) == NULL) {
        text[size++] = '.';
        text[size++] = '0';
    }
    return size;
}

static size_t moment_write(const minos_value *value, char text[MN_SCALAR_BYTES_MAX])
{
    if (value->type == MINOS_TYPE_DATETIME)
        return mn_rfc3339_write(value->as.integer, text);
    if (value->type == MINOS_TYPE_DATE)
        return mn_rfc3339_write_date(value->as.integer, text);
    return mn_rfc3339_write_time(value->as.integer, text);
}

static minos_rc string_text(const minos_value *value, minos_view *ret_text)
{
    minos_view text = minos_value_view(value);
    if (!mn_utf8_valid(text))
        return minos_fail(MINOS_EINVAL, "a string to be written is not UTF-8");
    *ret_text = text;
    return MINOS_OK;
}

minos_rc mn_scalar_text(const minos_value *value, char text[MN_SCALAR_BYTES_MAX],
                        minos_view *ret_text)
{
    size_t size = 0;

    switch (minos_value_type(value)) {
    case MINOS_TYPE_NULL:
        break;
    case MINOS_TYPE_BOOL:
        size = value->as.boolean ? 4 : 5;
        memcpy(text, value->as.boolean ? "true" : "false", size);
        break;
    case MINOS_TYPE_INT:
    case MINOS_TYPE_TIMEDELTA:
        size = mn_integer_write(value->as.integer, text);
        break;
    case MINOS_TYPE_DOUBLE:
        size = mn_number_write(value->as.number, text);
        break;
    case MINOS_TYPE_STRING:
        return string_text(value, ret_text);
    case MINOS_TYPE_UUID:
        minos_uuid_format(value->as.uuid, text);
        size = MINOS_UUID_TEXT_BYTES;
        break;
    case MINOS_TYPE_DATETIME:
    case MINOS_TYPE_DATE:
    case MINOS_TYPE_TIME:
        size = moment_write(value, text);
        if (size == 0)
            return minos_fail(MINOS_EINVAL, "%s that RFC 3339 cannot write: %lld",
                              minos_type_name((minos_type)value->type),
                              (long long)value->as.integer);
        break;
    default:
        return minos_fail(MINOS_EINVAL, "%s cannot be written as plain text",
                          minos_type_name((minos_type)value->type));
    }
    *ret_text = minos_view_make(text, size);
    return MINOS_OK;
}
