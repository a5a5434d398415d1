/*
 * The duplicate validator in memory, against a list of what it should remember, in virtual time.
 */
#include <string.h>

#include "base/alloc.h"
#include "base/env.h"
#include "broker/message.h"
#include "broker/validator.h"
#include "fiber/fiber.h"
#include "fiber/simulation.h"
#include "support/support.h"

static minos_message *message_of(const char *topic, uint64_t number)
{
    minos_uuid identifier = {{0}};
    const minos_message_options options = {.topic = topic, .identifier = &identifier};
    minos_message *message = NULL;

    memcpy(identifier.bytes, &number, sizeof number);
    assert_ok(minos_message_new(&options, &message));
    return message;
}

static bool ask(minos_validator *validator, const char *topic, uint64_t number)
{
    minos_message *message = message_of(topic, number);
    bool valid = false;
    assert_ok(minos_validator_is_valid(validator, message, &valid));
    minos_message_unref(message);
    return valid;
}

static void forget(minos_validator *validator, const char *topic, uint64_t number)
{
    minos_message *message = message_of(topic, number);
    mn_validator_forget(validator, message);
    minos_message_unref(message);
}

static minos_validator *validator_of(size_t marks_max, minos_duration window)
{
    minos_validator *validator = NULL;
    assert_ok(minos_validator_new_memory(
        &(minos_duplicates_options){.marks_max = marks_max, .window = window}, &validator));
    return validator;
}

static minos_rc topic_and_identifier_make_a_duplicate(void *argument)
{
    minos_validator *validator = validator_of(0, 0);
    (void)argument;

    assert_true(ask(validator, "x", 1));
    assert_true(ask(validator, "y", 1));
    assert_true(ask(validator, "x", 2));
    assert_false(ask(validator, "x", 1));
    assert_false(ask(validator, "y", 1));
    assert_false(ask(validator, "x", 1));
    assert_int_equal(minos_validator_refused(validator), 3);
    minos_validator_free(validator);
    return MINOS_OK;
}

static minos_rc the_window_of_time_ends(void *argument)
{
    minos_validator *validator = validator_of(0, 0);
    (void)argument;

    assert_true(ask(validator, "x", 1));
    assert_ok(minos_sleep(23 * MINOS_H));
    assert_false(ask(validator, "x", 1)); /* a repeat does not lengthen it */
    assert_true(ask(validator, "x", 2));
    assert_ok(minos_sleep(1 * MINOS_H));
    assert_true(ask(validator, "x", 1));
    assert_false(ask(validator, "x", 2));
    minos_validator_free(validator);
    return MINOS_OK;
}

static minos_rc the_oldest_makes_room(void *argument)
{
    minos_validator *validator = validator_of(3, 0);
    (void)argument;

    for (uint64_t i = 1; i <= 4; i++)
        assert_true(ask(validator, "x", i));
    for (uint64_t i = 2; i <= 4; i++)
        assert_false(ask(validator, "x", i));
    assert_true(ask(validator, "x", 1));
    assert_true(ask(validator, "x", 2));
    minos_validator_free(validator);
    return MINOS_OK;
}

static minos_rc what_is_forgotten_may_come_again(void *argument)
{
    minos_validator *validator = validator_of(3, 0);
    (void)argument;

    forget(validator, "x", 1); /* nothing yet */
    assert_true(ask(validator, "x", 1));
    forget(validator, "x", 1);
    assert_true(ask(validator, "x", 1));
    assert_false(ask(validator, "x", 1));
    assert_true(ask(validator, "x", 2));
    assert_true(ask(validator, "x", 3)); /* pushes out the forgotten mark, not the one after it */
    assert_false(ask(validator, "x", 1));
    forget(validator, "y", 1);
    assert_false(ask(validator, "x", 1));
    minos_validator_free(validator);
    return MINOS_OK;
}

/* What it should say, in the plainest way. */
typedef struct model {
    uint64_t numbers[4096];
    size_t count;
} model;

static bool model_has(const model *marks, uint64_t number, size_t max)
{
    size_t from = marks->count > max ? marks->count - max : 0;
    for (size_t i = from; i < marks->count; i++)
        if (marks->numbers[i] == number)
            return true;
    return false;
}

static minos_rc it_agrees_with_a_plain_list(void *argument)
{
    static const size_t maxima[] = {1, 2, 63, 64, 65, 500};
    (void)argument;

    for (size_t i = 0; i < mn_count_of(maxima); i++) {
        minos_validator *validator = validator_of(maxima[i], 0);
        model marks = {.count = 0};
        print_message("  %zu marks\n", maxima[i]);
        for (int call = 0; call < 4000; call++) {
            uint64_t number;
            bool expected;
            mn_env->random(&number, sizeof number);
            number %= 700;
            expected = !model_has(&marks, number, maxima[i]);
            assert_int_equal(ask(validator, "x", number), expected);
            if (expected)
                marks.numbers[marks.count++] = number;
        }
        minos_validator_free(validator);
    }
    return MINOS_OK;
}

static minos_rc what_is_not_valid_is_refused(void *argument)
{
    const struct {
        const char *name;
        minos_duplicates_options options;
    } rows[] = {
        {"too many marks", {.marks_max = MN_MARKS_MAX + 1}},
        {"most marks", {.marks_max = SIZE_MAX}},
        {"negative window", {.window = -1}},
    };
    static const minos_validator_ops hollow = {.name = "hollow"};
    minos_validator *validator = NULL;
    bool valid = true;
    (void)argument;

    for (size_t i = 0; i < mn_count_of(rows); i++) {
        print_message("  %s\n", rows[i].name);
        assert_rc(minos_validator_new_memory(&rows[i].options, &validator), MINOS_EINVAL);
        assert_null(validator);
    }
    assert_rc(minos_validator_new(NULL, NULL, &validator), MINOS_EINVAL);
    assert_rc(minos_validator_new(&hollow, NULL, &validator), MINOS_EINVAL);
    assert_null(validator);
    validator = validator_of(1, 0);
    assert_rc(minos_validator_is_valid(validator, NULL, &valid), MINOS_EINVAL);
    assert_true(valid);
    minos_validator_free(validator);
    minos_validator_free(NULL);
    return MINOS_OK;
}

static void run(void **state)
{
    minos_fiber_fn **fn = *state;
    assert_ok(mn_simulate(1, "test", *fn, NULL));
}

#define CASE(fn)                                                                                   \
    {                                                                                              \
#fn, run, NULL, NULL, (minos_fiber_fn *[])                                                 \
        {                                                                                          \
            fn                                                                                     \
        }                                                                                          \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(topic_and_identifier_make_a_duplicate),
        CASE(the_window_of_time_ends),
        CASE(the_oldest_makes_room),
        CASE(what_is_forgotten_may_come_again),
        CASE(it_agrees_with_a_plain_list),
        CASE(what_is_not_valid_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
