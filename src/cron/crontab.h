/*
 * A cron pattern as bit sets: what the parser makes and the search reads.
 *
 * Invariant: a pattern fires on a day when its year and month are in their sets and the day is in
 * the union of the day sets (either day field suffices, POSIX cron); at every hour, minute and
 * second of their sets. No set of hours, minutes or seconds is empty, and at least one day exists.
 */
#ifndef MN_CRON_CRONTAB_H
#define MN_CRON_CRONTAB_H

#include <minos/cron.h>
#include <minos/view.h>

#include "base/civil.h"

#define MN_CRON_PATTERN_BYTES_MAX 1024 /* a list of every year is 649 */
#define MN_CRON_YEAR_MIN          1970 /* of the year field, as in the original */
#define MN_CRON_YEAR_MAX          2099
#define MN_CRON_CALENDAR_YEAR_MAX 9999 /* of fires: RFC 3339 writes four digits */

typedef enum mn_cron_field {
    MN_CRON_SECOND,
    MN_CRON_MINUTE,
    MN_CRON_HOUR,
    MN_CRON_DAY,
    MN_CRON_MONTH,
    MN_CRON_WEEKDAY,
    MN_CRON_YEAR,
    MN_CRON_FIELDS
} mn_cron_field;

#define MN_CRON_YEAR_WORDS 3 /* of 64 bits, for 130 years */
#define MN_CRON_NTH_LAST   6 /* bit of the last weekday of a month, beside 1..5 */

struct minos_crontab {
    char *pattern;                    /* owned; as given, without blanks around it */
    minos_view texts[MN_CRON_FIELDS]; /* the fields as written, in `pattern`; empty: not given */
    bool reboot;                      /* @reboot: once, at once; all sets are empty */
    bool day_any;                     /* neither day field restricts */
    bool year_any;
    uint64_t seconds;                   /* bit n: second n */
    uint64_t minutes;                   /* bit n: minute n */
    uint32_t hours;                     /* bit n: hour n */
    uint32_t months;                    /* bits 1..12 */
    uint32_t days;                      /* bits 1..31; 0 when the field does not restrict */
    uint32_t days_back;                 /* bit n: n days before the month's last */
    uint8_t weekdays;                   /* bit 0: Sunday; 0 when the field does not restrict */
    uint8_t nth[7];                     /* per weekday, bits 1..5: nth of the month, bit 6: last */
    uint64_t years[MN_CRON_YEAR_WORDS]; /* bit n: year 1970 + n */
};

/* Fill a zeroed crontab from its pattern; EPARSE names field, text and reason. */
minos_rc mn_crontab_parse(minos_crontab *crontab);
/* Name a field as messages do. */
const char *mn_cron_field_name(mn_cron_field field);

/* Give the days of a month that fire, bits 1..31, whatever the sets of months and years say. */
uint32_t mn_crontab_days(const minos_crontab *crontab, int64_t year, int month);
/* Find the first fire at `second` (since 1970) or later; false when there is none. */
bool mn_crontab_find(const minos_crontab *crontab, int64_t second, int64_t *ret_second);

#endif
