/*
 * The server of the waiting benchmark: each GET /sleep waits 10 ms on its fiber.
 */
#include <minos/minos.h>

static minos_handler_fn wait_a_little;

static const minos_route sleep_routes[] = {
    MINOS_REST_QUERY("GET", "/sleep", wait_a_little),
};

static const minos_service sleep_service = {
    MINOS_SERVICE("sleep", sleep_routes),
};

static minos_rc wait_a_little(minos_request *req, minos_response *res)
{
    (void)req;
    MINOS_TRY(minos_sleep(10 * MINOS_MS));
    return minos_reply(res, MINOS_MAP(MINOS_KV("status", "slept")));
}

int main(int argc, char **argv)
{
    return minos_main(argc, argv, MINOS_SERVICES(&sleep_service));
}
