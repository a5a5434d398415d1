/*
 * Cron patterns against a naive reading of their text. An input is a pattern, a newline and up to
 * eight bytes of a moment. Properties: a pattern printed and read again is equal; the next fire
 * lies after the moment, matches, and no second between matches, day by day and second by second.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <minos/cron.h>

#include "base/civil.h"
#include "cron/crontab.h"

#define DAY_SECONDS  INT64_C(86400)
#define DAYS_CHECKED 800

#define ENSURE(condition)                                                                          \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s: \"%s\" after %lld\n", #condition, minos_crontab_pattern(crontab), \
                    (long long)after);                                                             \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

/* The pattern's text, in fields; and which values of a day's time match. */
typedef struct naive {
    char fields[7][MN_CRON_PATTERN_BYTES_MAX + 1];
    bool times[3][60]; /* seconds, minutes, hours */
} naive;

static naive plain;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int value_of(const char *text, size_t size, int field)
{
    static const char names[] = "JANFEBMARAPRMAYJUNJULAUGSEPOCTNOVDEC";
    static const char days[] = "SUNMONTUEWEDTHUFRISAT";
    for (int i = 0; size == 3 && field == MN_CRON_MONTH && i < 12; i++)
        if (strncasecmp(text, names + (size_t)i * 3, 3) == 0)
            return i + 1;
    for (int i = 0; size == 3 && field == MN_CRON_WEEKDAY && i < 7; i++)
        if (strncasecmp(text, days + (size_t)i * 3, 3) == 0)
            return i;
    return atoi(text);
}

/* Whether a value lies in "a", "a-b", "a/s" or "a-b/s"; `high` ends "a/s". */
static bool in_range(const char *item, size_t size, int field, int value, int low, int high)
{
    const char *slash = memchr(item, '/', size);
    const char *end = slash == NULL ? item + size : slash;
    const char *dash = memchr(item, '-', (size_t)(end - item));
    int step = slash == NULL ? 1 : atoi(slash + 1);
    int from, to;

    if (item[0] == '*') {
        from = low;
        to = high;
    } else {
        from = value_of(item, (size_t)((dash == NULL ? end : dash) - item), field);
        to = dash != NULL    ? value_of(dash + 1, (size_t)(end - dash - 1), field)
             : slash != NULL ? high
                             : from;
    }
    if (field != MN_CRON_WEEKDAY)
        return value >= from && value <= to && (value - from) % step == 0;
    if (dash == NULL && slash != NULL)
        from %= 7;
    if (to < from)
        to += 7;
    for (int weekday = from; weekday <= to; weekday += step)
        if (weekday % 7 == value)
            return true;
    return false;
}

static bool day_item(const char *item, size_t size, int field, mn_civil date, int weekday)
{
    int length = mn_civil_month_days(date.year, date.month);
    const char *hash = memchr(item, '#', size);

    if (field == MN_CRON_DAY && (item[0] | 0x20) == 'l')
        return date.day == length - (size > 2 ? atoi(item + 2) : 0);
    if (field == MN_CRON_DAY)
        return in_range(item, size, field, date.day, 1, 31);
    if (hash != NULL)
        return value_of(item, (size_t)(hash - item), field) % 7 == weekday &&
               (date.day - 1) / 7 + 1 == atoi(hash + 1);
    if ((item[0] | 0x20) == 'l')
        return date.day + 7 > length && in_range(item + 1, size - 1, field, weekday, 0, 6);
    if ((item[size - 1] | 0x20) == 'l')
        return date.day + 7 > length && in_range(item, size - 1, field, weekday, 0, 6);
    return in_range(item, size, field, weekday, 0, 6);
}

static bool is_star(const char *item, size_t size)
{
    return item[0] == '?' || (item[0] == '*' && (size == 1 || atoi(item + 2) == 1));
}

/* Whether some item of a field takes a value; *ret_star tells whether one takes all. */
static bool field_has(int field, int64_t value, mn_civil date, int weekday, bool *ret_star)
{
    static const int lows[] = {0, 0, 0, 1, 1, 0, 1970}, highs[] = {59, 59, 23, 31, 12, 6, 2099};
    bool has = false;
    *ret_star = false;
    for (const char *at = plain.fields[field]; at != NULL;) {
        size_t size = strcspn(at, ",");
        char item[MN_CRON_PATTERN_BYTES_MAX + 1];
        memcpy(item, at, size);
        item[size] = '\0';
        if (is_star(item, size))
            *ret_star = true;
        else if (field == MN_CRON_DAY || field == MN_CRON_WEEKDAY)
            has = has || day_item(item, size, field, date, weekday);
        else
            has = has || in_range(item, size, field, (int)value, lows[field], highs[field]);
        at = at[size] == ',' ? at + size + 1 : NULL;
    }
    return has || *ret_star;
}

static bool day_matches(int64_t day)
{
    mn_civil date = mn_civil_from_days(day);
    int weekday = mn_civil_weekday(day);
    bool star, day_star, weekday_star;
    bool in_year = field_has(MN_CRON_YEAR, date.year, date, weekday, &star);
    bool in_month = field_has(MN_CRON_MONTH, date.month, date, weekday, &star);
    bool in_day = field_has(MN_CRON_DAY, 0, date, weekday, &day_star);
    bool in_weekday = field_has(MN_CRON_WEEKDAY, 0, date, weekday, &weekday_star);
    bool either = day_star || weekday_star ? in_day && in_weekday : in_day || in_weekday;
    return in_year && in_month && either;
}

static bool time_matches(int64_t of_day)
{
    return plain.times[0][of_day % 60] && plain.times[1][of_day / 60 % 60] &&
           plain.times[2][of_day / 3600];
}

static void read_plain(const char *pattern)
{
    static const char *const expansions[][2] = {
        {"@yearly", "0 0 1 1 *"}, {"@annually", "0 0 1 1 *"}, {"@monthly", "0 0 1 * *"},
        {"@weekly", "0 0 * * 0"}, {"@daily", "0 0 * * *"},    {"@midnight", "0 0 * * *"},
        {"@hourly", "0 * * * *"}};
    char fields[7][MN_CRON_PATTERN_BYTES_MAX + 1] = {{0}};
    const mn_civil no_date = {2000, 1, 1};
    bool star;
    int count = 0, first;

    for (size_t i = 0; i < sizeof expansions / sizeof expansions[0]; i++)
        if (strcasecmp(pattern, expansions[i][0]) == 0)
            pattern = expansions[i][1];
    for (const char *at = pattern; *at != '\0' && count < 7; count++) {
        size_t size = strcspn(at, " \t");
        memcpy(fields[count], at, size);
        at += size;
        at += strspn(at, " \t");
    }
    first = count == 5 ? 1 : 0;
    strcpy(plain.fields[0], "0");
    strcpy(plain.fields[6], "*");
    for (int i = 0; i < count; i++)
        strcpy(plain.fields[first + i], fields[i]);
    for (int i = 0; i < 3; i++)
        for (int value = 0; value < (i == 2 ? 24 : 60); value++)
            plain.times[i][value] = field_has(i, value, no_date, 0, &star);
}

static void check_next(const minos_crontab *crontab, int64_t after)
{
    int64_t last = INT64_MAX, first = mn_floor_div(after, 1000000) + 1;
    int64_t first_day = mn_floor_div(first, DAY_SECONDS);
    minos_timestamp at;
    minos_rc rc = minos_crontab_next(crontab, after, &at);

    ENSURE(rc == MINOS_OK || rc == MINOS_ENOTFOUND);
    if (rc == MINOS_OK) {
        ENSURE(at > after && at % 1000000 == 0);
        last = at / 1000000 - (at % 1000000 < 0);
        ENSURE(day_matches(mn_floor_div(last, DAY_SECONDS)));
        ENSURE(time_matches(last - mn_floor_div(last, DAY_SECONDS) * DAY_SECONDS));
    } else if (crontab->year_any) {
        return; /* the calendar's end */
    }
    for (int64_t day = first_day; day <= first_day + DAYS_CHECKED; day++) {
        int64_t second = day * DAY_SECONDS > first ? day * DAY_SECONDS : first;
        if (second >= last)
            break;
        if (!day_matches(day))
            continue;
        for (; second < (day + 1) * DAY_SECONDS && second < last; second++)
            ENSURE(!time_matches(second - day * DAY_SECONDS));
        ENSURE(second == last || day == first_day);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    MINOS_AUTO(minos_crontab) *crontab = NULL;
    MINOS_AUTO(minos_crontab) *again = NULL;
    const uint8_t *newline = size == 0 ? NULL : memchr(data, '\n', size);
    size_t length = newline == NULL ? size : (size_t)(newline - data);
    uint64_t moment = 0;
    int64_t after;
    char *pattern = malloc(length + 1);

    if (pattern == NULL)
        return 0;
    if (length != 0)
        memcpy(pattern, data, length);
    pattern[length] = '\0';
    for (size_t i = length + 1; i < size && i < length + 9; i++)
        moment = moment << 8 | data[i];
    /* Years 1600 to 2400, where the calendar has all its kinds of years. */
    after = (int64_t)(moment % UINT64_C(25245561600000000)) - INT64_C(11676096000000000);

    if (minos_crontab_new(pattern, &crontab) == MINOS_OK) {
        ENSURE(minos_crontab_new(minos_crontab_pattern(crontab), &again) == MINOS_OK);
        ENSURE(minos_crontab_equal(crontab, again));
        ENSURE(minos_crontab_hash(crontab) == minos_crontab_hash(again));
        if (!crontab->reboot) {
            read_plain(minos_crontab_pattern(crontab));
            check_next(crontab, after);
        }
    }
    free(pattern);
    return 0;
}
