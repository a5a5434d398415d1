/*
 * stock.c: knows what is on the shelves; reserves on command, follows the orders by their events.
 */
#include <string.h>

#include "shop.h"

#define SHELVES 3

struct shelf {
    const char *sku;
    int64_t quantity;
};

struct stock {
    struct shelf shelves[SHELVES];
    int64_t seen_count; /* order.placed events */
};

static minos_handler_fn reserve, note_order, get_shelf;

static const minos_route stock_routes[] = {
    MINOS_BROKER_COMMAND("stock.reserve", reserve),
    MINOS_BROKER_EVENT("order.placed", note_order),
    MINOS_REST_QUERY("GET", "/stock/{sku}", get_shelf, .summary = "Look at a shelf"),
};

static minos_rc setup(void *state, const minos_config *config)
{
    static const struct shelf full[SHELVES] = {{"apple", 100}, {"bread", 5}, {"cheese", 1}};
    struct stock *self = state;

    (void)config;
    memcpy(self->shelves, full, sizeof full);
    return MINOS_OK;
}

const minos_service stock_service = {
    MINOS_SERVICE("stock", stock_routes),
    .self_size = sizeof(struct stock),
    .setup = setup,
};

static minos_rc find_shelf(struct stock *self, const char *sku, struct shelf **ret_shelf)
{
    for (size_t i = 0; i < SHELVES; i++)
        if (strcmp(self->shelves[i].sku, sku) == 0) {
            *ret_shelf = &self->shelves[i];
            return MINOS_OK;
        }
    return minos_reject(404, "no shelf holds \"%s\"", sku);
}

static minos_rc reserve(minos_request *req, minos_response *res)
{
    struct stock *self = minos_request_self(req);
    const minos_value *wanted;
    struct shelf *shelf;
    const char *sku;
    int64_t quantity;

    MINOS_TRY(minos_request_content(req, &wanted));
    MINOS_TRY(minos_value_str(wanted, "sku", &sku));
    MINOS_TRY(minos_value_i64(wanted, "quantity", &quantity));
    MINOS_TRY(find_shelf(self, sku, &shelf));
    if (quantity < 1)
        return minos_reject(400, "quantity must be at least 1");
    if (quantity > shelf->quantity)
        return minos_reject(409, "only %lld of %s are left", (long long)shelf->quantity, sku);
    shelf->quantity -= quantity;
    return minos_reply(res, MINOS_MAP(MINOS_KV("sku", sku), MINOS_KV("left", shelf->quantity)));
}

static minos_rc note_order(minos_request *req, minos_response *res)
{
    struct stock *self = minos_request_self(req);

    (void)res;
    self->seen_count++;
    minos_log_info("stock saw order.placed, %lld so far", (long long)self->seen_count);
    return MINOS_OK;
}

static minos_rc get_shelf(minos_request *req, minos_response *res)
{
    struct stock *self = minos_request_self(req);
    struct shelf *shelf;
    const char *sku;

    MINOS_TRY(minos_request_param(req, "sku", &sku));
    MINOS_TRY(find_shelf(self, sku, &shelf));
    return minos_reply(res, MINOS_MAP(MINOS_KV("sku", sku), MINOS_KV("left", shelf->quantity),
                                      MINOS_KV("events_seen", self->seen_count)));
}
