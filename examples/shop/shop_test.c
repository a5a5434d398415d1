/* shop_test.c: the whole shop in virtual time, without a socket. */
#include <string.h>

#include <minos/test.h>

#include "shop.h"

static minos_rc start(minos_test *test)
{
    return minos_test_start(test, MINOS_SERVICES(&order_service, &stock_service), NULL);
}

static minos_rc an_order_is_reserved_and_told(minos_test *test)
{
    minos_answer answer;
    const minos_value *reserved;
    int64_t left;

    MINOS_TRY(start(test));
    MINOS_TRY(minos_test_http(test, "POST", "/orders",
                              MINOS_MAP(MINOS_KV("sku", "apple"), MINOS_KV("quantity", 3)),
                              &answer));
    MINOS_EXPECT(answer.status == 201);
    MINOS_TRY(minos_value_map(answer.content, "reserved", &reserved));
    MINOS_TRY(minos_value_i64(reserved, "left", &left));
    MINOS_EXPECT(left == 97);

    MINOS_TRY(minos_test_advance(test, 10 * MINOS_S)); /* ten virtual seconds: five reports */
    MINOS_TRY(minos_test_http(test, "GET", "/orders/totals", NULL, &answer));
    MINOS_EXPECT(minos_value_equal(answer.content,
                                   MINOS_MAP(MINOS_KV("placed", 1), MINOS_KV("refused", 0),
                                             MINOS_KV("events_seen", 1), MINOS_KV("reports", 5))));
    return MINOS_OK;
}

static minos_rc a_refusal_reaches_the_customer(minos_test *test)
{
    minos_answer answer;
    const char *detail;

    MINOS_TRY(start(test));
    MINOS_TRY(minos_test_http(test, "POST", "/orders",
                              MINOS_MAP(MINOS_KV("sku", "cheese"), MINOS_KV("quantity", 2)),
                              &answer));
    MINOS_EXPECT(answer.status == 409);
    MINOS_TRY(minos_value_str(answer.content, "detail", &detail));
    MINOS_EXPECT(strstr(detail, "only 1 of cheese are left") != NULL);
    return MINOS_OK;
}

static minos_rc the_stock_answers_commands(minos_test *test)
{
    minos_answer answer;

    MINOS_TRY(start(test));
    MINOS_TRY(minos_test_request(test, "stock.reserve",
                                 MINOS_MAP(MINOS_KV("sku", "bread"), MINOS_KV("quantity", 5)),
                                 &answer));
    MINOS_EXPECT(answer.status == 200);
    MINOS_TRY(
        minos_test_request(test, "stock.reserve", MINOS_MAP(MINOS_KV("sku", "bread")), &answer));
    MINOS_EXPECT(answer.status == 400); /* no quantity */
    return MINOS_OK;
}

int main(void)
{
    return minos_test_main(42, an_order_is_reserved_and_told) |
           minos_test_main(42, a_refusal_reaches_the_customer) |
           minos_test_main(42, the_stock_answers_commands);
}
