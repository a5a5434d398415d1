/* account.c: a service with a checker, hooks by kind, and a middleware around all of it. */
#include "bank.h"

#include <stdio.h>

struct account {
    int64_t balance;
    minos_timestamp open_from; /* the teller is away until then */
};

static minos_handler_fn withdraw, send_teller_out, get_balance;
static minos_checker_fn is_open;

static const minos_route account_routes[] = {
    MINOS_REST_COMMAND(
        "POST", "/withdrawals", withdraw,
        MINOS_CHECKERS({.check = is_open, .attempts_max = 3, .delay = 100 * MINOS_MS})),
    MINOS_REST_COMMAND("POST", "/breaks", send_teller_out),
    MINOS_REST_QUERY("GET", "/balance", get_balance),
};

static minos_rc open_account(void *state, const minos_config *config)
{
    struct account *self = state;

    (void)config;
    self->balance = 100;
    return MINOS_OK;
}

/* Before every command: a code ends the request, and its handler never runs. */
static minos_rc demand_content(minos_request *req, minos_request **ret_req)
{
    (void)ret_req; /* a hook may put another request here, see minos_request_wrap */
    return minos_request_has_content(req) ? MINOS_OK : minos_reject(400, "say how much");
}

/* After every query that succeeded. */
static minos_rc forbid_caching(minos_request *req, minos_response *res)
{
    (void)req;
    return minos_response_header_set(res, "cache-control", "no-store");
}

static const minos_service account_service = {
    MINOS_SERVICE("account", account_routes),
    .self_size = sizeof(struct account),
    .setup = open_account,
    .pre_command = demand_content,
    .post_query = forbid_caching,
};

/* Asked again after the delay; 400 when it is never satisfied. */
static minos_rc is_open(minos_request *req, bool *ret_ok)
{
    const struct account *self = minos_request_self(req);

    *ret_ok = minos_timestamp_now() >= self->open_from;
    return MINOS_OK;
}

static minos_rc withdraw(minos_request *req, minos_response *res)
{
    struct account *self = minos_request_self(req);
    const minos_value *content;
    int64_t amount;

    MINOS_TRY(minos_request_content(req, &content));
    MINOS_TRY(minos_value_i64(content, "amount", &amount));
    if (amount < 1 || amount > self->balance)
        return minos_reject(409, "there are %lld", (long long)self->balance);
    self->balance -= amount;
    return minos_reply(res, MINOS_MAP(MINOS_KV("balance", self->balance)));
}

static minos_rc send_teller_out(minos_request *req, minos_response *res)
{
    struct account *self = minos_request_self(req);
    const minos_value *content;
    int64_t milliseconds;

    MINOS_TRY(minos_request_content(req, &content));
    MINOS_TRY(minos_value_i64(content, "ms", &milliseconds));
    if (milliseconds < 0 || milliseconds > 60000)
        return minos_reject(400, "a break has up to 60000 ms");
    self->open_from = minos_timestamp_now() + milliseconds * 1000; /* microseconds */
    return minos_reply(res, NULL);
}

static minos_rc get_balance(minos_request *req, minos_response *res)
{
    const struct account *self = minos_request_self(req);

    return minos_reply(res, MINOS_MAP(MINOS_KV("balance", self->balance)));
}

/* Around every handler of every door, checkers and hooks included. */
static minos_rc tell_time(minos_request *req, minos_response *res, minos_next *next)
{
    minos_timestamp begun = minos_timestamp_now();
    char text[32];

    MINOS_TRY(minos_next_run(next, req, res)); /* leave it out, and nothing further in runs */
    snprintf(text, sizeof text, "%lld ms", (long long)(minos_timestamp_now() - begun) / 1000);
    return minos_response_header_set(res, "x-took", text);
}

static const minos_service *const services[] = {&account_service, NULL};
static const minos_middleware middleware[] = {{"timing", tell_time}, {NULL, NULL}};

const minos_plugin bank_plugin = {
    MINOS_PLUGIN("bank"),
    .services = services,
    .middleware = middleware,
};
