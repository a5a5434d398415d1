/*
 * The civil calendar: days since 1970-01-01 to and from year, month, day (proleptic Gregorian), by
 * Howard Hinnant's algorithms. The year begins in March, so that the leap day is its last.
 */
#ifndef MN_BASE_CIVIL_H
#define MN_BASE_CIVIL_H

#include <stdbool.h>
#include <stdint.h>

#define MN_DAY_US INT64_C(86400000000)

typedef struct mn_civil {
    int64_t year;
    int month; /* 1..12 */
    int day;   /* 1..31 */
} mn_civil;

static inline mn_civil mn_civil_from_days(int64_t days)
{
    int64_t shifted = days + 719468;
    int64_t era = (shifted >= 0 ? shifted : shifted - 146096) / 146097;
    int64_t of_era = shifted - era * 146097;
    int64_t year_of_era = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t march = (5 * of_year + 2) / 153;
    mn_civil date;
    date.day = (int)(of_year - (153 * march + 2) / 5 + 1);
    date.month = (int)(march < 10 ? march + 3 : march - 9);
    date.year = year_of_era + era * 400 + (date.month <= 2);
    return date;
}

static inline int64_t mn_civil_to_days(mn_civil date)
{
    int64_t year = date.year - (date.month <= 2);
    int64_t era = (year >= 0 ? year : year - 399) / 400;
    int64_t year_of_era = year - era * 400;
    int64_t march = date.month > 2 ? date.month - 3 : date.month + 9;
    int64_t of_year = (153 * march + 2) / 5 + date.day - 1;
    return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + of_year -
           719468;
}

static inline bool mn_civil_is_leap(int64_t year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static inline int mn_civil_month_days(int64_t year, int month)
{
    static const uint8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return month == 2 && mn_civil_is_leap(year) ? 29 : days[month - 1];
}

/* Give the weekday of a day, 0 is Sunday. */
static inline int mn_civil_weekday(int64_t days)
{
    int64_t weekday = (days + 4) % 7;
    return (int)(weekday < 0 ? weekday + 7 : weekday);
}

/* Divide towards the past: the day of a moment before 1970 is the one that it lies in. */
static inline int64_t mn_floor_div(int64_t number, int64_t by)
{
    return number / by - (number % by < 0);
}

#endif
