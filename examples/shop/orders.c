/* orders.c: takes orders over HTTP, has the stock reserve them, tells everybody. */
#include "shop.h"

struct orders {
    int64_t placed_count;
    int64_t refused_count;
    int64_t seen_count; /* order.placed events that came back to us */
    int64_t report_count;
};

static minos_handler_fn place_order, count_order, get_totals, report_totals;

static const minos_route order_routes[] = {
    MINOS_REST_COMMAND("POST", "/orders", place_order, .summary = "Place an order"),
    MINOS_REST_QUERY("GET", "/orders/totals", get_totals, .summary = "Count orders and events"),
    MINOS_BROKER_EVENT("order.placed", count_order),
    MINOS_PERIODIC_EVENT("*/2 * * * * *", report_totals), /* every 2 seconds */
};

const minos_service order_service = {
    MINOS_SERVICE("orders", order_routes),
    .self_size = sizeof(struct orders),
};

static minos_rc place_order(minos_request *req, minos_response *res)
{
    struct orders *self = minos_request_self(req);
    char id[MINOS_UUID_TEXT_BYTES + 1];
    const minos_value *order, *reserved;
    const char *sku;
    int64_t quantity;
    minos_rc rc;

    MINOS_TRY(minos_request_content(req, &order));
    MINOS_TRY(minos_value_str(order, "sku", &sku));
    MINOS_TRY(minos_value_i64(order, "quantity", &quantity));

    rc = minos_broker_request("stock.reserve",
                              MINOS_MAP(MINOS_KV("sku", sku), MINOS_KV("quantity", quantity)),
                              &reserved);
    if (rc != MINOS_OK) {
        self->refused_count++;
        return minos_wrap(rc, "while reserving %s", sku); /* a refusal keeps status and message */
    }

    self->placed_count++;
    minos_uuid_format(minos_uuid_new(), id);
    MINOS_TRY(
        minos_broker_publish("order.placed", MINOS_MAP(MINOS_KV("id", id), MINOS_KV("sku", sku),
                                                       MINOS_KV("quantity", quantity))));
    return minos_reply_status(res, 201,
                              MINOS_MAP(MINOS_KV("id", id), MINOS_KV("reserved", reserved)));
}

static minos_rc count_order(minos_request *req, minos_response *res)
{
    struct orders *self = minos_request_self(req);
    const minos_value *order;
    const char *id;

    (void)res;
    MINOS_TRY(minos_request_content(req, &order));
    MINOS_TRY(minos_value_str(order, "id", &id));
    self->seen_count++;
    minos_log_info("orders saw order.placed %s", id);
    return MINOS_OK;
}

static minos_rc get_totals(minos_request *req, minos_response *res)
{
    struct orders *self = minos_request_self(req);

    return minos_reply(res, MINOS_MAP(MINOS_KV("placed", self->placed_count),
                                      MINOS_KV("refused", self->refused_count),
                                      MINOS_KV("events_seen", self->seen_count),
                                      MINOS_KV("reports", self->report_count)));
}

static minos_rc report_totals(minos_request *req, minos_response *res)
{
    struct orders *self = minos_request_self(req);

    (void)res;
    self->report_count++;
    minos_log_info("totals: %lld orders placed, %lld refused", (long long)self->placed_count,
                   (long long)self->refused_count);
    return MINOS_OK;
}
