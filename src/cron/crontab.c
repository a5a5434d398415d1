/*
 * Cron patterns: life, search, and comparison by meaning. The search jumps by field over bit sets:
 * time of day, then days of a month at once, then months, then years; it never counts seconds.
 */
#include <stdlib.h>

#include "base/alloc.h"
#include "cron/crontab.h"

#define SECOND_US   INT64_C(1000000)
#define DAY_SECONDS INT64_C(86400)
#define EVERY_WEEK  UINT32_C(0x3e) /* first to fifth */

/* 28 years of which every kind of year (leap or not, by first weekday) is one. */
#define SAMPLE_YEAR_MIN 2000
#define SAMPLE_YEAR_MAX 2027

static minos_rc check_text(const char *pattern, minos_view *ret_text);
static minos_rc check_fires(const minos_crontab *crontab);
static bool find_time(const minos_crontab *crontab, int of_day, int *ret_of_day);
static bool find_day(const minos_crontab *crontab, mn_civil from, mn_civil *ret_date);
static bool find_year(const minos_crontab *crontab, int64_t from, int64_t *ret_year);
static uint64_t mix(uint64_t hash, uint64_t word);
static int64_t sample_first(const minos_crontab *crontab);
static int64_t sample_last(const minos_crontab *crontab);
static uint32_t days_that_fire(const minos_crontab *crontab, int64_t year, int month);

minos_rc minos_crontab_new(const char *pattern, minos_crontab **ret_crontab)
{
    MINOS_AUTO(minos_crontab) *crontab = mn_new(minos_crontab);
    minos_view text = MINOS_VIEW("");

    if (pattern == NULL)
        return minos_fail(MINOS_EINVAL, "pattern is NULL");
    MINOS_TRY(check_text(pattern, &text));
    crontab->pattern = mn_alloc(text.size + 1);
    memcpy(crontab->pattern, text.data, text.size);
    MINOS_TRY(mn_crontab_parse(crontab));
    if (!crontab->reboot)
        MINOS_TRY(check_fires(crontab));
    *ret_crontab = mn_take(&crontab);
    return MINOS_OK;
}

/* Bound the length, refuse what no message should carry, and cut the blanks around. */
static minos_rc check_text(const char *pattern, minos_view *ret_text)
{
    size_t size = strnlen(pattern, MN_CRON_PATTERN_BYTES_MAX + 1);

    if (size > MN_CRON_PATTERN_BYTES_MAX)
        return minos_fail(MINOS_EPARSE, "cron pattern \"%.20s…\" is longer than %d bytes", pattern,
                          MN_CRON_PATTERN_BYTES_MAX);
    for (size_t i = 0; i < size; i++) {
        unsigned char byte = (unsigned char)pattern[i];
        if (byte != '\t' && (byte < 0x20 || byte > 0x7e))
            return minos_fail(MINOS_EPARSE,
                              "cron pattern: byte 0x%02x at offset %zu is no printable ASCII", byte,
                              i);
    }
    while (size != 0 && (*pattern == ' ' || *pattern == '\t'))
        pattern++, size--;
    while (size != 0 && (pattern[size - 1] == ' ' || pattern[size - 1] == '\t'))
        size--;
    *ret_text = minos_view_make(pattern, size);
    return MINOS_OK;
}

/* Refuse a pattern without any fire, and say which field has no such day. */
static minos_rc check_fires(const minos_crontab *crontab)
{
    const minos_view *texts = crontab->texts;
    bool by_day = crontab->days != 0 || crontab->days_back != 0;
    mn_cron_field field = by_day ? MN_CRON_DAY : MN_CRON_WEEKDAY;
    const mn_civil begin = {sample_first(crontab), 1, 1};
    mn_civil date;

    if (find_day(crontab, begin, &date))
        return MINOS_OK;
    return minos_fail(
        MINOS_EPARSE,
        "cron pattern \"%s\" never fires: %s \"%.*s\": no such day in month \"%.*s\"%s%.*s%s",
        crontab->pattern, mn_cron_field_name(field), (int)texts[field].size, texts[field].data,
        (int)texts[MN_CRON_MONTH].size, texts[MN_CRON_MONTH].data,
        crontab->year_any ? "" : " of year \"", (int)texts[MN_CRON_YEAR].size,
        crontab->year_any ? "" : texts[MN_CRON_YEAR].data, crontab->year_any ? "" : "\"");
}

void minos_crontab_free(minos_crontab *crontab)
{
    if (crontab == NULL)
        return;
    free(crontab->pattern);
    free(crontab);
}

const char *minos_crontab_pattern(const minos_crontab *crontab)
{
    return crontab->pattern;
}

int64_t minos_crontab_repetitions(const minos_crontab *crontab)
{
    return crontab->reboot ? 1 : MINOS_REPETITIONS_INFINITE;
}

minos_rc minos_crontab_next(const minos_crontab *crontab, minos_timestamp after,
                            minos_timestamp *ret_at)
{
    const minos_view *year = &crontab->texts[MN_CRON_YEAR];
    int64_t second;

    if (crontab->reboot)
        return minos_fail(MINOS_ENOTFOUND, "cron pattern \"%s\" fires at the start only",
                          crontab->pattern);
    if (MINOS_LIKELY(mn_crontab_find(crontab, mn_floor_div(after, SECOND_US) + 1, &second))) {
        *ret_at = second * SECOND_US;
        return MINOS_OK;
    }
    if (crontab->year_any)
        return minos_fail(MINOS_ENOTFOUND, "cron pattern \"%s\" never fires again: years end at %d",
                          crontab->pattern, MN_CRON_CALENDAR_YEAR_MAX);
    return minos_fail(
        MINOS_ENOTFOUND,
        "cron pattern \"%s\" never fires again: year \"%.*s\": all its fires are past",
        crontab->pattern, (int)year->size, year->data);
}

minos_rc minos_crontab_delay_until_next(const minos_crontab *crontab, minos_timestamp now,
                                        minos_duration *ret_delay)
{
    minos_timestamp at;
    minos_duration delay;

    if (crontab->reboot) {
        *ret_delay = 0;
        return MINOS_OK;
    }
    MINOS_TRY(minos_crontab_next(crontab, now, &at));
    if (__builtin_sub_overflow(at, now, &delay) || __builtin_mul_overflow(delay, MINOS_US, &delay))
        delay = INT64_MAX;
    *ret_delay = delay;
    return MINOS_OK;
}

bool mn_crontab_find(const minos_crontab *crontab, int64_t second, int64_t *ret_second)
{
    int64_t first = mn_civil_to_days((mn_civil){0, 1, 1}) * DAY_SECONDS;
    int64_t day;
    int of_day;
    mn_civil date, found;

    if (second < first)
        second = first;
    day = mn_floor_div(second, DAY_SECONDS);
    date = mn_civil_from_days(day);
    if (!find_day(crontab, date, &found))
        return false;
    if (found.day == date.day && found.month == date.month && found.year == date.year) {
        if (find_time(crontab, (int)(second - day * DAY_SECONDS), &of_day)) {
            *ret_second = day * DAY_SECONDS + of_day;
            return true;
        }
        if (!find_day(crontab, mn_civil_from_days(day + 1), &found))
            return false;
    }
    if (!find_time(crontab, 0, &of_day))
        return false;
    *ret_second = mn_civil_to_days(found) * DAY_SECONDS + of_day;
    return true;
}

/* Find the first time of day at or after a second of the day. */
static bool find_time(const minos_crontab *crontab, int of_day, int *ret_of_day)
{
    int hour = of_day / 3600, minute = of_day / 60 % 60, second = of_day % 60;
    uint64_t later;

    if (crontab->hours >> hour & 1) {
        if (crontab->minutes >> minute & 1 && (later = crontab->seconds >> second) != 0) {
            *ret_of_day = of_day + __builtin_ctzll(later);
            return true;
        }
        later = crontab->minutes >> (minute + 1);
        if (later != 0) {
            minute += 1 + __builtin_ctzll(later);
            *ret_of_day = hour * 3600 + minute * 60 + __builtin_ctzll(crontab->seconds);
            return true;
        }
    }
    later = crontab->hours >> (hour + 1);
    if (later == 0)
        return false;
    hour += 1 + __builtin_ctzll(later);
    *ret_of_day =
        hour * 3600 + __builtin_ctzll(crontab->minutes) * 60 + __builtin_ctzll(crontab->seconds);
    return true;
}

/* Find the first day at or after a date. */
static bool find_day(const minos_crontab *crontab, mn_civil from, mn_civil *ret_date)
{
    for (int64_t year = from.year; find_year(crontab, year, &year); year++) {
        uint32_t months = crontab->months;
        if (year == from.year)
            months &= ~UINT32_C(0) << from.month;
        for (; months != 0; months &= months - 1) {
            int month = __builtin_ctz(months);
            uint32_t days = mn_crontab_days(crontab, year, month);
            if (year == from.year && month == from.month)
                days &= ~UINT32_C(0) << from.day;
            if (days != 0) {
                ret_date->year = year;
                ret_date->month = month;
                ret_date->day = __builtin_ctz(days);
                return true;
            }
        }
        if (crontab->year_any && year >= from.year + 400) /* the calendar repeats */
            return false;
    }
    return false;
}

/* Find the first year at or after one. */
static bool find_year(const minos_crontab *crontab, int64_t from, int64_t *ret_year)
{
    uint32_t bit = from <= MN_CRON_YEAR_MIN ? 0 : (uint32_t)(from - MN_CRON_YEAR_MIN);

    if (crontab->year_any) {
        *ret_year = from;
        return from <= MN_CRON_CALENDAR_YEAR_MAX;
    }
    for (uint32_t word = bit / 64; word < MN_CRON_YEAR_WORDS; word++) {
        uint64_t years = crontab->years[word];
        if (word == bit / 64)
            years &= ~UINT64_C(0) << (bit % 64);
        if (years != 0) {
            *ret_year = MN_CRON_YEAR_MIN + (int64_t)(word * 64) + __builtin_ctzll(years);
            return true;
        }
    }
    return false;
}

uint32_t mn_crontab_days(const minos_crontab *crontab, int64_t year, int month)
{
    int length = mn_civil_month_days(year, month);
    uint32_t within = (uint32_t)((UINT64_C(2) << length) - 2);
    uint32_t days = crontab->days;
    int first; /* weekday of the 1st */

    if (crontab->day_any)
        return within;
    for (uint32_t back = crontab->days_back; back != 0; back &= back - 1)
        if (__builtin_ctz(back) < length)
            days |= UINT32_C(1) << (length - __builtin_ctz(back));
    first = mn_civil_weekday(mn_civil_to_days((mn_civil){year, month, 1}));
    for (int weekday = 0; weekday < 7; weekday++) {
        int day = 1 + (weekday - first + 7) % 7;
        uint32_t nth = crontab->nth[weekday];
        if (crontab->weekdays >> weekday & 1)
            nth = EVERY_WEEK;
        for (int n = 1; n <= 5; n++)
            if (nth >> n & 1)
                days |= (uint32_t)(UINT64_C(1) << (day + 7 * (n - 1)));
        if (nth >> MN_CRON_NTH_LAST & 1)
            days |= UINT32_C(1) << (day + 28 <= length ? day + 28 : day + 21);
    }
    return days & within;
}

/*
 * Fires are the product of days and times, and no factor is empty; so two patterns are equal when
 * their times are and each month's days are, in every kind of year or in every year listed.
 */
bool minos_crontab_equal(const minos_crontab *a, const minos_crontab *b)
{
    if (a->reboot || b->reboot)
        return a->reboot == b->reboot;
    if (a->seconds != b->seconds || a->minutes != b->minutes || a->hours != b->hours ||
        a->year_any != b->year_any)
        return false;
    for (int64_t year = sample_first(a); year <= sample_last(a); year++)
        for (int month = 1; month <= 12; month++)
            if (days_that_fire(a, year, month) != days_that_fire(b, year, month))
                return false;
    return true;
}

uint64_t minos_crontab_hash(const minos_crontab *crontab)
{
    uint64_t hash;

    if (crontab->reboot)
        return mix(0, 1);
    hash = mix(mix(mix(2, crontab->seconds), crontab->minutes), crontab->hours);
    for (int64_t year = sample_first(crontab); year <= sample_last(crontab); year++)
        for (int month = 1; month <= 12; month++)
            hash = mix(hash, days_that_fire(crontab, year, month));
    return hash;
}

static uint64_t mix(uint64_t hash, uint64_t word)
{
    hash = (hash ^ word) * UINT64_C(0xff51afd7ed558ccd);
    return hash ^ hash >> 32;
}

static int64_t sample_first(const minos_crontab *crontab)
{
    return crontab->year_any ? SAMPLE_YEAR_MIN : MN_CRON_YEAR_MIN;
}

static int64_t sample_last(const minos_crontab *crontab)
{
    return crontab->year_any ? SAMPLE_YEAR_MAX : MN_CRON_YEAR_MAX;
}

static uint32_t days_that_fire(const minos_crontab *crontab, int64_t year, int month)
{
    int64_t found;
    if (!(crontab->months >> month & 1) || !find_year(crontab, year, &found) || found != year)
        return 0;
    return mn_crontab_days(crontab, year, month);
}
