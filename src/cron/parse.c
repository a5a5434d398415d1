/*
 * Reads cron patterns: five fields (POSIX cron), six (seconds first) or seven (year last), with the
 * L, # and ? of Quartz. One row per field holds what differs between them; every error names the
 * field, quotes it and says why.
 */
#include <stdarg.h>
#include <stdio.h>
#include <strings.h>

#include "base/alloc.h"
#include "cron/crontab.h"

typedef struct field_rule {
    const char *name;
    int min;
    int max;
    const char *const *names; /* three letters each, NULL-terminated; NULL: numbers only */
} field_rule;

typedef struct alias {
    const char *name;
    const char *pattern;
} alias;

/* What one field says. */
typedef struct field_set {
    uint64_t words[MN_CRON_YEAR_WORDS]; /* bit n: value n, for years 1970 + n */
    bool star;                          /* some item takes every value */
    uint32_t days_back;
    uint8_t nth[7];
} field_set;

/* The field being read, for messages. */
typedef struct reader {
    const minos_crontab *crontab;
    mn_cron_field field;
    const field_rule *rule;
    minos_view text;
    field_set *set;
} reader;

static const char *const month_names[] = {"JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL",
                                          "AUG", "SEP", "OCT", "NOV", "DEC", NULL};
static const char *const weekday_names[] = {"SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT", NULL};

static const field_rule rules[MN_CRON_FIELDS] = {
    [MN_CRON_SECOND] = {"second", 0, 59, NULL},
    [MN_CRON_MINUTE] = {"minute", 0, 59, NULL},
    [MN_CRON_HOUR] = {"hour", 0, 23, NULL},
    [MN_CRON_DAY] = {"day of month", 1, 31, NULL},
    [MN_CRON_MONTH] = {"month", 1, 12, month_names},
    [MN_CRON_WEEKDAY] = {"weekday", 0, 7, weekday_names}, /* 0 and 7 are Sunday */
    [MN_CRON_YEAR] = {"year", MN_CRON_YEAR_MIN, MN_CRON_YEAR_MAX, NULL},
};

static const alias aliases[] = {
    {"@yearly", "0 0 1 1 *"}, {"@annually", "0 0 1 1 *"}, {"@monthly", "0 0 1 * *"},
    {"@weekly", "0 0 * * 0"}, {"@daily", "0 0 * * *"},    {"@midnight", "0 0 * * *"},
    {"@hourly", "0 * * * *"},
};

static minos_rc parse_alias(minos_crontab *crontab, const char **ret_fields);
static minos_rc split(minos_crontab *crontab, const char *fields);
static minos_rc parse_field(minos_crontab *crontab, mn_cron_field field, field_set *set);
static minos_rc parse_item(const reader *in, minos_view item);
static minos_rc parse_day_back(const reader *in, minos_view item);
static minos_rc parse_weekday_last(const reader *in, minos_view item);
static minos_rc parse_weekday_nth(const reader *in, minos_view item, size_t hash_at);
static minos_rc parse_steps(const reader *in, minos_view item, size_t slash_at);
static minos_rc parse_range(const reader *in, minos_view text, int *ret_first, int *ret_last);
static minos_rc parse_value(const reader *in, minos_view text, int *ret_value);
static bool parse_number(minos_view text, int *ret_number);
static minos_rc refuse(const reader *in, const char *format, ...) MINOS_PRINTF(2, 3);

const char *mn_cron_field_name(mn_cron_field field)
{
    return rules[field].name;
}

minos_rc mn_crontab_parse(minos_crontab *crontab)
{
    const char *fields = crontab->pattern;
    field_set sets[MN_CRON_FIELDS];

    if (fields[0] == '@') {
        MINOS_TRY(parse_alias(crontab, &fields));
        if (crontab->reboot)
            return MINOS_OK;
    }
    MINOS_TRY(split(crontab, fields));
    for (int field = 0; field < MN_CRON_FIELDS; field++)
        MINOS_TRY(parse_field(crontab, (mn_cron_field)field, &sets[field]));

    crontab->seconds = sets[MN_CRON_SECOND].words[0];
    crontab->minutes = sets[MN_CRON_MINUTE].words[0];
    crontab->hours = (uint32_t)sets[MN_CRON_HOUR].words[0];
    crontab->months = (uint32_t)sets[MN_CRON_MONTH].words[0];
    crontab->year_any = sets[MN_CRON_YEAR].star;
    memcpy(crontab->years, sets[MN_CRON_YEAR].words, sizeof crontab->years);
    crontab->day_any = sets[MN_CRON_DAY].star && sets[MN_CRON_WEEKDAY].star;
    if (!sets[MN_CRON_DAY].star) {
        crontab->days = (uint32_t)sets[MN_CRON_DAY].words[0];
        crontab->days_back = sets[MN_CRON_DAY].days_back;
    }
    if (!sets[MN_CRON_WEEKDAY].star) {
        crontab->weekdays = (uint8_t)sets[MN_CRON_WEEKDAY].words[0];
        memcpy(crontab->nth, sets[MN_CRON_WEEKDAY].nth, sizeof crontab->nth);
    }
    return MINOS_OK;
}

/* Give the fields an alias stands for; @reboot has none. */
static minos_rc parse_alias(minos_crontab *crontab, const char **ret_fields)
{
    if (strcasecmp(crontab->pattern, "@reboot") == 0) {
        crontab->reboot = true;
        return MINOS_OK;
    }
    for (size_t i = 0; i < mn_count_of(aliases); i++) {
        if (strcasecmp(crontab->pattern, aliases[i].name) == 0) {
            *ret_fields = aliases[i].pattern;
            return MINOS_OK;
        }
    }
    return minos_fail(MINOS_EPARSE,
                      "cron pattern \"%s\": no such alias; there are @yearly, @annually, @monthly, "
                      "@weekly, @daily, @midnight, @hourly and @reboot",
                      crontab->pattern);
}

/* Find the fields' texts. */
static minos_rc split(minos_crontab *crontab, const char *fields)
{
    minos_view texts[MN_CRON_FIELDS];
    int count = 0;

    for (const char *at = fields; *at != '\0';) {
        size_t size = strcspn(at, " \t");
        if (size != 0 && count++ < MN_CRON_FIELDS)
            texts[count - 1] = minos_view_make(at, size);
        at += size + strspn(at + size, " \t");
    }
    if (count < 5 || count > 7)
        return minos_fail(
            MINOS_EPARSE,
            "cron pattern \"%s\" has %d field%s; it takes 5 (minute, hour, day of month, "
            "month, weekday), 6 (second first) or 7 (second first, year last)",
            crontab->pattern, count, count == 1 ? "" : "s");
    memcpy(&crontab->texts[count == 5 ? MN_CRON_MINUTE : MN_CRON_SECOND], texts,
           sizeof texts[0] * (size_t)count);
    return MINOS_OK;
}

static minos_rc parse_field(minos_crontab *crontab, mn_cron_field field, field_set *set)
{
    reader in = {crontab, field, &rules[field], crontab->texts[field], set};
    minos_view rest = in.text;

    memset(set, 0, sizeof *set);
    if (rest.size == 0) { /* not given: second 0, any year */
        set->words[0] = 1;
        set->star = field == MN_CRON_YEAR;
        return MINOS_OK;
    }
    for (;;) {
        const char *comma = memchr(rest.data, ',', rest.size);
        size_t size = comma == NULL ? rest.size : (size_t)(comma - rest.data);
        MINOS_TRY(parse_item(&in, minos_view_make(rest.data, size)));
        if (comma == NULL)
            return MINOS_OK;
        rest = minos_view_make(comma + 1, rest.size - size - 1);
    }
}

/* Read one item of a list and add what it takes. */
static minos_rc parse_item(const reader *in, minos_view item)
{
    const char *slash = memchr(item.data, '/', item.size);
    const char *hash = memchr(item.data, '#', item.size);
    bool of_day = in->field == MN_CRON_DAY;
    bool of_weekday = in->field == MN_CRON_WEEKDAY;

    if (item.size == 0)
        return refuse(in, "an item of the list is empty");
    if (item.data[0] == '?') {
        if (!of_day && !of_weekday)
            return refuse(in, "? stands in day of month or weekday only");
        if (item.size != 1)
            return refuse(in, "? stands alone");
        in->set->star = true;
        return MINOS_OK;
    }
    if (of_day && (item.data[item.size - 1] | 0x20) == 'w')
        return refuse(in, "W, the nearest working day, is not supported");
    if (of_day && (item.data[0] | 0x20) == 'l')
        return parse_day_back(in, item);
    if (hash != NULL)
        return parse_weekday_nth(in, item, (size_t)(hash - item.data));
    if (of_weekday && ((item.data[0] | 0x20) == 'l' || (item.data[item.size - 1] | 0x20) == 'l'))
        return parse_weekday_last(in, item);
    return parse_steps(in, item, slash == NULL ? item.size : (size_t)(slash - item.data));
}

/* L: the month's last day; L-2: two days before it. */
static minos_rc parse_day_back(const reader *in, minos_view item)
{
    int back = 0;
    if (item.size != 1) {
        if (item.data[1] != '-')
            return refuse(in, "after L there may be -1 to -30 only: days before the month's last");
        if (!parse_number(minos_view_make(item.data + 2, item.size - 2), &back) || back < 1 ||
            back > 30)
            return refuse(in, "L- takes a number of days from 1 to 30");
    }
    in->set->days_back |= UINT32_C(1) << back;
    return MINOS_OK;
}

/* 5L, L5, LFRI: the month's last Friday; L3-5: the last of each. */
static minos_rc parse_weekday_last(const reader *in, minos_view item)
{
    bool before = (item.data[0] | 0x20) == 'l';
    minos_view text = minos_view_make(item.data + before, item.size - 1);
    int first, last;

    if (text.size == 0)
        return refuse(in, "L needs a weekday: 5L or L5 is the last Friday of the month");
    MINOS_TRY(parse_range(in, text, &first, &last));
    for (int value = first; value <= last; value++)
        in->set->nth[value % 7] |= 1u << MN_CRON_NTH_LAST;
    return MINOS_OK;
}

/* 2#1: the month's first Tuesday. */
static minos_rc parse_weekday_nth(const reader *in, minos_view item, size_t hash_at)
{
    int value, nth;

    if (in->field != MN_CRON_WEEKDAY)
        return refuse(in, "# stands in weekday only");
    MINOS_TRY(parse_value(in, minos_view_make(item.data, hash_at), &value));
    if (!parse_number(minos_view_make(item.data + hash_at + 1, item.size - hash_at - 1), &nth) ||
        nth < 1 || nth > 5)
        return refuse(in, "after # there must be 1 to 5: which one of the month");
    in->set->nth[value % 7] |= (uint8_t)(1u << nth);
    return MINOS_OK;
}

/* A star, a value or a range, each with an optional step: `*`, 5, 1-5, 5/15, 1-30/2. */
static minos_rc parse_steps(const reader *in, minos_view item, size_t slash_at)
{
    const field_rule *rule = in->rule;
    int max = in->field == MN_CRON_WEEKDAY ? 6 : rule->max;
    int base = in->field == MN_CRON_YEAR ? MN_CRON_YEAR_MIN : 0;
    minos_view head = minos_view_make(item.data, slash_at);
    bool stepped = slash_at != item.size;
    bool star = minos_view_is(head, "*");
    int first = rule->min, last = max, step = 1;

    if (!star)
        MINOS_TRY(parse_range(in, head, &first, &last));
    if (stepped) {
        minos_view text = minos_view_make(item.data + slash_at + 1, item.size - slash_at - 1);
        if (!parse_number(text, &step))
            return refuse(in, "the step \"%.*s\" is no number", (int)text.size, text.data);
        if (step < 1)
            return refuse(in, "a step is at least 1");
        if (step > max - rule->min)
            return refuse(in, "a step of %d would leave one value only; the largest is %d", step,
                          max - rule->min);
        if (!star && memchr(head.data, '-', head.size) == NULL) { /* 5/15: from 5 on */
            first = in->field == MN_CRON_WEEKDAY ? first % 7 : first;
            last = max;
        }
    }
    if (star && step == 1)
        in->set->star = true;
    for (int value = first; value <= last; value += step) {
        int bit = in->field == MN_CRON_WEEKDAY ? value % 7 : value - base;
        in->set->words[bit / 64] |= UINT64_C(1) << (bit % 64);
    }
    return MINOS_OK;
}

/*
 * A value or a range. Ranges of weekdays may run over Sunday: 5-1 gives 5 to 8, to be taken mod 7.
 */
static minos_rc parse_range(const reader *in, minos_view text, int *ret_first, int *ret_last)
{
    const char *dash = text.size == 0 ? NULL : memchr(text.data, '-', text.size);
    size_t size = dash == NULL ? text.size : (size_t)(dash - text.data);
    int first, last;

    MINOS_TRY(parse_value(in, minos_view_make(text.data, size), &first));
    last = first;
    if (dash != NULL)
        MINOS_TRY(parse_value(in, minos_view_make(dash + 1, text.size - size - 1), &last));
    if (last < first) {
        if (in->field != MN_CRON_WEEKDAY)
            return refuse(in, "the range %d-%d runs backwards; only weekdays may", first, last);
        last += 7;
    }
    *ret_first = first;
    *ret_last = last;
    return MINOS_OK;
}

static minos_rc parse_value(const reader *in, minos_view text, int *ret_value)
{
    const field_rule *rule = in->rule;
    int value;

    if (text.size == 0)
        return refuse(in, "a value is missing");
    for (int i = 0; rule->names != NULL && rule->names[i] != NULL; i++) {
        if (text.size == 3 && strncasecmp(text.data, rule->names[i], 3) == 0) {
            *ret_value = rule->min + i;
            return MINOS_OK;
        }
    }
    if (!parse_number(text, &value))
        return refuse(in, "\"%.*s\" is no number%s", (int)text.size, text.data,
                      rule->names == NULL ? "" : " and no name of three letters");
    if (value < rule->min || value > rule->max)
        return refuse(in, "%.*s is not within %d-%d", (int)text.size, text.data, rule->min,
                      rule->max);
    *ret_value = value;
    return MINOS_OK;
}

/* Digits only; what exceeds any field saturates, so that range checks name it. */
static bool parse_number(minos_view text, int *ret_number)
{
    int number = 0;
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] < '0' || text.data[i] > '9')
            return false;
        if (number < 1000000)
            number = number * 10 + (text.data[i] - '0');
    }
    *ret_number = number;
    return text.size != 0;
}

static minos_rc refuse(const reader *in, const char *format, ...)
{
    char reason[256];
    va_list values;

    va_start(values, format);
    vsnprintf(reason, sizeof reason, format, values);
    va_end(values);
    return minos_fail(MINOS_EPARSE, "cron pattern \"%s\": %s \"%.*s\": %s", in->crontab->pattern,
                      in->rule->name, (int)in->text.size, in->text.data, reason);
}
