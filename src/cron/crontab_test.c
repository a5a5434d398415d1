/*
 * Cron patterns: what is refused and why, what fires when (rows of other libraries, see
 * tests/oracle/cron.py), and equality by meaning.
 */
#include "support/support.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <minos/cron.h>

#include "base/alloc.h"
#include "base/civil.h"
#include "codec/rfc3339.h"
#include "cron/crontab.h"

#define SECOND      INT64_C(1000000)
#define DAY_SECONDS INT64_C(86400)
#define FIRES       5

static minos_timestamp at(int64_t year, int month, int day, int hour, int minute, int second)
{
    return (mn_civil_to_days((mn_civil){year, month, day}) * DAY_SECONDS + hour * 3600 +
            minute * 60 + second) *
           SECOND;
}

static const struct {
    const char *name;
    const char *pattern;
    const char *parts[3]; /* of the message */
} refused[] = {
    {"empty", "", {"0 fields", "it takes 5"}},
    {"blank", " \t ", {"0 fields"}},
    {"one field", "*", {"1 field;"}},
    {"four fields", "* * * *", {"\"* * * *\" has 4 fields"}},
    {"eight fields", "* * * * * * * *", {"8 fields"}},
    {"no alias", "@fortnightly", {"@fortnightly", "no such alias"}},
    {"alias with more", "@daily 5", {"no such alias"}},
    {"every", "@every 5m", {"no such alias"}},
    {"lone at", "@", {"no such alias"}},
    {"newline", "* * * * *\n", {"byte 0x0a at offset 9"}},
    {"not ASCII", "* * * * \xc3\xa9", {"byte 0xc3 at offset 8"}},
    {"delete", "* * * * \x7f", {"byte 0x7f"}},
    {"minute too large", "60 * * * *", {"minute \"60\"", "60 is not within 0-59"}},
    {"hour too large", "0 24 * * *", {"hour \"24\"", "24 is not within 0-23"}},
    {"day zero", "0 0 0 * *", {"day of month \"0\"", "not within 1-31"}},
    {"day too large", "0 0 32 * *", {"day of month \"32\"", "32 is not within 1-31"}},
    {"month zero", "0 0 1 0 *", {"month \"0\"", "0 is not within 1-12"}},
    {"month too large", "0 0 1 13 *", {"month \"13\"", "not within 1-12"}},
    {"weekday too large", "0 0 * * 8", {"weekday \"8\"", "8 is not within 0-7"}},
    {"second too large", "60 * * * * *", {"second \"60\"", "not within 0-59"}},
    {"year too small", "0 0 0 1 1 * 1969", {"year \"1969\"", "not within 1970-2099"}},
    {"year too large", "0 0 0 1 1 * 2100", {"year \"2100\"", "not within 1970-2099"}},
    {"seconds last", "* * * * * 2030", {"weekday \"2030\""}},
    {"number beyond int", "99999999999999999999 * * * *", {"minute", "not within"}},
    {"negative", "-1 * * * *", {"minute \"-1\"", "a value is missing"}},
    {"plus", "+1 * * * *", {"\"+1\" is no number"}},
    {"fraction", "1.5 * * * *", {"\"1.5\" is no number"}},
    {"hexadecimal", "0x1 * * * *", {"\"0x1\" is no number"}},
    {"word", "five * * * *", {"\"five\" is no number"}},
    {"name in minute", "JAN * * * *", {"minute \"JAN\"", "is no number"}},
    {"weekday in month", "0 0 1 MON *", {"month \"MON\"", "no name of three letters"}},
    {"month in weekday", "0 0 * * JAN", {"weekday \"JAN\"", "no name of three letters"}},
    {"long name", "0 0 * * MONDAY", {"weekday \"MONDAY\"", "no name"}},
    {"short name", "0 0 * * MO", {"weekday \"MO\""}},
    {"empty item", "1,,2 * * * *", {"minute \"1,,2\"", "an item of the list is empty"}},
    {"comma first", ",1 * * * *", {"minute \",1\"", "empty"}},
    {"comma last", "1, * * * *", {"minute \"1,\"", "empty"}},
    {"range without end", "1- * * * *", {"minute \"1-\"", "a value is missing"}},
    {"range of three", "1-2-3 * * * *", {"\"2-3\" is no number"}},
    {"range backwards", "30-10 * * * *", {"minute \"30-10\"", "30-10 runs backwards"}},
    {"hours backwards", "0 22-4 * * *", {"hour \"22-4\"", "runs backwards"}},
    {"months backwards", "0 0 1 NOV-FEB *", {"month \"NOV-FEB\"", "11-2 runs backwards"}},
    {"years backwards", "0 0 0 1 1 * 2031-2030", {"year", "runs backwards"}},
    {"range end too large", "1-60 * * * *", {"60 is not within 0-59"}},
    {"star in range", "*-5 * * * *", {"\"*\" is no number"}},
    {"range to star", "5-* * * * *", {"\"*\" is no number"}},
    {"two stars", "** * * * *", {"\"**\" is no number"}},
    {"step zero", "*/0 * * * *", {"minute \"*/0\"", "a step is at least 1"}},
    {"step missing", "*/ * * * *", {"minute \"*/\"", "the step \"\" is no number"}},
    {"step negative", "*/-5 * * * *", {"the step \"-5\" is no number"}},
    {"step word", "*/x * * * *", {"the step \"x\" is no number"}},
    {"two steps", "*/5/2 * * * *", {"the step \"5/2\" is no number"}},
    {"step of nothing", "/5 * * * *", {"minute \"/5\"", "a value is missing"}},
    {"step too large", "*/60 * * * *", {"a step of 60", "the largest is 59"}},
    {"step of day", "0 0 */31 * *", {"a step of 31", "the largest is 30"}},
    {"step beyond int", "*/99999999999999999999 * * * *", {"would leave one value"}},
    {"question in minute", "? * * * *", {"minute \"?\"", "? stands in day of month or weekday"}},
    {"question in year", "0 0 0 1 1 * ?", {"year \"?\"", "? stands in"}},
    {"question with step", "0 0 ?/2 * *", {"day of month \"?/2\"", "? stands alone"}},
    {"L in hour", "0 L * * *", {"hour \"L\"", "is no number"}},
    {"L in month", "0 0 1 L *", {"month \"L\""}},
    {"L without weekday", "0 0 * * L", {"weekday \"L\"", "5L or L5"}},
    {"L with bad weekday", "0 0 * * 8L", {"8 is not within 0-7"}},
    {"L twice", "0 0 * * LL", {"\"L\" is no number"}},
    {"L with day", "0 0 L5 * *", {"day of month \"L5\"", "after L"}},
    {"day before L", "0 0 5L * *", {"\"5L\" is no number"}},
    {"L with step", "0 0 L/2 * *", {"after L"}},
    {"L minus nothing", "0 0 L- * *", {"L- takes"}},
    {"L minus zero", "0 0 L-0 * *", {"L- takes"}},
    {"L minus month", "0 0 L-31 * *", {"from 1 to 30"}},
    {"W", "0 0 15W * *", {"day of month \"15W\"", "W, the nearest working day, is not supported"}},
    {"LW", "0 0 lw * *", {"W, the nearest working day, is not supported"}},
    {"hash in day", "0 0 2#1 * *", {"day of month \"2#1\"", "# stands in weekday only"}},
    {"hash zero", "0 0 * * 2#0", {"weekday \"2#0\"", "1 to 5"}},
    {"hash six", "0 0 * * 2#6", {"1 to 5"}},
    {"hash nothing", "0 0 * * 2#", {"1 to 5"}},
    {"hash first", "0 0 * * #1", {"a value is missing"}},
    {"hash of range", "0 0 * * 1-3#1", {"\"1-3\" is no number"}},
    {"hash of star", "0 0 * * *#1", {"\"*\" is no number"}},
    {"hash twice", "0 0 * * 2#1#1", {"1 to 5"}},
    {"Jenkins", "H * * * *", {"\"H\" is no number"}},
    {"no such day", "0 0 30 2 *", {"never fires", "day of month \"30\"", "month \"2\""}},
    {"no such days", "0 0 31 2,4,6,9,11 *", {"never fires", "day of month \"31\""}},
    {"no day so far back", "0 0 L-29 2 *", {"never fires", "day of month \"L-29\""}},
    {"not that year", "0 0 0 29 2 * 2023", {"never fires", "day of month \"29\"", "year \"2023\""}},
    {"no fifth", "0 0 0 * 2 1#5 2023", {"never fires", "weekday \"1#5\"", "year \"2023\""}},
};

static void refuses_bad_patterns_with_field_and_reason(void **state)
{
    (void)state;
    for (size_t i = 0; i < mn_count_of(refused); i++) {
        minos_crontab *crontab = NULL;
        minos_rc rc = minos_crontab_new(refused[i].pattern, &crontab);
        const char *message = minos_error_message(minos_error_last());
        if (rc != MINOS_EPARSE || crontab != NULL)
            fail_msg("%s: gave %s", refused[i].name, minos_rc_name(rc));
        for (int part = 0; part < 3 && refused[i].parts[part] != NULL; part++)
            if (strstr(message, refused[i].parts[part]) == NULL)
                fail_msg("%s: \"%s\" lacks \"%s\"", refused[i].name, message,
                         refused[i].parts[part]);
    }
}

static void refuses_long_patterns_and_none(void **state)
{
    char pattern[MN_CRON_PATTERN_BYTES_MAX + 2];
    minos_crontab *crontab = NULL;
    (void)state;

    memset(pattern, ' ', sizeof pattern);
    memcpy(pattern, "* * * * *", 9);
    pattern[sizeof pattern - 1] = '\0';
    assert_fails(minos_crontab_new(pattern, &crontab), MINOS_EPARSE, "longer than 1024 bytes");
    pattern[sizeof pattern - 2] = '\0';
    assert_ok(minos_crontab_new(pattern, &crontab));
    assert_string_equal(minos_crontab_pattern(crontab), "* * * * *");
    minos_crontab_free(crontab);
    assert_fails(minos_crontab_new(NULL, &crontab), MINOS_EINVAL, "pattern");
    minos_crontab_free(NULL);
}

/* What libraries do not all know, or differ on: our rule, worked out by hand. */
static const struct {
    const char *name;
    const char *pattern;
    const char *after;
    const char *fires[FIRES]; /* ended by "never" or NULL: not looked at */
} fires[] = {
    {"strictly after", "0 12 * * *", "2026-11-23T12:00:00Z", {"2026-11-24T12:00:00Z"}},
    {"six fields, seconds first",
     "0 */5 * * * *",
     "2026-11-23T12:00:00Z",
     {"2026-11-23T12:05:00Z", "2026-11-23T12:10:00Z"}},
    {"either day field",
     "0 0 13 * FRI",
     "2026-11-01T00:00:00Z",
     {"2026-11-06T00:00:00Z", "2026-11-13T00:00:00Z", "2026-11-20T00:00:00Z"}},
    {"every second day or Monday",
     "0 0 */10 * 1",
     "2026-11-01T00:00:00Z",
     {"2026-11-02T00:00:00Z", "2026-11-09T00:00:00Z", "2026-11-11T00:00:00Z"}},
    {"full range restricts", "0 0 1-31 * 1", "2026-11-03T00:00:00Z", {"2026-11-04T00:00:00Z"}},
    {"step of one does not", "0 0 */1 * 1", "2026-11-03T00:00:00Z", {"2026-11-09T00:00:00Z"}},
    {"question does not", "0 0 ? * 1", "2026-11-03T00:00:00Z", {"2026-11-09T00:00:00Z"}},
    {"weekdays over Sunday",
     "0 0 * * FRI-MON",
     "2026-11-23T00:00:00Z",
     {"2026-11-27T00:00:00Z", "2026-11-28T00:00:00Z", "2026-11-29T00:00:00Z",
      "2026-11-30T00:00:00Z", "2026-12-04T00:00:00Z"}},
    {"Saturday to Sunday",
     "0 0 * * sat-sun",
     "2026-11-23T00:00:00Z",
     {"2026-11-28T00:00:00Z", "2026-11-29T00:00:00Z", "2026-12-05T00:00:00Z"}},
    {"Sunday to Monday",
     "0 0 * * 7-1",
     "2026-11-23T00:00:00Z",
     {"2026-11-29T00:00:00Z", "2026-11-30T00:00:00Z", "2026-12-06T00:00:00Z"}},
    {"from Sunday by two",
     "0 0 * * 7/2",
     "2026-11-23T00:00:00Z",
     {"2026-11-24T00:00:00Z", "2026-11-26T00:00:00Z", "2026-11-28T00:00:00Z",
      "2026-11-29T00:00:00Z"}},
    {"last and before",
     "0 0 L,L-2 2 *",
     "2024-01-01T00:00:00Z",
     {"2024-02-27T00:00:00Z", "2024-02-29T00:00:00Z", "2025-02-26T00:00:00Z",
      "2025-02-28T00:00:00Z"}},
    {"thirty before the last",
     "0 0 L-30 * *",
     "2026-01-15T00:00:00Z",
     {"2026-03-01T00:00:00Z", "2026-05-01T00:00:00Z"}},
    {"last Friday, three ways",
     "0 0 * * 5L,L5,LFRI",
     "2026-11-01T00:00:00Z",
     {"2026-11-27T00:00:00Z", "2026-12-25T00:00:00Z"}},
    {"last of a range",
     "0 0 * * L6-7",
     "2026-11-01T00:00:00Z",
     {"2026-11-28T00:00:00Z", "2026-11-29T00:00:00Z", "2026-12-26T00:00:00Z"}},
    {"last Friday or the 13th",
     "0 0 13 * 5L",
     "2026-11-01T00:00:00Z",
     {"2026-11-13T00:00:00Z", "2026-11-27T00:00:00Z", "2026-12-13T00:00:00Z"}},
    {"first Tuesday",
     "0 0 * * 2#1",
     "2026-11-23T00:00:00Z",
     {"2026-12-01T00:00:00Z", "2027-01-05T00:00:00Z"}},
    {"leap day over 2100",
     "0 0 29 2 *",
     "2096-02-29T00:00:00Z",
     {"2104-02-29T00:00:00Z", "2108-02-29T00:00:00Z"}},
    {"leap day in 2000", "0 0 29 2 *", "1999-01-01T00:00:00Z", {"2000-02-29T00:00:00Z"}},
    {"leap day over 1900", "0 0 29 2 *", "1896-02-29T00:00:00Z", {"1904-02-29T00:00:00Z"}},
    {"fifth Thursday of February over 2100",
     "0 0 * 2 4#5",
     "2080-03-01T00:00:00Z",
     {"2120-02-29T00:00:00Z"}},
    {"end of 2100's February", "0 0 L 2 *", "2100-01-01T00:00:00Z", {"2100-02-28T00:00:00Z"}},
    {"before 1970",
     "*/5 * * * *",
     "1969-12-31T23:57:01Z",
     {"1970-01-01T00:00:00Z", "1970-01-01T00:05:00Z"}},
    {"long before 1970", "0 0 L * *", "1600-02-28T23:59:59Z", {"1600-02-29T00:00:00Z"}},
    {"year field from before it",
     "0 0 0 1 1 * 1970",
     "0001-01-01T00:00:00Z",
     {"1970-01-01T00:00:00Z", "never"}},
    {"years by ten",
     "0 0 0 1 1 ? 2030/10",
     "2026-01-01T00:00:00Z",
     {"2030-01-01T00:00:00Z", "2040-01-01T00:00:00Z"}},
    {"a year that ends",
     "59 59 23 31 12 * 2026,2028",
     "2026-01-01T00:00:00Z",
     {"2026-12-31T23:59:59Z", "2028-12-31T23:59:59Z", "never"}},
    {"last year of the field", "0 0 0 1 1 * */100", "2070-01-01T00:00:01Z", {"never"}},
    {"the calendar's end", "@yearly", "9998-06-01T00:00:00Z", {"9999-01-01T00:00:00Z", "never"}},
    {"blanks and tabs", "  0\t12 * *  *\t", "2026-11-23T12:00:00Z", {"2026-11-24T12:00:00Z"}},
    {"alias in capitals", "@Daily", "2026-11-23T12:00:00Z", {"2026-11-24T00:00:00Z"}},
};

static minos_timestamp read_time(const char *text)
{
    minos_timestamp moment = 0;
    if (!mn_rfc3339_read(minos_view_of(text), &moment))
        fail_msg("no time: %s", text);
    return moment;
}

static const char *text_of(minos_timestamp moment, char text[MN_RFC3339_BYTES_MAX])
{
    mn_rfc3339_write(moment, text);
    return text;
}

static void fires_as_our_rules_say(void **state)
{
    (void)state;
    for (size_t i = 0; i < mn_count_of(fires); i++) {
        MINOS_AUTO(minos_crontab) *crontab = NULL;
        minos_timestamp moment = read_time(fires[i].after);
        assert_ok(minos_crontab_new(fires[i].pattern, &crontab));
        for (int n = 0; n < FIRES; n++) {
            char text[MN_RFC3339_BYTES_MAX];
            minos_rc rc = minos_crontab_next(crontab, moment, &moment);
            const char *expected = fires[i].fires[n];
            if (expected == NULL)
                break;
            if (rc == MINOS_ENOTFOUND && strcmp(expected, "never") == 0)
                break;
            if (rc != MINOS_OK || strcmp(text_of(moment, text), expected) != 0)
                fail_msg("%s: fire %d is %s, not %s", fires[i].name, n,
                         rc == MINOS_OK ? text_of(moment, text) : minos_rc_name(rc), expected);
        }
    }
}

/* Rows of tests/data/cron/next.tsv: pattern, after, next fire, who says so. */
static void fires_as_other_libraries_say(void **state)
{
    FILE *file = fopen(MN_SOURCE_DIR "/tests/data/cron/next.tsv", "r");
    char line[512];
    int rows = 0;
    (void)state;

    assert_non_null(file);
    while (fgets(line, sizeof line, file) != NULL) {
        MINOS_AUTO(minos_crontab) *crontab = NULL;
        char pattern[256], who[64];
        int64_t after, expected;
        minos_timestamp found;
        if (line[0] == '#')
            continue;
        assert_int_equal(4, sscanf(line, "%255[^\t]\t%" SCNd64 "\t%" SCNd64 "\t%63s", pattern,
                                   &after, &expected, who));
        assert_ok(minos_crontab_new(pattern, &crontab));
        assert_ok(minos_crontab_next(crontab, after * SECOND, &found));
        if (found != expected * SECOND)
            fail_msg("\"%s\" after %" PRId64 ": %" PRId64 ", not %" PRId64 " as %s say", pattern,
                     after, found / SECOND, expected, who);
        rows++;
    }
    fclose(file);
    assert_true(rows > 4000);
}

static void ignores_fractions_of_seconds(void **state)
{
    static const struct {
        const char *name;
        minos_timestamp after, expected;
    } rows[] = {
        {"on the second", 60 * SECOND, 61 * SECOND},
        {"just before", 60 * SECOND - 1, 60 * SECOND},
        {"just after", 60 * SECOND + 1, 61 * SECOND},
        {"zero", 0, SECOND},
        {"just before zero", -1, 0},
        {"a second before", -SECOND, 0},
        {"between, before zero", -SECOND - 1, -SECOND},
    };
    MINOS_AUTO(minos_crontab) *crontab = NULL;
    (void)state;

    assert_ok(minos_crontab_new("* * * * * *", &crontab));
    for (size_t i = 0; i < mn_count_of(rows); i++) {
        minos_timestamp found;
        assert_ok(minos_crontab_next(crontab, rows[i].after, &found));
        if (found != rows[i].expected)
            fail_msg("%s: %" PRId64, rows[i].name, found);
    }
}

static void bears_extreme_moments(void **state)
{
    MINOS_AUTO(minos_crontab) *crontab = NULL;
    minos_timestamp found = 7;
    minos_duration delay;
    (void)state;

    assert_ok(minos_crontab_new("0 0 29 2 *", &crontab));
    assert_ok(minos_crontab_next(crontab, INT64_MIN, &found));
    assert_true(found == at(0, 2, 29, 0, 0, 0));
    assert_fails(minos_crontab_next(crontab, INT64_MAX, &found), MINOS_ENOTFOUND, "end at 9999");
    assert_true(found == at(0, 2, 29, 0, 0, 0)); /* untouched on failure */
    assert_ok(minos_crontab_delay_until_next(crontab, INT64_MIN, &delay));
    assert_true(delay == INT64_MAX);
}

static void says_which_year_is_past(void **state)
{
    MINOS_AUTO(minos_crontab) *crontab = NULL;
    minos_timestamp found;
    (void)state;

    assert_ok(minos_crontab_new("0 0 0 1 1 * 2001", &crontab));
    assert_fails(minos_crontab_next(crontab, at(2026, 1, 1, 0, 0, 0), &found), MINOS_ENOTFOUND,
                 "year \"2001\": all its fires are past");
}

static void tells_the_delay(void **state)
{
    MINOS_AUTO(minos_crontab) *crontab = NULL;
    minos_duration delay;
    (void)state;

    assert_ok(minos_crontab_new("*/5 * * * *", &crontab));
    assert_true(minos_crontab_repetitions(crontab) == MINOS_REPETITIONS_INFINITE);
    assert_ok(minos_crontab_delay_until_next(crontab, at(2026, 11, 23, 12, 4, 59) + 1, &delay));
    assert_true(delay == MINOS_S - MINOS_US);
    assert_ok(minos_crontab_delay_until_next(crontab, at(2026, 11, 23, 12, 5, 0), &delay));
    assert_true(delay == 5 * MINOS_MIN);
}

static void reboot_fires_once_at_once(void **state)
{
    MINOS_AUTO(minos_crontab) *crontab = NULL;
    minos_duration delay = 1;
    minos_timestamp found;
    (void)state;

    assert_ok(minos_crontab_new("@reboot", &crontab));
    assert_true(minos_crontab_repetitions(crontab) == 1);
    assert_ok(minos_crontab_delay_until_next(crontab, 0, &delay));
    assert_true(delay == 0);
    assert_fails(minos_crontab_next(crontab, 0, &found), MINOS_ENOTFOUND, "at the start only");
    assert_string_equal(minos_crontab_pattern(crontab), "@reboot");
}

/* Patterns of one row fire at the same moments; those of different rows do not. */
static const char *const same[][6] = {
    {"@hourly", "0 * * * *", "0 0 * * * *", "0 0 * * * * *", "00 */1 ? * ?", "0 0-23 * * *"},
    {"* * * * *", "0 * * * * * *", "0-59 * * * *", "*/1,5 * * * *", "* * 1-31 * MON"},
    {"* * * * * *", "0-59 * * * * *"},
    {"@daily", "@midnight", "0 0 * * *", "0 0 ? * 0-6", "0 0 1-31 * *"},
    {"@weekly", "0 0 * * 0", "0 0 * * 7", "0 0 * * SUN", "0 0 * * sun,0,7", "0 0 ? * 7-0"},
    {"@yearly", "@annually", "0 0 1 1 *", "0 0 1 jan *", "0 0 L-30 1 *"},
    {"@monthly", "0 0 1 * *", "0 0 1 */1 *"},
    {"0 0 1-7 * *", "0 0 * * 1#1,2#1,3#1,4#1,5#1,6#1,0#1", "0 0 1-7 * 3#1"},
    {"0 0 L 1 *", "0 0 31 1 *", "0 0 31 JAN,FEB *"},
    {"0 0 L * *", "0 0 l * *", "0 0 l * ?"},
    {"0 0 * * 5L", "0 0 * * L5", "0 0 * * FRIL", "0 0 * * 5L,5#5"},
    {"0 0 * * 5#4,5#5", "0 0 * * 5#4,5L"},
    {"0 0 * * 5", "0 0 * * 5#1,5#2,5#3,5#4,5L", "0 0 * * FRI,5#2"},
    {"0 0 * * 5#5"},
    {"0 0 13 * 5", "0 0 13 * FRI"},
    {"0 0 13 * *"},
    {"0 0 0 * * * 1970-2099", "0 0 0 * * * 1970/1"},
    {"0 0 0 29 2 * 2024-2027", "0 0 0 29 2 * 2024"},
    {"@reboot", "@REBOOT"},
    {"*/2 * * * *", "0-58/2 * * * *", "0/2 * * * *"},
    {"1/2 * * * *", "1-59/2 * * * *"},
};

static void compares_by_meaning(void **state)
{
    minos_crontab *all[128];
    size_t row_of[128], count = 0;
    (void)state;

    for (size_t row = 0; row < mn_count_of(same); row++)
        for (size_t i = 0; i < mn_count_of(same[row]) && same[row][i] != NULL; i++) {
            row_of[count] = row;
            assert_ok(minos_crontab_new(same[row][i], &all[count++]));
        }
    for (size_t a = 0; a < count; a++)
        for (size_t b = 0; b < count; b++) {
            bool equal = minos_crontab_equal(all[a], all[b]);
            bool hashes = minos_crontab_hash(all[a]) == minos_crontab_hash(all[b]);
            if (equal != (row_of[a] == row_of[b]) || equal != hashes)
                fail_msg("\"%s\" and \"%s\": equal %d, hashes equal %d",
                         minos_crontab_pattern(all[a]), minos_crontab_pattern(all[b]), equal,
                         hashes);
        }
    for (size_t i = 0; i < count; i++)
        minos_crontab_free(all[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refuses_bad_patterns_with_field_and_reason),
        cmocka_unit_test(refuses_long_patterns_and_none),
        cmocka_unit_test(fires_as_our_rules_say),
        cmocka_unit_test(fires_as_other_libraries_say),
        cmocka_unit_test(ignores_fractions_of_seconds),
        cmocka_unit_test(bears_extreme_moments),
        cmocka_unit_test(says_which_year_is_past),
        cmocka_unit_test(tells_the_delay),
        cmocka_unit_test(reboot_fires_once_at_once),
        cmocka_unit_test(compares_by_meaning),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
