/*
 * Scalars: integers, numbers, lengths of time, sizes, likeness.
 */
#include "support/support.h"

#include <string.h>

#include "base/alloc.h"
#include "config/scalar.h"
#include "config/yaml.h"

/* YAML 1.2.2 §10.3.2, its examples and what lies beside them. */
static void core_schema(void **state)
{
    static const struct {
        const char *text;
        minos_type type;
        int64_t integer;
        double number;
    } rows[] = {
        {"", MINOS_TYPE_NULL, 0, 0},
        {"~", MINOS_TYPE_NULL, 0, 0},
        {"null", MINOS_TYPE_NULL, 0, 0},
        {"Null", MINOS_TYPE_NULL, 0, 0},
        {"NULL", MINOS_TYPE_NULL, 0, 0},
        {"nULL", MINOS_TYPE_STRING, 0, 0},
        {"true", MINOS_TYPE_BOOL, 1, 0},
        {"True", MINOS_TYPE_BOOL, 1, 0},
        {"FALSE", MINOS_TYPE_BOOL, 0, 0},
        {"tRUE", MINOS_TYPE_STRING, 0, 0},
        {"yes", MINOS_TYPE_STRING, 0, 0},
        {"no", MINOS_TYPE_STRING, 0, 0},
        {"on", MINOS_TYPE_STRING, 0, 0},
        {"y", MINOS_TYPE_STRING, 0, 0},
        {"0", MINOS_TYPE_INT, 0, 0},
        {"-0", MINOS_TYPE_INT, 0, 0},
        {"+12", MINOS_TYPE_INT, 12, 0},
        {"-19", MINOS_TYPE_INT, -19, 0},
        {"012", MINOS_TYPE_INT, 12, 0},
        {"0o7", MINOS_TYPE_INT, 7, 0},
        {"0o8", MINOS_TYPE_STRING, 0, 0},
        {"0x3A", MINOS_TYPE_INT, 58, 0},
        {"0xfg", MINOS_TYPE_STRING, 0, 0},
        {"0x", MINOS_TYPE_STRING, 0, 0},
        {"-0x3A", MINOS_TYPE_STRING, 0, 0},
        {"1_000", MINOS_TYPE_STRING, 0, 0},
        {"190:20:30", MINOS_TYPE_STRING, 0, 0},
        {"9223372036854775807", MINOS_TYPE_INT, INT64_MAX, 0},
        {"-9223372036854775808", MINOS_TYPE_INT, INT64_MIN, 0},
        {"9223372036854775808", MINOS_TYPE_DOUBLE, 0, 9223372036854775808.0},
        {"0xFFFFFFFFFFFFFFFF", MINOS_TYPE_STRING, 0, 0},
        {"0.", MINOS_TYPE_DOUBLE, 0, 0.0},
        {"-0.0", MINOS_TYPE_DOUBLE, 0, -0.0},
        {".5", MINOS_TYPE_DOUBLE, 0, 0.5},
        {"+12e03", MINOS_TYPE_DOUBLE, 0, 12000},
        {"-2E+05", MINOS_TYPE_DOUBLE, 0, -200000},
        {".", MINOS_TYPE_STRING, 0, 0},
        {"-", MINOS_TYPE_STRING, 0, 0},
        {"1e", MINOS_TYPE_STRING, 0, 0},
        {"e5", MINOS_TYPE_STRING, 0, 0},
        {"1.2.3", MINOS_TYPE_STRING, 0, 0},
        {"0x1p3", MINOS_TYPE_STRING, 0, 0},
        {"nan", MINOS_TYPE_STRING, 0, 0},
        {"infinity", MINOS_TYPE_STRING, 0, 0},
    };
    (void)state;
    for (size_t i = 0; i < mn_count_of(rows); i++) {
        const mn_yaml scalar = {.kind = MN_YAML_SCALAR, .text = minos_view_of(rows[i].text)};
        minos_value value = mn_yaml_resolve(&scalar);
        bool same = value.type == rows[i].type;
        if (same && value.type == MINOS_TYPE_BOOL)
            same = value.as.boolean == (rows[i].integer != 0);
        if (same && value.type == MINOS_TYPE_INT)
            same = value.as.integer == rows[i].integer;
        if (same && value.type == MINOS_TYPE_DOUBLE)
            same = memcmp(&value.as.number, &rows[i].number, sizeof(double)) == 0;
        if (!same)
            fail_msg("\"%s\" is %s", rows[i].text, minos_type_name((minos_type)value.type));
    }
}

typedef struct unit_row {
    const char *text;
    mn_unit_rc rc;
    int64_t amount;
    const char *written; /* as we write it back */
} unit_row;

static void check_units(const unit_row *rows, size_t count,
                        mn_unit_rc (*read)(minos_view, int64_t *), void (*write)(int64_t, char *))
{
    for (size_t i = 0; i < count; i++) {
        int64_t amount = -1;
        char text[MN_UNIT_TEXT_BYTES];
        mn_unit_rc rc = read(minos_view_of(rows[i].text), &amount);
        if (rc != rows[i].rc || (rc == MN_UNIT_OK && amount != rows[i].amount))
            fail_msg("\"%s\": code %d, amount %lld", rows[i].text, (int)rc, (long long)amount);
        if (rc != MN_UNIT_OK && amount != -1)
            fail_msg("\"%s\" is refused but written", rows[i].text);
        if (rc != MN_UNIT_OK)
            continue;
        write(amount, text);
        if (strcmp(text, rows[i].written) != 0)
            fail_msg("\"%s\" is written \"%s\"", rows[i].text, text);
    }
}

static void durations(void **state)
{
    static const unit_row rows[] = {
        {"30 s", MN_UNIT_OK, 30 * MINOS_S, "30 s"},
        {"30s", MN_UNIT_OK, 30 * MINOS_S, "30 s"},
        {"30", MN_UNIT_OK, 30 * MINOS_S, "30 s"},
        {"0.25", MN_UNIT_OK, 250 * MINOS_MS, "250 ms"},
        {"250 ms", MN_UNIT_OK, 250 * MINOS_MS, "250 ms"},
        {"1500 us", MN_UNIT_OK, 1500 * MINOS_US, "1500 us"},
        {"5 min", MN_UNIT_OK, 5 * MINOS_MIN, "5 min"},
        {"1.5 min", MN_UNIT_OK, 90 * MINOS_S, "90 s"},
        {"36 h", MN_UNIT_OK, 36 * MINOS_H, "36 h"},
        {"2 d", MN_UNIT_OK, 48 * MINOS_H, "2 d"},
        {"0", MN_UNIT_OK, 0, "0 s"},
        {"0 min", MN_UNIT_OK, 0, "0 s"},
        {"0.000001 s", MN_UNIT_OK, MINOS_US, "1 us"},
        {"1. s", MN_UNIT_OK, MINOS_S, "1 s"},
        {"", MN_UNIT_NO_NUMBER, 0, NULL},
        {"s", MN_UNIT_NO_NUMBER, 0, NULL},
        {" 1 s", MN_UNIT_NO_NUMBER, 0, NULL},
        {".5 s", MN_UNIT_NO_NUMBER, 0, NULL},
        {"+1 s", MN_UNIT_NO_NUMBER, 0, NULL},
        {"-1 s", MN_UNIT_NO_NUMBER, 0, NULL},
        {"1  s", MN_UNIT_UNKNOWN, 0, NULL},
        {"1 s ", MN_UNIT_UNKNOWN, 0, NULL},
        {"1 ", MN_UNIT_UNKNOWN, 0, NULL},
        {"1 S", MN_UNIT_UNKNOWN, 0, NULL},
        {"1 sec", MN_UNIT_UNKNOWN, 0, NULL},
        {"1 m", MN_UNIT_UNKNOWN, 0, NULL},
        {"1 h 30 min", MN_UNIT_UNKNOWN, 0, NULL},
        {"1e3", MN_UNIT_UNKNOWN, 0, NULL},
        {"1.2.3 s", MN_UNIT_UNKNOWN, 0, NULL},
        {"0.1 us", MN_UNIT_TOO_FINE, 0, NULL},
        {"0.0000001 s", MN_UNIT_TOO_FINE, 0, NULL},
        {"0.3333333333 s", MN_UNIT_TOO_FINE, 0, NULL},
        {"106751 d", MN_UNIT_OK, 106751 * 24 * MINOS_H, "106751 d"},
        {"106752 d", MN_UNIT_TOO_LARGE, 0, NULL},
        {"99999999999999999999 us", MN_UNIT_TOO_LARGE, 0, NULL},
    };
    (void)state;
    check_units(rows, mn_count_of(rows), mn_scalar_duration, mn_scalar_duration_text);
}

static void sizes(void **state)
{
    static const unit_row rows[] = {
        {"64 KiB", MN_UNIT_OK, 65536, "64 KiB"},
        {"64KiB", MN_UNIT_OK, 65536, "64 KiB"},
        {"1 MiB", MN_UNIT_OK, 1048576, "1 MiB"},
        {"1024 KiB", MN_UNIT_OK, 1048576, "1 MiB"},
        {"0.25 KiB", MN_UNIT_OK, 256, "256 B"},
        {"1.5 GiB", MN_UNIT_OK, 1610612736, "1536 MiB"},
        {"1000", MN_UNIT_OK, 1000, "1000 B"},
        {"1000 B", MN_UNIT_OK, 1000, "1000 B"},
        {"0", MN_UNIT_OK, 0, "0 B"},
        {"0.1 KiB", MN_UNIT_TOO_FINE, 0, NULL},
        {"0.5", MN_UNIT_TOO_FINE, 0, NULL},
        {"1 KB", MN_UNIT_UNKNOWN, 0, NULL},
        {"1 kib", MN_UNIT_UNKNOWN, 0, NULL},
        {"1 TiB", MN_UNIT_UNKNOWN, 0, NULL},
        {"1k", MN_UNIT_UNKNOWN, 0, NULL},
        {"MiB", MN_UNIT_NO_NUMBER, 0, NULL},
        {"9007199254740992 KiB", MN_UNIT_TOO_LARGE, 0, NULL},
    };
    (void)state;
    check_units(rows, mn_count_of(rows), mn_scalar_bytes, mn_scalar_bytes_text);
}

static void likeness(void **state)
{
    static const struct {
        const char *a;
        const char *b;
        size_t distance;
    } rows[] = {
        {"", "", 0},         {"port", "port", 0}, {"PORT", "port", 0},
        {"prot", "port", 1}, {"por", "port", 1},  {"ports", "port", 1},
        {"pOst", "port", 1}, {"", "port", 4},     {"kitten", "sitting", 3},
        {"ca", "abc", 3}, /* 2 were whole words swapped and edited again */
    };
    char long_word[MN_WORD_BYTES_MAX + 2];

    (void)state;
    for (size_t i = 0; i < mn_count_of(rows); i++)
        if (mn_word_distance(minos_view_of(rows[i].a), minos_view_of(rows[i].b)) !=
                rows[i].distance ||
            mn_word_distance(minos_view_of(rows[i].b), minos_view_of(rows[i].a)) !=
                rows[i].distance)
            fail_msg("\"%s\" and \"%s\"", rows[i].a, rows[i].b);
    memset(long_word, 'a', sizeof long_word - 1);
    long_word[sizeof long_word - 1] = '\0';
    assert_true(mn_word_distance(minos_view_of(long_word), minos_view_of("a")) == SIZE_MAX);
    assert_true(mn_word_near(1, 4));
    assert_false(mn_word_near(2, 4));
    assert_false(mn_word_near(1, 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(core_schema),
        cmocka_unit_test(durations),
        cmocka_unit_test(sizes),
        cmocka_unit_test(likeness),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
