/*
 * Scalars: see scalar.h.
 */
#include "config/scalar.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NUMBER_BYTES_MAX 64

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static int digit_value(char c)
{
    if (is_digit(c))
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return 99;
}

/* Read digits of a base into a magnitude of at most `max`; they must be all of the text. */
static bool read_digits(const char *at, const char *end, int base, uint64_t max, uint64_t *ret)
{
    uint64_t magnitude = 0;
    if (at == end)
        return false;
    for (; at < end; at++) {
        uint64_t digit = (uint64_t)digit_value(*at);
        if (digit >= (uint64_t)base || magnitude > (max - digit) / (uint64_t)base)
            return false;
        magnitude = magnitude * (uint64_t)base + digit;
    }
    *ret = magnitude;
    return true;
}

bool mn_scalar_int(minos_view text, int64_t *ret_integer)
{
    const char *at = text.data;
    const char *end = at + text.size;
    uint64_t magnitude;
    bool negative;

    if (text.size > 2 && at[0] == '0' && (at[1] == 'x' || at[1] == 'o')) {
        if (!read_digits(at + 2, end, at[1] == 'x' ? 16 : 8, INT64_MAX, &magnitude))
            return false;
        *ret_integer = (int64_t)magnitude;
        return true;
    }
    negative = text.size > 0 && at[0] == '-';
    if (negative || (text.size > 0 && at[0] == '+'))
        at++;
    if (!read_digits(at, end, 10, (uint64_t)INT64_MAX + negative, &magnitude))
        return false;
    *ret_integer = negative ? (int64_t)(0 - magnitude) : (int64_t)magnitude;
    return true;
}

/* [-+]? ( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )? */
bool mn_scalar_double(minos_view text, double *ret_number)
{
    char copy[NUMBER_BYTES_MAX];
    const char *at = copy;
    size_t digits = 0;

    if (text.size == 0 || text.size >= sizeof copy)
        return false;
    memcpy(copy, text.data, text.size);
    copy[text.size] = '\0';
    at += *at == '-' || *at == '+';
    for (; is_digit(*at); at++)
        digits++;
    if (*at == '.')
        for (at++; is_digit(*at); at++)
            digits++;
    if (digits == 0)
        return false;
    if (*at == 'e' || *at == 'E') {
        at++;
        at += *at == '-' || *at == '+';
        if (!is_digit(*at))
            return false;
        while (is_digit(*at))
            at++;
    }
    if (at != copy + text.size)
        return false;
    *ret_number = strtod(copy, NULL); /* the point is that of the C locale: we never set another */
    return true;
}

typedef struct unit {
    const char *name;
    int64_t size;
} unit;

/* Largest first; a row without name is what no unit means. */
static const unit time_units[] = {
    {"d", 24 * MINOS_H}, {"h", MINOS_H},   {"min", MINOS_MIN}, {"s", MINOS_S},
    {"ms", MINOS_MS},    {"us", MINOS_US}, {"", MINOS_S},      {NULL, 0},
};
static const unit byte_units[] = {
    {"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}, {"B", 1}, {"", 1}, {NULL, 0},
};

#define FRACTION_DIGITS_MAX 9

static int64_t common_divisor(int64_t a, int64_t b)
{
    while (b != 0) {
        int64_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

/* Add the fraction of a unit that the digits behind the point say, when it comes out whole. */
static mn_unit_rc add_fraction(minos_view digits, int64_t unit_size, int64_t *amount)
{
    int64_t parts = 0;
    int64_t whole = 1;
    int64_t divisor;

    if (digits.size > FRACTION_DIGITS_MAX)
        return MN_UNIT_TOO_FINE;
    for (size_t i = 0; i < digits.size; i++) {
        parts = parts * 10 + (digits.data[i] - '0');
        whole *= 10;
    }
    divisor = common_divisor(unit_size, whole);
    if (parts % (whole / divisor) != 0)
        return MN_UNIT_TOO_FINE;
    if (__builtin_add_overflow(*amount, parts / (whole / divisor) * (unit_size / divisor), amount))
        return MN_UNIT_TOO_LARGE;
    return MN_UNIT_OK;
}

/* Read a decimal number and a unit exactly: 0.1 s is 100,000,000 ns, not a double near it. */
static mn_unit_rc read_unit(minos_view text, const unit *units, int64_t *ret_amount)
{
    const char *at = text.data;
    const char *end = at + text.size;
    minos_view fraction = minos_view_make(at, 0);
    minos_view name;
    int64_t amount = 0;
    mn_unit_rc rc;

    for (; at < end && is_digit(*at); at++)
        if (__builtin_mul_overflow(amount, 10, &amount) ||
            __builtin_add_overflow(amount, *at - '0', &amount))
            return MN_UNIT_TOO_LARGE;
    if (at == text.data)
        return MN_UNIT_NO_NUMBER;
    if (at < end && *at == '.') {
        fraction.data = ++at;
        while (at < end && is_digit(*at))
            at++;
        fraction.size = (size_t)(at - fraction.data);
    }
    if (at + 1 < end && *at == ' ')
        at++;
    name = minos_view_make(at, (size_t)(end - at));
    while (units->name != NULL && !minos_view_is(name, units->name))
        units++;
    if (units->name == NULL)
        return MN_UNIT_UNKNOWN;
    if (__builtin_mul_overflow(amount, units->size, &amount))
        return MN_UNIT_TOO_LARGE;
    rc = add_fraction(fraction, units->size, &amount);
    if (rc == MN_UNIT_OK)
        *ret_amount = amount;
    return rc;
}

mn_unit_rc mn_scalar_duration(minos_view text, minos_duration *ret_duration)
{
    minos_duration duration;
    mn_unit_rc rc = read_unit(text, time_units, &duration);

    if (rc == MN_UNIT_OK && duration % MINOS_US != 0)
        rc = MN_UNIT_TOO_FINE;
    if (rc == MN_UNIT_OK)
        *ret_duration = duration;
    return rc;
}

mn_unit_rc mn_scalar_bytes(minos_view text, int64_t *ret_bytes)
{
    return read_unit(text, byte_units, ret_bytes);
}

/* The last unit but the nameless one divides every amount that we keep. */
static void write_unit(int64_t amount, const unit *units, const char *zero, char *text)
{
    while (units[1].name[0] != '\0' && amount % units->size != 0)
        units++;
    if (amount == 0)
        snprintf(text, MN_UNIT_TEXT_BYTES, "0 %s", zero);
    else
        snprintf(text, MN_UNIT_TEXT_BYTES, "%" PRId64 " %s", amount / units->size, units->name);
}

void mn_scalar_duration_text(minos_duration duration, char text[MN_UNIT_TEXT_BYTES])
{
    write_unit(duration, time_units, "s", text);
}

void mn_scalar_bytes_text(int64_t bytes, char text[MN_UNIT_TEXT_BYTES])
{
    write_unit(bytes, byte_units, "B", text);
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Optimal string alignment: three rows of the table of distances between prefixes. */
size_t mn_word_distance(minos_view a, minos_view b)
{
    size_t rows[3][MN_WORD_BYTES_MAX + 1];
    size_t *before = rows[0];
    size_t *last = rows[1];
    size_t *now = rows[2];

    if (a.size > MN_WORD_BYTES_MAX || b.size > MN_WORD_BYTES_MAX)
        return SIZE_MAX;
    for (size_t j = 0; j <= b.size; j++)
        last[j] = j;
    for (size_t i = 1; i <= a.size; i++) {
        size_t *spare = before;
        now[0] = i;
        for (size_t j = 1; j <= b.size; j++) {
            char x = lower(a.data[i - 1]);
            char y = lower(b.data[j - 1]);
            now[j] = least(least(last[j], now[j - 1]) + 1, last[j - 1] + (x != y));
            if (i > 1 && j > 1 && x == lower(b.data[j - 2]) && y == lower(a.data[i - 2]))
                now[j] = least(now[j], before[j - 2] + 1);
        }
        before = last;
        last = now;
        now = spare;
    }
    return last[b.size];
}

bool mn_word_near(size_t distance, size_t size)
{
    return distance <= (size <= 4 ? 1 : size <= 8 ? 2 : 3) && distance < size;
}
