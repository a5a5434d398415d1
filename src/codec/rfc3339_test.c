/*
 * RFC 3339: its own examples (§5.8), the edges of the calendar, and what names no time.
 */
#include "support/support.h"

#include <string.h>

#include "base/alloc.h"
#include "base/civil.h"
#include "codec/rfc3339.h"

static void reads_and_writes(void **state)
{
    static const struct {
        const char *text;
        minos_timestamp at;
        const char *written;
    } rows[] = {
        /* RFC 3339 §5.8; the leap second is the second after it. */
        {"1985-04-12T23:20:50.52Z", INT64_C(482196050520000), "1985-04-12T23:20:50.520000Z"},
        {"1996-12-19T16:39:57-08:00", INT64_C(851042397000000), "1996-12-20T00:39:57Z"},
        {"1990-12-31T23:59:60Z", INT64_C(662688000000000), "1991-01-01T00:00:00Z"},
        {"1990-12-31T15:59:60-08:00", INT64_C(662688000000000), "1991-01-01T00:00:00Z"},
        {"1937-01-01T12:00:27.87+00:20", INT64_C(-1041337172130000), "1937-01-01T11:40:27.870000Z"},
        {"2022-05-09T18:30:15.123456Z", INT64_C(1652121015123456), "2022-05-09T18:30:15.123456Z"},
        {"1970-01-01T00:00:00Z", 0, "1970-01-01T00:00:00Z"},
        {"1970-01-01t00:00:00z", 0, "1970-01-01T00:00:00Z"},
        {"1969-12-31T23:59:59.999999Z", -1, "1969-12-31T23:59:59.999999Z"},
        {"1970-01-01T00:00:00.123456789Z", 123456, "1970-01-01T00:00:00.123456Z"},
        {"2000-02-29T00:00:00Z", INT64_C(951782400000000), "2000-02-29T00:00:00Z"},
        {"0001-01-01T00:00:00Z", INT64_C(-62135596800000000), "0001-01-01T00:00:00Z"},
        {"0000-03-01T00:00:00Z", INT64_C(-62162035200000000), "0000-03-01T00:00:00Z"},
        {"9999-12-31T23:59:59.999999Z", INT64_C(253402300799999999), "9999-12-31T23:59:59.999999Z"},
        {"1990-12-31T23:59:60.5Z", INT64_C(662688000000000), "1991-01-01T00:00:00Z"},
    };
    (void)state;

    for (size_t i = 0; i < mn_count_of(rows); i++) {
        char text[MN_RFC3339_BYTES_MAX];
        minos_timestamp at = 0;
        if (!mn_rfc3339_read(minos_view_of(rows[i].text), &at) || at != rows[i].at)
            fail_msg("%s is read as %lld", rows[i].text, (long long)at);
        assert_int_equal(mn_rfc3339_write(at, text), strlen(rows[i].written));
        assert_string_equal(text, rows[i].written);
    }
}

static void refuses(void **state)
{
    static const char *const rows[] = {
        "",
        "1985",
        "1985-04-12",
        "23:20:50Z",
        "1985-04-12 23:20:50Z",
        "1985-04-12T23:20:50",
        "1985-04-12T23:20Z",
        "1985-4-12T23:20:50Z",
        "1985-04-12T23:20:50.Z",
        "1985-04-12T23:20:50.1234567890Z",
        "1985-04-12T23:20:50,5Z",
        "1985-04-12T23:20:50Zx",
        "1985-04-12T23:20:50Z ",
        " 1985-04-12T23:20:50Z",
        "1985-00-12T23:20:50Z",
        "1985-13-12T23:20:50Z",
        "1985-04-00T23:20:50Z",
        "1985-04-31T23:20:50Z",
        "1985-02-29T23:20:50Z",
        "1900-02-29T00:00:00Z",
        "2100-02-29T00:00:00Z",
        "1985-04-12T24:00:00Z",
        "1985-04-12T23:60:50Z",
        "1985-04-12T23:59:61Z",
        "1985-04-12T12:00:60Z",
        "1985-04-12T23:20:50+24:00",
        "1985-04-12T23:20:50+01:60",
        "1985-04-12T23:20:50+0100",
        "1985-04-12T23:20:50+01",
        "1985-04-12T23:20:50--01:00",
        "+1985-04-12T23:20:50Z",
        "10000-01-01T00:00:00Z",
        "-001-01-01T00:00:00Z",
        "198\xc2\xb2-04-12T23:20:50Z",
    };
    minos_timestamp at = 7;
    int64_t part = 7;
    (void)state;

    for (size_t i = 0; i < mn_count_of(rows); i++)
        if (mn_rfc3339_read(minos_view_of(rows[i]), &at) || at != 7)
            fail_msg("%s is taken", rows[i]);
    assert_false(mn_rfc3339_read_date(MINOS_VIEW("2022-05-09T"), &part));
    assert_false(mn_rfc3339_read_date(MINOS_VIEW("2022-06-31"), &part));
    assert_false(mn_rfc3339_read_date(MINOS_VIEW(""), &part));
    assert_false(mn_rfc3339_read_time(MINOS_VIEW("18:30"), &part));
    assert_false(mn_rfc3339_read_time(MINOS_VIEW("23:59:60"), &part));
    assert_false(mn_rfc3339_read_time(MINOS_VIEW("18:30:15Z"), &part));
    assert_false(mn_rfc3339_read_time(MINOS_VIEW(""), &part));
    assert_int_equal(part, 7);
}

static void dates_and_times(void **state)
{
    char text[MN_RFC3339_BYTES_MAX];
    int64_t part;
    (void)state;

    assert_true(mn_rfc3339_read_date(MINOS_VIEW("2022-05-09"), &part));
    assert_int_equal(part, 19121);
    assert_int_equal(mn_rfc3339_write_date(part, text), 10);
    assert_string_equal(text, "2022-05-09");
    assert_true(mn_rfc3339_read_time(MINOS_VIEW("18:30:15.5"), &part));
    assert_int_equal(part, INT64_C(66615500000));
    assert_int_equal(mn_rfc3339_write_time(part, text), 15);
    assert_string_equal(text, "18:30:15.500000");
}

static void writing_refuses(void **state)
{
    char text[MN_RFC3339_BYTES_MAX];
    (void)state;

    assert_int_equal(mn_rfc3339_write(INT64_C(253402300800000000), text), 0);
    assert_int_equal(mn_rfc3339_write(INT64_C(-62167219200000001), text), 0);
    assert_int_equal(mn_rfc3339_write(INT64_MAX, text), 0);
    assert_int_equal(mn_rfc3339_write(INT64_MIN, text), 0);
    assert_int_equal(mn_rfc3339_write_date(2932897, text), 0);
    assert_int_equal(mn_rfc3339_write_date(-719529, text), 0);
    assert_int_equal(mn_rfc3339_write_date(INT64_MIN, text), 0);
    assert_int_equal(mn_rfc3339_write_time(-1, text), 0);
    assert_int_equal(mn_rfc3339_write_time(MN_DAY_US, text), 0);
}

/* Every day of eight centuries, counted one by one beside the algorithm. */
static void the_calendar_counts_days(void **state)
{
    mn_civil date = {.year = 1600, .month = 1, .day = 1};
    int64_t days = -135140;
    (void)state;

    for (; date.year < 2400; days++) {
        mn_civil got = mn_civil_from_days(days);
        if (got.year != date.year || got.month != date.month || got.day != date.day ||
            mn_civil_to_days(date) != days)
            fail_msg("day %lld", (long long)days);
        if (++date.day > mn_civil_month_days(date.year, date.month)) {
            date.day = 1;
            if (++date.month > 12) {
                date.month = 1;
                date.year++;
            }
        }
    }
    assert_int_equal(mn_civil_weekday(0), 4);
    assert_int_equal(mn_civil_weekday(-1), 3);
    assert_int_equal(mn_civil_weekday(19121), 1);
    assert_int_equal(mn_floor_div(-1, 7), -1);
    assert_int_equal(mn_floor_div(-7, 7), -1);
    assert_int_equal(mn_floor_div(7, 7), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_and_writes),         cmocka_unit_test(refuses),
        cmocka_unit_test(dates_and_times),          cmocka_unit_test(writing_refuses),
        cmocka_unit_test(the_calendar_counts_days),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
