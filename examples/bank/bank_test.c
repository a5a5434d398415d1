/* bank_test.c: checker, hooks and middleware, as the config picks them. */
#include <string.h>

#include <minos/test.h>

#include "bank.h"

static minos_rc start(minos_test *test)
{
    return minos_test_start_plugin(test, &bank_plugin, "name: bank\nmiddleware: [timing]\n");
}

static const char *header(const minos_answer *answer, const char *name)
{
    const char *text;
    return minos_value_str(answer->headers, name, &text) == MINOS_OK ? text : "";
}

static minos_rc withdraw(minos_test *test, int amount, minos_answer *ret_answer)
{
    return minos_test_http(test, "POST", "/withdrawals", MINOS_MAP(MINOS_KV("amount", amount)),
                           ret_answer);
}

static minos_rc the_checker_waits_for_the_teller(minos_test *test)
{
    minos_answer answer;

    MINOS_TRY(start(test));
    MINOS_TRY(minos_test_http(test, "POST", "/breaks", MINOS_MAP(MINOS_KV("ms", 150)), &answer));
    MINOS_EXPECT(answer.status == 200);
    MINOS_TRY(withdraw(test, 30, &answer));
    MINOS_EXPECT(answer.status == 200);
    MINOS_EXPECT(strcmp(header(&answer, "x-took"), "200 ms") == 0); /* two waits of 100 ms */

    MINOS_TRY(minos_test_http(test, "POST", "/breaks", MINOS_MAP(MINOS_KV("ms", 9999)), &answer));
    MINOS_TRY(withdraw(test, 30, &answer));
    MINOS_EXPECT(answer.status == 400);
    return MINOS_OK;
}

static minos_rc hooks_run_by_kind(minos_test *test)
{
    minos_answer answer;

    MINOS_TRY(start(test));
    MINOS_TRY(minos_test_http(test, "POST", "/withdrawals", NULL, &answer));
    MINOS_EXPECT(answer.status == 400);
    MINOS_TRY(minos_test_http(test, "GET", "/balance", NULL, &answer));
    MINOS_EXPECT(answer.status == 200);
    MINOS_EXPECT(strcmp(header(&answer, "cache-control"), "no-store") == 0);
    MINOS_TRY(withdraw(test, 1, &answer));
    MINOS_EXPECT(strcmp(header(&answer, "cache-control"), "") == 0);
    return MINOS_OK;
}

static minos_rc a_middleware_that_is_not_picked_does_not_run(minos_test *test)
{
    minos_answer answer;

    MINOS_TRY(minos_test_start_plugin(test, &bank_plugin, "name: bank\nmiddleware: []\n"));
    MINOS_TRY(withdraw(test, 30, &answer));
    MINOS_EXPECT(answer.status == 200);
    MINOS_EXPECT(strcmp(header(&answer, "x-took"), "") == 0);
    MINOS_TRY(withdraw(test, 71, &answer));
    MINOS_EXPECT(answer.status == 409);
    return MINOS_OK;
}

int main(void)
{
    return minos_test_main(42, the_checker_waits_for_the_teller) |
           minos_test_main(42, hooks_run_by_kind) |
           minos_test_main(42, a_middleware_that_is_not_picked_does_not_run);
}
