/*
 * Times as text: see rfc3339.h.
 */
#include "codec/rfc3339.h"

#include "base/civil.h"

#define SECOND_US INT64_C(1000000)

typedef struct reader {
    const char *at;
    const char *end;
} reader;

static bool read_digits(reader *in, int count, int *ret_number)
{
    int number = 0;
    if (in->end - in->at < count)
        return false;
    for (int i = 0; i < count; i++) {
        unsigned digit = (unsigned char)in->at[i] - (unsigned)'0';
        if (digit > 9)
            return false;
        number = number * 10 + (int)digit;
    }
    in->at += count;
    *ret_number = number;
    return true;
}

static bool read_byte(reader *in, char byte)
{
    if (in->at == in->end || *in->at != byte)
        return false;
    in->at++;
    return true;
}

static bool read_date(reader *in, int64_t *ret_days)
{
    int year, month, day;
    if (!read_digits(in, 4, &year) || !read_byte(in, '-') || !read_digits(in, 2, &month) ||
        !read_byte(in, '-') || !read_digits(in, 2, &day))
        return false;
    if (month < 1 || month > 12 || day < 1 || day > mn_civil_month_days(year, month))
        return false;
    *ret_days = mn_civil_to_days((mn_civil){.year = year, .month = month, .day = day});
    return true;
}

static bool read_fraction(reader *in, int64_t *ret_us)
{
    int64_t us = 0, unit = SECOND_US / 10;
    int count = 0;
    for (; in->at != in->end && *in->at >= '0' && *in->at <= '9'; in->at++, count++) {
        us += (*in->at - '0') * unit;
        unit /= 10;
    }
    *ret_us = us;
    return count >= 1 && count <= 9;
}

/* Second 60 is allowed where the caller then checks that it is a leap second's place. */
static bool read_time(reader *in, bool *ret_is_leap, int64_t *ret_us)
{
    int hour, minute, second;
    int64_t fraction = 0;
    if (!read_digits(in, 2, &hour) || !read_byte(in, ':') || !read_digits(in, 2, &minute) ||
        !read_byte(in, ':') || !read_digits(in, 2, &second))
        return false;
    if (hour > 23 || minute > 59 || second > 60)
        return false;
    if (read_byte(in, '.') && !read_fraction(in, &fraction))
        return false;
    *ret_is_leap = second == 60;
    *ret_us = ((hour * 60 + minute) * INT64_C(60) + second) * SECOND_US + fraction;
    return true;
}

static bool read_offset(reader *in, int64_t *ret_us)
{
    int hour, minute;
    bool west;
    if (read_byte(in, 'Z') || read_byte(in, 'z')) {
        *ret_us = 0;
        return true;
    }
    west = read_byte(in, '-');
    if (!west && !read_byte(in, '+'))
        return false;
    if (!read_digits(in, 2, &hour) || !read_byte(in, ':') || !read_digits(in, 2, &minute) ||
        hour > 23 || minute > 59)
        return false;
    *ret_us = (hour * 60 + minute) * (west ? -60 : 60) * SECOND_US;
    return true;
}

bool mn_rfc3339_read(minos_view text, minos_timestamp *ret_at)
{
    reader in = {text.data, text.data + text.size};
    int64_t days, of_day, offset, at;
    bool is_leap;

    if (text.size == 0 || !read_date(&in, &days))
        return false;
    if (!read_byte(&in, 'T') && !read_byte(&in, 't'))
        return false;
    if (!read_time(&in, &is_leap, &of_day) || !read_offset(&in, &offset) || in.at != in.end)
        return false;
    at = days * MN_DAY_US + of_day - offset;
    if (is_leap) {
        at = mn_floor_div(at, SECOND_US) * SECOND_US; /* the whole second after it */
        if (mn_floor_div(at, MN_DAY_US) * MN_DAY_US != at)
            return false; /* leap seconds end a day of UTC */
    }
    *ret_at = at;
    return true;
}

bool mn_rfc3339_read_date(minos_view text, int64_t *ret_days)
{
    reader in = {text.data, text.data + text.size};
    int64_t days;
    if (text.size == 0 || !read_date(&in, &days) || in.at != in.end)
        return false;
    *ret_days = days;
    return true;
}

bool mn_rfc3339_read_time(minos_view text, int64_t *ret_us)
{
    reader in = {text.data, text.data + text.size};
    bool is_leap;
    int64_t us;
    if (text.size == 0 || !read_time(&in, &is_leap, &us) || is_leap || in.at != in.end)
        return false;
    *ret_us = us;
    return true;
}

/* ---- write ---- */

static char *put_digits(char *at, int count, int64_t number)
{
    for (int i = count - 1; i >= 0; i--, number /= 10)
        at[i] = (char)('0' + number % 10);
    return at + count;
}

static char *put_date(char *at, mn_civil date)
{
    at = put_digits(at, 4, date.year);
    *at++ = '-';
    at = put_digits(at, 2, date.month);
    *at++ = '-';
    return put_digits(at, 2, date.day);
}

static char *put_time(char *at, int64_t us)
{
    int64_t seconds = us / SECOND_US;
    at = put_digits(at, 2, seconds / 3600);
    *at++ = ':';
    at = put_digits(at, 2, seconds / 60 % 60);
    *at++ = ':';
    at = put_digits(at, 2, seconds % 60);
    if (us % SECOND_US != 0) {
        *at++ = '.';
        at = put_digits(at, 6, us % SECOND_US);
    }
    return at;
}

static size_t end_text(const char *text, char *at)
{
    *at = '\0';
    return (size_t)(at - text);
}

size_t mn_rfc3339_write(minos_timestamp at, char text[MN_RFC3339_BYTES_MAX])
{
    int64_t days = mn_floor_div(at, MN_DAY_US);
    mn_civil date = mn_civil_from_days(days);
    char *to = text;

    if (date.year < 0 || date.year > 9999)
        return 0;
    to = put_date(to, date);
    *to++ = 'T';
    to = put_time(to, at - days * MN_DAY_US);
    *to++ = 'Z';
    return end_text(text, to);
}

size_t mn_rfc3339_write_date(int64_t days, char text[MN_RFC3339_BYTES_MAX])
{
    mn_civil date;
    if (days < -800000 || days > 3000000)
        return 0; /* far outside of the years that can be written; the calendar could overflow */
    date = mn_civil_from_days(days);
    if (date.year < 0 || date.year > 9999)
        return 0;
    return end_text(text, put_date(text, date));
}

size_t mn_rfc3339_write_time(int64_t us, char text[MN_RFC3339_BYTES_MAX])
{
    if (us < 0 || us >= MN_DAY_US)
        return 0;
    return end_text(text, put_time(text, us));
}
