/*
 * Log lines, whole, under a clock that stands still.
 */
#include "support/support.h"

#include <stdio.h>
#include <string.h>

#include <minos/log.h>

#include "base/env.h"
#include "base/log.h"

static char got[10000];
static int got_count;

static void keep(void *context, minos_level level, const char *line)
{
    (void)level;
    assert_ptr_equal(context, got);
    snprintf(got, sizeof got, "%s", line);
    got_count++;
}

static minos_timestamp give_wall(void)
{
    return INT64_C(1652121015123456);
}

static const mn_env_ops fixed_env = {.name = "fixed", .wall_us = give_wall};

static int begin(void **state)
{
    (void)state;
    mn_env = &fixed_env;
    minos_log_output_set(keep, got);
    return 0;
}

static int end(void **state)
{
    (void)state;
    mn_env = &mn_env_real;
    minos_log_output_set(NULL, NULL);
    return 0;
}

#define JSON_BEGIN "{\"time\":\"2022-05-09T18:30:15.123Z\",\"level\":\"error\",\"message\":\""

static void json_lines(void **state)
{
    static const struct {
        const char *message, *written;
    } rows[] = {
        {"plain", "plain"},
        {"", ""},
        {"two\nlines\t\x7f", "two\\u000alines\\u0009\\u007f"},
        {"\"quoted\" \\", "\\\"quoted\\\" \\\\"},
        {"grüß 😀", "grüß 😀"},
        {"\xff\xc3", "\\ufffd\\ufffd"},
        {"\xed\xa0\x80", "\\ufffd\\ufffd\\ufffd"},
    };
    (void)state;

    minos_log_format_set(MINOS_LOG_JSON);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char expected[256];
        snprintf(expected, sizeof expected, JSON_BEGIN "%s\",\"at\":\"a.c:7\"}", rows[i].written);
        minos_log_at("a.c", 7, MINOS_LEVEL_ERROR, "%s", rows[i].message);
        assert_string_equal(got, expected);
    }
}

static void lines_of_workers(void **state)
{
    (void)state;
    mn_log_worker_set(3, 4711);
    minos_log_format_set(MINOS_LOG_JSON);
    minos_log_at(NULL, 0, MINOS_LEVEL_ERROR, "a");
    assert_string_equal(got, "{\"time\":\"2022-05-09T18:30:15.123Z\",\"level\":\"error\","
                             "\"worker\":3,\"pid\":4711,\"message\":\"a\"}");
    minos_log_format_set(MINOS_LOG_TEXT);
    minos_log_at(NULL, 0, MINOS_LEVEL_ERROR, "a");
    assert_string_equal(got, "2022-05-09T18:30:15.123Z error   [worker 3, 4711] a");
    mn_log_worker_set(0, 0);
}

static void text_lines(void **state)
{
    (void)state;
    minos_log_format_set(MINOS_LOG_TEXT);
    minos_log_warning("a\x1b[31m %d", 7);
    assert_string_equal(got, "2022-05-09T18:30:15.123Z warning a?[31m 7");
}

/* Whatever a peer made the message of, a line is bounded and stays whole. */
static void long_lines_are_cut(void **state)
{
    static const char fill[] = {'x', '\n', '"', '\xff', '\x01'};
    char message[20000];
    (void)state;

    minos_log_format_set(MINOS_LOG_JSON);
    for (size_t i = 0; i < sizeof fill; i++) {
        size_t size;
        memset(message, fill[i], sizeof message - 1);
        message[sizeof message - 1] = '\0';
        minos_log_error("%s", message);
        size = strlen(got);
        assert_in_range(size, 4096, 8192);
        assert_memory_equal(got, JSON_BEGIN, strlen(JSON_BEGIN));
        assert_non_null(strstr(got, "\",\"at\":\""));
        assert_string_equal(got + size - 2, "\"}");
    }
}

static void levels(void **state)
{
    (void)state;
    got_count = 0;
    minos_log_level_set(MINOS_LEVEL_WARNING);
    minos_log_error("a");
    minos_log_warning("a");
    minos_log_notice("a");
    minos_log_info("a");
    minos_log_debug("a");
    minos_log_chain(MINOS_LEVEL_INFO, NULL, "a");
    assert_int_equal(got_count, 2);
    minos_log_level_set(MINOS_LEVEL_DEBUG);
    minos_log_debug("a");
    assert_int_equal(got_count, 3);
    minos_log_level_set(MINOS_LEVEL_INFO);
}

static void chains(void **state)
{
    (void)state;
    minos_log_format_set(MINOS_LOG_TEXT);
    minos_ignore(minos_wrap(minos_fail(MINOS_EIO, "disk"), "saving")); /* the chain is looked at */
    minos_log_chain(MINOS_LEVEL_ERROR, minos_error_last(), "order %d", 7);
    assert_non_null(strstr(got, "order 7: saving ("));
    assert_non_null(strstr(got, "): disk ("));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(json_lines), cmocka_unit_test(lines_of_workers),
        cmocka_unit_test(text_lines), cmocka_unit_test(long_lines_are_cut),
        cmocka_unit_test(levels),     cmocka_unit_test(chains),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
