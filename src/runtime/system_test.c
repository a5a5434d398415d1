/*
 * The system service and the utilities, simulated and real.
 */
#include "support/support.h"

#include <string.h>

#include <minos/enroute.h>
#include <minos/system.h>

#include "base/alloc.h"
#include "fiber/host.h"
#include "fiber/simulation.h"

static minos_rc health_gives_the_host(void *argument)
{
    const minos_route_filter all = {0};
    MINOS_AUTO(minos_factory) *factory = NULL;
    MINOS_AUTO(minos_request) *req = NULL;
    MINOS_AUTO(minos_response) *res = NULL;
    minos_action *action;
    const minos_value *content;
    const char *host;
    (void)argument;

    assert_ok(minos_factory_new(MINOS_SERVICES(&minos_system_service), NULL, &factory));
    action = minos_factory_next(factory, all, NULL);
    assert_non_null(action);
    assert_string_equal(minos_action_route(action)->key, "/system/health");
    assert_string_equal(minos_action_route(action)->method, "GET");
    assert_null(minos_factory_next(factory, all, action));
    assert_ok(minos_request_new_memory(NULL, &req));
    assert_ok(minos_response_new(&res));
    assert_ok(minos_action_run(action, req, res));
    assert_int_equal(minos_response_status(res), 200);
    content = minos_response_content(res);
    assert_int_equal(minos_value_count(content), 1);
    assert_ok(minos_value_str(content, "host", &host));
    assert_string_equal(host, MN_SIM_HOST_ADDRESS);
    return MINOS_OK;
}

static minos_rc a_simulated_host_is_fixed(void *argument)
{
    char name[MINOS_HOST_BYTES], ip[MINOS_IP_BYTES], small[4] = "abc";
    (void)argument;

    assert_ok(minos_host_name(name));
    assert_string_equal(name, MN_SIM_HOST_NAME);
    assert_ok(minos_host_ip(ip));
    assert_string_equal(ip, MN_SIM_HOST_ADDRESS);
    assert_rc(mn_host_name(small, sizeof small), MINOS_ETOOBIG);
    assert_rc(mn_host_address(small, sizeof small), MINOS_ETOOBIG);
    return MINOS_OK;
}

static minos_rc names_are_resolved(void *argument)
{
    static const struct {
        const char *name;
        minos_rc rc;
        const char *ip;
    } rows[] = {
        {"127.0.0.1", MINOS_OK, "127.0.0.1"},
        {"::1", MINOS_OK, "::1"},
        {"localhost", MINOS_OK, "127.0.0.1"},
        {"", MINOS_EINVAL, "before"},
        {NULL, MINOS_EINVAL, "before"},
        {"no such host", MINOS_ENOTFOUND, "before"}, /* a blank: nobody need be asked */
    };
    (void)argument;
    for (size_t i = 0; i < mn_count_of(rows); i++) {
        char ip[MINOS_IP_BYTES] = "before";
        minos_rc rc = minos_ip_of(rows[i].name, ip);
        if (rc != rows[i].rc || strcmp(ip, rows[i].ip) != 0)
            fail_msg("\"%s\": %s, %s", rows[i].name == NULL ? "NULL" : rows[i].name,
                     minos_rc_name(rc), ip);
    }
    return MINOS_OK;
}

static minos_rc the_real_host_is_found(void *argument)
{
    char name[MINOS_HOST_BYTES], ip[MINOS_IP_BYTES], again[MINOS_IP_BYTES];
    (void)argument;

    assert_ok(minos_host_name(name));
    assert_true(name[0] != '\0');
    assert_ok(minos_host_ip(ip));
    assert_ok(minos_ip_of(ip, again)); /* an address gives itself */
    assert_string_equal(ip, again);
    return MINOS_OK;
}

static minos_rc feed_later(void *argument)
{
    static int item;
    MINOS_TRY(minos_sleep(MINOS_S));
    return minos_channel_send(argument, &item, minos_deadline_never());
}

static minos_rc a_queue_is_consumed(void *argument)
{
    MINOS_AUTO(minos_scope) *scope = NULL;
    MINOS_AUTO(minos_channel) *queue = NULL;
    int values[5];
    void *items[4] = {NULL};
    size_t count = 7;
    (void)argument;

    assert_ok(minos_channel_new(8, &queue));
    for (int i = 0; i < 5; i++)
        assert_ok(minos_channel_send(queue, &values[i], minos_deadline_never()));
    assert_fails(minos_queue_consume(queue, 0, items, &count), MINOS_EINVAL, "count_max");
    assert_int_equal(count, 7);
    assert_ok(minos_queue_consume(queue, 3, items, &count));
    assert_int_equal(count, 3);
    for (int i = 0; i < 3; i++)
        assert_ptr_equal(items[i], &values[i]);
    assert_ok(minos_queue_consume(queue, 4, items, &count));
    assert_int_equal(count, 2);
    assert_ptr_equal(items[1], &values[4]);

    assert_ok(minos_scope_new(&scope));
    assert_ok(minos_scope_spawn(scope, "feed", feed_later, queue));
    assert_ok(minos_queue_consume(queue, 4, items, &count)); /* waits for one, not for four */
    assert_int_equal(count, 1);
    assert_ok(minos_scope_join(scope, minos_deadline_never()));

    assert_ok(minos_channel_send(queue, &values[0], minos_deadline_never()));
    minos_channel_close(queue);
    assert_ok(minos_queue_consume(queue, 4, items, &count));
    assert_int_equal(count, 1);
    assert_rc(minos_queue_consume(queue, 4, items, &count), MINOS_ECLOSED);
    return MINOS_OK;
}

static void simulated(void **state)
{
    (void)state;
    assert_ok(mn_simulate(1, "health", health_gives_the_host, NULL));
    assert_ok(mn_simulate(1, "host", a_simulated_host_is_fixed, NULL));
    assert_ok(mn_simulate(1, "queue", a_queue_is_consumed, NULL));
}

static void real(void **state)
{
    (void)state;
    mn_on_fiber(names_are_resolved, NULL);
    mn_on_fiber(the_real_host_is_found, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(simulated), cmocka_unit_test(real)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
