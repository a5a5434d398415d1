/*
 * Writing tagged JSON: see tagged.h. Floats are written as Python's repr does, and the members of a
 * set are ordered as its json.dumps would write them, so that the same content gives the same text
 * there and here.
 */
#include "runtime/tagged.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buffer.h"
#include "base/civil.h"
#include "base/utf8.h"
#include "codec/json.h"
#include "codec/simd.h"

#define SAFE_INTEGER_MAX ((INT64_C(1) << 53) - 1) /* that every reader of JSON keeps */
#define DIGITS_MAX       24

typedef struct tagger {
    minos_buffer *out;
    bool is_ascii; /* other characters as \u escapes: the text that sets are ordered by */
} tagger;

static minos_rc write(tagger *to, const minos_value *value);

/* ---- text ---- */

static void put_unit(minos_buffer *out, unsigned unit)
{
    char text[8];
    mn_buffer_put(out, text, (size_t)snprintf(text, sizeof text, "\\u%04x", unit));
}

/* The code point of a valid character of `size` bytes. */
static unsigned code_point(const char *at, size_t size)
{
    static const uint8_t masks[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
    unsigned code = (uint8_t)at[0] & masks[size];

    for (size_t i = 1; i < size; i++)
        code = code << 6 | ((uint8_t)at[i] & 0x3f);
    return code;
}

static minos_rc write_ascii(minos_buffer *out, minos_view text)
{
    static const char from[] = "\"\\\b\f\n\r\t", into[] = "\"\\bfnrt";
    const char *at = text.data, *end = text.data + text.size;

    mn_buffer_put_byte(out, '"');
    while (at != end) {
        size_t size = mn_utf8_step(at, end);
        const char *escape = *at == '\0' ? NULL : strchr(from, *at);
        unsigned code = size == 0 ? 0 : code_point(at, size);
        if (size == 0)
            return minos_fail(MINOS_EINVAL, "a string is not UTF-8");
        if (escape != NULL) {
            mn_buffer_put_byte(out, '\\');
            mn_buffer_put_byte(out, into[escape - from]);
        } else if (code >= 0x20 && code < 0x7f) {
            mn_buffer_put_byte(out, *at);
        } else if (code < 0x10000) {
            put_unit(out, code);
        } else {
            put_unit(out, 0xd800 + ((code - 0x10000) >> 10));
            put_unit(out, 0xdc00 + ((code - 0x10000) & 0x3ff));
        }
        at += size;
    }
    mn_buffer_put_byte(out, '"');
    return MINOS_OK;
}

static minos_rc write_text(tagger *to, minos_view text)
{
    if (to->is_ascii)
        return write_ascii(to->out, text);
    return mn_json_put_string(to->out, text) ? MINOS_OK
                                             : minos_fail(MINOS_EINVAL, "a string is not UTF-8");
}

/* An object of one name, its value a text that needs no escapes. */
static void put_tag(tagger *to, const char *tag, const char *text)
{
    char object[128];
    int size = snprintf(object, sizeof object, "{\"%s\": \"%s\"}", tag, text);
    mn_buffer_put(to->out, object, (size_t)size);
}

/* ---- scalars ---- */

/* The shortest digits of a positive finite number, and its point: 0.DIGITS × 10^point. */
static int shortest_digits(double number, char digits[DIGITS_MAX], int *ret_point)
{
    char text[MN_DOUBLE_BYTES_MAX + 1];
    size_t size = mn_double_write(number, text);
    int count = 0, point = 0;
    bool seen_point = false;

    text[size] = '\0';
    for (const char *at = text; *at != '\0' && *at != 'e'; at++) {
        if (*at == '.') {
            seen_point = true;
            continue;
        }
        if (count == 0 && *at == '0') {
            point -= seen_point;
            continue;
        }
        point += !seen_point;
        if (count < DIGITS_MAX)
            digits[count++] = *at;
    }
    if (strchr(text, 'e') != NULL)
        point += (int)strtol(strchr(text, 'e') + 1, NULL, 10);
    while (count > 1 && digits[count - 1] == '0')
        count--;
    *ret_point = point;
    return count;
}

/* As Python's repr: a fraction always, an exponent from 10^16 on and below 10^-4. */
static void write_double(tagger *to, double number)
{
    char digits[DIGITS_MAX], text[64];
    const char *sign = signbit(number) ? "-" : "";
    int point, count;

    if (isnan(number) || isinf(number)) {
        snprintf(text, sizeof text, "%s%s", isnan(number) ? "" : sign,
                 isnan(number) ? "nan" : "inf");
        put_tag(to, "$float", text);
        return;
    }
    if (number == 0) {
        snprintf(text, sizeof text, "%s0.0", sign);
        put_tag(to, "$float", text);
        return;
    }
    count = shortest_digits(fabs(number), digits, &point);
    if (point > 16 || point <= -4)
        snprintf(text, sizeof text, "%s%c%s%.*se%c%02d", sign, digits[0], count > 1 ? "." : "",
                 count - 1, digits + 1, point > 0 ? '+' : '-', abs(point - 1));
    else if (point <= 0)
        snprintf(text, sizeof text, "%s0.%.*s%.*s", sign, -point, "0000", count, digits);
    else if (point >= count)
        snprintf(text, sizeof text, "%s%.*s%.*s.0", sign, count, digits, point - count,
                 "0000000000000000");
    else
        snprintf(text, sizeof text, "%s%.*s.%.*s", sign, point, digits, count - point,
                 digits + point);
    put_tag(to, "$float", text);
}

static void write_integer(tagger *to, int64_t integer)
{
    char text[32];
    int size = snprintf(text, sizeof text, "%lld", (long long)integer);

    if (integer > SAFE_INTEGER_MAX || integer < -SAFE_INTEGER_MAX)
        put_tag(to, "$int", text);
    else
        mn_buffer_put(to->out, text, (size_t)size);
}

static void write_bytes(tagger *to, minos_view bytes)
{
    static const char digits[] = "0123456789abcdef";

    mn_buffer_put_text(to->out, "{\"$bytes\": \"");
    for (size_t i = 0; i < bytes.size; i++) {
        mn_buffer_put_byte(to->out, digits[(uint8_t)bytes.data[i] >> 4]);
        mn_buffer_put_byte(to->out, digits[(uint8_t)bytes.data[i] & 15]);
    }
    mn_buffer_put_text(to->out, "\"}");
}

static minos_rc write_time(tagger *to, const minos_value *value)
{
    bool has_time = value->type != MINOS_TYPE_DATE;
    int64_t days = value->type == MINOS_TYPE_DATETIME ? mn_floor_div(value->as.integer, MN_DAY_US)
                   : has_time                         ? 0
                                                      : value->as.integer;
    int64_t us = has_time ? value->as.integer % MN_DAY_US : 0;
    char date[32] = "", time[32] = "", text[80];

    if (value->type == MINOS_TYPE_DATETIME && us < 0)
        us += MN_DAY_US;
    if (value->type != MINOS_TYPE_TIME) {
        mn_civil civil = mn_civil_from_days(days < -1000000 || days > 10000000 ? -1000000 : days);
        if (civil.year < 1 || civil.year > 9999)
            return minos_fail(MINOS_EINVAL, "a date outside of the years 1 to 9999");
        snprintf(date, sizeof date, "%04d-%02d-%02d", (int)civil.year, civil.month, civil.day);
    } else if (us < 0 || us != value->as.integer) {
        return minos_fail(MINOS_EINVAL, "a time of day outside of a day");
    }
    if (has_time)
        snprintf(time, sizeof time, "%02d:%02d:%02d.%06d", (int)(us / 3600000000),
                 (int)(us / 60000000 % 60), (int)(us / 1000000 % 60), (int)(us % 1000000));
    if (value->type == MINOS_TYPE_DATETIME)
        snprintf(text, sizeof text, "%sT%sZ", date, time);
    else
        snprintf(text, sizeof text, "%s%s", date, time);
    put_tag(to,
            value->type == MINOS_TYPE_DATETIME ? "$datetime"
            : has_time                         ? "$time"
                                               : "$date",
            text);
    return MINOS_OK;
}

static void write_uuid(tagger *to, minos_uuid uuid)
{
    char text[MINOS_UUID_TEXT_BYTES + 1];

    minos_uuid_format(uuid, text);
    put_tag(to, "$uuid", text);
}

static void write_timedelta(tagger *to, int64_t microseconds)
{
    char text[64];
    int size = snprintf(text, sizeof text, "{\"$timedelta\": %lld}", (long long)microseconds);
    mn_buffer_put(to->out, text, (size_t)size);
}

/* ---- containers ---- */

typedef struct member {
    const minos_value *value;
    size_t begin, size; /* of its text among those of all */
    const minos_buffer *texts;
} member;

static int member_compare(const void *a, const void *b)
{
    const member *left = a, *right = b;
    return minos_view_compare(minos_view_make(left->texts->data + left->begin, left->size),
                              minos_view_make(right->texts->data + right->begin, right->size));
}

static minos_rc members_order(member *members, const minos_value *set, minos_buffer *texts)
{
    tagger ascii = {.out = texts, .is_ascii = true};

    for (uint32_t i = 0; i < set->size; i++) {
        members[i] = (member){.value = &set->as.items[i], .begin = texts->size, .texts = texts};
        MINOS_TRY(write(&ascii, members[i].value));
        members[i].size = texts->size - members[i].begin;
    }
    MINOS_TRY(mn_buffer_check(texts));
    qsort(members, set->size, sizeof *members, member_compare);
    return MINOS_OK;
}

static minos_rc write_set(tagger *to, const minos_value *set)
{
    member *members = mn_new_array(member, set->size + (size_t)1);
    minos_buffer texts;
    minos_rc rc;

    mn_buffer_init(&texts, to->out->max);
    rc = members_order(members, set, &texts);
    mn_buffer_put_text(to->out, "{\"$set\": [");
    for (uint32_t i = 0; rc == MINOS_OK && i < set->size; i++) {
        if (i != 0)
            mn_buffer_put_text(to->out, ", ");
        rc = write(to, members[i].value);
    }
    mn_buffer_put_text(to->out, "]}");
    mn_buffer_done(&texts);
    free(members);
    return rc;
}

static minos_rc write_list(tagger *to, const minos_value *list)
{
    mn_buffer_put_byte(to->out, '[');
    for (uint32_t i = 0; i < list->size; i++) {
        if (i != 0)
            mn_buffer_put_text(to->out, ", ");
        MINOS_TRY(write(to, &list->as.items[i]));
    }
    mn_buffer_put_byte(to->out, ']');
    return MINOS_OK;
}

static minos_rc write_pairs(tagger *to, const minos_value *map)
{
    mn_buffer_put_byte(to->out, '{');
    for (uint32_t i = 0; i < map->size; i++) {
        if (i != 0)
            mn_buffer_put_text(to->out, ", ");
        MINOS_TRY(write_text(to, map->as.named.pairs[i].key));
        mn_buffer_put_text(to->out, ": ");
        MINOS_TRY(write(to, &map->as.named.pairs[i].value));
    }
    mn_buffer_put_byte(to->out, '}');
    return MINOS_OK;
}

static minos_rc write_map(tagger *to, const minos_value *map)
{
    bool is_record = (map->flags & MINOS_VALUE_RECORD) != 0, is_tagged = is_record;

    for (uint32_t i = 0; i < map->size && !is_record; i++)
        is_tagged |=
            map->as.named.pairs[i].key.size != 0 && map->as.named.pairs[i].key.data[0] == '$';
    if (is_record) {
        mn_buffer_put_text(to->out, "{\"$record\": {\"name\": ");
        MINOS_TRY(write_text(to, minos_view_of(map->as.named.name)));
        mn_buffer_put_text(to->out, ", \"fields\": ");
    } else if (is_tagged) {
        mn_buffer_put_text(to->out, "{\"$map\": ");
    }
    MINOS_TRY(write_pairs(to, map));
    if (is_tagged)
        mn_buffer_put_text(to->out, is_record ? "}}" : "}");
    return MINOS_OK;
}

static minos_rc write(tagger *to, const minos_value *value)
{
    switch ((minos_type)value->type) {
    case MINOS_TYPE_NULL:
        mn_buffer_put_text(to->out, "null");
        return MINOS_OK;
    case MINOS_TYPE_BOOL:
        mn_buffer_put_text(to->out, value->as.boolean ? "true" : "false");
        return MINOS_OK;
    case MINOS_TYPE_INT:
        write_integer(to, value->as.integer);
        return MINOS_OK;
    case MINOS_TYPE_DOUBLE:
        write_double(to, value->as.number);
        return MINOS_OK;
    case MINOS_TYPE_STRING:
        return write_text(to, minos_value_view(value));
    case MINOS_TYPE_BYTES:
        write_bytes(to, minos_value_view(value));
        return MINOS_OK;
    case MINOS_TYPE_UUID:
        write_uuid(to, value->as.uuid);
        return MINOS_OK;
    case MINOS_TYPE_DATETIME:
    case MINOS_TYPE_DATE:
    case MINOS_TYPE_TIME:
        return write_time(to, value);
    case MINOS_TYPE_TIMEDELTA:
        write_timedelta(to, value->as.integer);
        return MINOS_OK;
    case MINOS_TYPE_LIST:
        return (value->flags & MINOS_VALUE_SET) != 0 ? write_set(to, value) : write_list(to, value);
    case MINOS_TYPE_MAP:
        return write_map(to, value);
    }
    return minos_fail(MINOS_EINVAL, "a value of no known type: %d", value->type);
}

minos_rc mn_tagged_write(const minos_value *value, minos_buffer *out)
{
    minos_value null = minos_value_null();
    tagger to = {.out = out};

    MINOS_TRY(write(&to, value == NULL ? &null : value));
    return mn_buffer_check(out);
}
