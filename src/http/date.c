/*
 * The Date field: see date.h.
 */
#include "http/date.h"

#include <stdio.h>

#define SECONDS_A_DAY 86400

/* Civil date of a day since 1970, by Howard Hinnant's days_from_civil turned round. */
static void civil(int64_t days, int *ret_year, int *ret_month, int *ret_day)
{
    int64_t era, year_of_era, day_of_year, shifted;
    uint64_t day_of_era;

    days += 719468;
    era = (days >= 0 ? days : days - 146096) / 146097;
    day_of_era = (uint64_t)(days - era * 146097);
    year_of_era = (int64_t)((day_of_era - day_of_era / 1460 + day_of_era / 36524 -
                             day_of_era / 146096) / 365);
    day_of_year = (int64_t)day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    shifted = (5 * day_of_year + 2) / 153;
    *ret_day = (int)(day_of_year - (153 * shifted + 2) / 5 + 1);
    *ret_month = (int)(shifted < 10 ? shifted + 3 : shifted - 9);
    *ret_year = (int)(year_of_era + era * 400 + (*ret_month <= 2));
}

minos_view mn_http_date_line(mn_http_date *date, minos_timestamp at)
{
    static const char days[][4] = {"Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"};
    static const char months[][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    int64_t second = at < 0 ? 0 : at / 1000000;

    if (date->text[0] == '\0' || date->second != second) {
        int year, month, day, left = (int)(second % SECONDS_A_DAY);
        civil(second / SECONDS_A_DAY, &year, &month, &day);
        snprintf(date->text, sizeof date->text, "Date: %s, %02d %s %04d %02d:%02d:%02d GMT\r\n",
                 days[second / SECONDS_A_DAY % 7], day % 100, months[(month - 1) % 12],
                 year % 10000, left / 3600 % 24, left / 60 % 60, left % 60);
        date->second = second;
    }
    return minos_view_make(date->text, MN_HTTP_DATE_BYTES);
}
