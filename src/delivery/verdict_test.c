/*
 * The table of outcomes, and the delays between attempts.
 */
#include "support/support.h"

#include "base/alloc.h"
#include "delivery/verdict.h"

typedef struct row {
    const char *name;
    mn_outcome_kind kind;
    minos_kind of;
    bool has_caller, retry;
    int tries;
    mn_action action;
    bool replies, sends;
} verdict_row;

static const verdict_row rows[] = {
    {"ok", MN_OUTCOME_OK, MINOS_KIND_COMMAND, true, false, 1, MN_ACTION_DELETE, true, true},
    {"ok event", MN_OUTCOME_OK, MINOS_KIND_EVENT, true, false, 1, MN_ACTION_DELETE, false, true},
    {"drop", MN_OUTCOME_DROP, MINOS_KIND_EVENT, false, false, 1, MN_ACTION_DELETE, false, false},
    {"refused", MN_OUTCOME_REFUSED, MINOS_KIND_QUERY, true, true, 1, MN_ACTION_DELETE, true, false},
    {"refused, alone", MN_OUTCOME_REFUSED, MINOS_KIND_COMMAND, false, false, 1, MN_ACTION_BURY,
     false, false},
    {"dead", MN_OUTCOME_DEAD, MINOS_KIND_COMMAND, true, true, 1, MN_ACTION_BURY, true, false},
    {"retry", MN_OUTCOME_RETRY, MINOS_KIND_COMMAND, true, false, 50, MN_ACTION_DELAY, false, false},
    {"fault", MN_OUTCOME_FAULT, MINOS_KIND_COMMAND, true, false, 1, MN_ACTION_DELETE, true, false},
    {"fault, 9", MN_OUTCOME_FAULT, MINOS_KIND_COMMAND, true, true, 9, MN_ACTION_DELAY, false,
     false},
    {"fault, 10", MN_OUTCOME_FAULT, MINOS_KIND_COMMAND, true, true, 10, MN_ACTION_BURY, true,
     false},
    {"event, 10", MN_OUTCOME_FAULT, MINOS_KIND_EVENT, true, false, 10, MN_ACTION_BURY, false,
     false},
};

static void test_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < mn_count_of(rows); i++) {
        const verdict_row *row = &rows[i];
        mn_delivery_handler handler = {.kind = row->of, .retry = row->retry};
        mn_delivery_outcome outcome = {.kind = row->kind};
        mn_verdict verdict = mn_verdict_of(&handler, row->has_caller, &outcome, row->tries, 7);
        if (verdict.action != row->action || verdict.replies != row->replies ||
            verdict.sends != row->sends)
            fail_msg("%s: action %d, replies %d, sends %d", row->name, verdict.action,
                     verdict.replies, verdict.sends);
    }
}

static void test_backoff(void **state)
{
    static const struct {
        int tries;
        minos_duration middle;
    } delays[] = {{1, MINOS_S},
                  {2, 2 * MINOS_S},
                  {9, 256 * MINOS_S},
                  {10, 300 * MINOS_S},
                  {1000, 300 * MINOS_S}};
    (void)state;
    for (size_t i = 0; i < mn_count_of(delays); i++) {
        minos_duration middle = delays[i].middle;
        assert_int_equal(mn_backoff(delays[i].tries, 0), middle / 10 * 8);
        assert_int_equal(mn_backoff(delays[i].tries, 500), middle);
        assert_int_equal(mn_backoff(delays[i].tries, 1000), middle / 10 * 12);
        assert_true(mn_backoff(delays[i].tries, UINT32_MAX) <= middle / 10 * 12);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_rows), cmocka_unit_test(test_backoff)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
