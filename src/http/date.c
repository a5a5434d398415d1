/*
 * The Date field: see date.h.
 */
#include "http/date.h"

#include <stdio.h>

#include "base/civil.h"

#define SECONDS_A_DAY 86400

minos_view mn_http_date_line(mn_http_date *date, minos_timestamp at)
{
    static const char days[][4] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static const char months[][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    int64_t second = at < 0 ? 0 : at / 1000000;

    if (date->text[0] == '\0' || date->second != second) {
        int64_t day = second / SECONDS_A_DAY;
        unsigned left = (unsigned)(second % SECONDS_A_DAY);
        mn_civil civil = mn_civil_from_days(day);
        snprintf(date->text, sizeof date->text, "Date: %s, %02u %s %04u %02u:%02u:%02u GMT\r\n",
                 days[mn_civil_weekday(day)], (unsigned)civil.day % 100, months[civil.month - 1],
                 (unsigned)civil.year % 10000, left / 3600 % 24, left / 60 % 60, left % 60);
        date->second = second;
    }
    return minos_view_make(date->text, MN_HTTP_DATE_BYTES);
}
