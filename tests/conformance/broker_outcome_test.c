/*
 * From a message to its handlers and back, on every broker: outcomes and headers.
 */
#include <minos/context.h>
#include <minos/log.h>
#include <minos/message.h>

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/env.h"
#include "broker/dispatcher.h"
#include "fiber/fiber.h"
#include "support/brokers.h"

#define FAR (60 * MINOS_S)

/* ---- the service ---- */

static minos_rc echo(minos_request *req, minos_response *res)
{
    const minos_value *content;
    MINOS_TRY(minos_request_content(req, &content));
    return minos_reply(res, content);
}

static minos_rc outcome(minos_request *req, minos_response *res)
{
    const minos_value *content;
    const char *how;
    MINOS_TRY(minos_request_content(req, &content));
    MINOS_TRY(minos_value_str(content, "how", &how));
    if (strcmp(how, "reject") == 0)
        return minos_reject(409, "order %d is closed", 7);
    if (strcmp(how, "unavailable") == 0)
        return minos_reject(503, "come back later");
    if (strcmp(how, "fault") == 0)
        return minos_fail(MINOS_EIO, "secret path /etc/passwd");
    if (strcmp(how, "wrapped") == 0)
        return minos_wrap(minos_reject(404, "no such order"), "while looking in table secret");
    if (strcmp(how, "params") == 0)
        return minos_request_params(req, &content);
    if (strcmp(how, "codeless") == 0)
        return MINOS_ENOTFOUND;
    if (strcmp(how, "half") == 0) {
        MINOS_TRY(minos_reply(res, MINOS_VALUE("half")));
        return minos_fail(MINOS_EINTERNAL, "too late");
    }
    if (strcmp(how, "created") == 0)
        return minos_reply_status(res, 201, MINOS_VALUE("made"));
    if (strcmp(how, "gone") == 0)
        return minos_reply_status(res, 410, MINOS_VALUE("went"));
    if (strcmp(how, "big") == 0) {
        const size_t size = 17 << 20;
        void *bytes;
        minos_value big;
        MINOS_TRY(minos_arena_try_alloc(minos_request_arena(req), size, &bytes));
        big = minos_value_bytes(minos_view_make(bytes, size));
        return minos_reply(res, &big);
    }
    if (strcmp(how, "null") == 0)
        return minos_reply(res, MINOS_VALUE((const minos_value *)NULL));
    return MINOS_OK;
}

/* Tells what it sees of its request. */
static minos_rc look(minos_request *req, minos_response *res)
{
    const minos_uuid *user = minos_context_user();
    const char *reply_topic = minos_context_reply_topic();
    char text[MINOS_UUID_TEXT_BYTES + 1] = "";
    const char *trace = minos_request_header(req, "TraceParent");
    const char *colour = minos_request_header(req, "colour");

    if (user != NULL)
        minos_uuid_format(*user, text);
    MINOS_TRY(minos_context_header_set("seen", "yes"));
    MINOS_TRY(minos_response_header_set(res, "set", "too"));
    return minos_reply(
        res,
        MINOS_MAP(MINOS_KV("user", text), MINOS_KV("trace", trace), MINOS_KV("colour", colour),
                  MINOS_KV("reply_topic", reply_topic),
                  MINOS_KV("has_params", (bool)minos_request_has_params(req)),
                  MINOS_KV("has_deadline", (bool)(minos_fiber_deadline().at_ns != INT64_MAX))));
}

/* Changes a header, then asks `look`. */
static minos_rc ask_look(minos_request *req, minos_response *res)
{
    const minos_value *reply;
    (void)req;
    MINOS_TRY(minos_context_header_set("colour", "red"));
    MINOS_TRY(minos_broker_request("look", NULL, &reply));
    return minos_reply(res, reply);
}

static minos_rc relay(minos_request *req, minos_response *res)
{
    const minos_value *content, *reply;
    MINOS_TRY(minos_request_content(req, &content));
    MINOS_TRY(minos_broker_request("outcome", content, &reply));
    return minos_reply(res, reply);
}

static const minos_route rows[] = {
    MINOS_BROKER_QUERY("echo", echo),     MINOS_BROKER_COMMAND("outcome", outcome),
    MINOS_BROKER_QUERY("look", look),     MINOS_BROKER_COMMAND("ask_look", ask_look),
    MINOS_BROKER_COMMAND("relay", relay),
};
static const minos_service service = {MINOS_SERVICE("probe", rows)};

static mn_test_world world;

static void open_world(size_t concurrency)
{
    mn_world_open(&world, "probe", &service, concurrency);
}

/* Ask and give the whole reply, which the caller owns. */
static minos_message *ask(const char *topic, const minos_value *content)
{
    minos_message *reply = NULL;
    assert_ok(mn_caller_ask(world.caller, topic, content, minos_deadline_in(FAR), &reply));
    return reply;
}

/* ---- outcomes ---- */

static minos_rc outcomes_become_replies(void *argument)
{
    static const struct {
        const char *how;
        minos_status status;
        const char *exact;
        const char *content; /* as JSON */
    } cases[] = {
        {"nothing", MINOS_STATUS_SUCCESS, "200", "null"},
        {"null", MINOS_STATUS_SUCCESS, "200", "null"},
        {"created", MINOS_STATUS_SUCCESS, "201", "\"made\""},
        {"gone", MINOS_STATUS_ERROR, "410", "\"went\""},
        {"reject", MINOS_STATUS_ERROR, "409", "\"order 7 is closed\""},
        {"wrapped", MINOS_STATUS_ERROR, "404", "\"no such order\""},
        {"params", MINOS_STATUS_ERROR, "400", "\"the request has no params\""},
        {"unavailable", MINOS_STATUS_SYSTEM_ERROR, "503", "\"come back later\""},
        {"fault", MINOS_STATUS_SYSTEM_ERROR, "500", "\"internal error\""},
        {"half", MINOS_STATUS_SYSTEM_ERROR, "500", "\"internal error\""},
        {"big", MINOS_STATUS_SYSTEM_ERROR, "500", "\"internal error\""},
        {"codeless", MINOS_STATUS_SYSTEM_ERROR, "500", "\"internal error\""},
    };
    (void)argument;

    open_world(0);
    for (size_t i = 0; i < mn_count_of(cases); i++) {
        minos_message *reply = ask("outcome", MINOS_MAP(MINOS_KV("how", cases[i].how)));
        print_message("  %s\n", cases[i].how);
        assert_int_equal(minos_message_status(reply), cases[i].status);
        assert_string_equal(minos_message_header(reply, "minos-status"), cases[i].exact);
        assert_string_equal(minos_message_text(reply), cases[i].content);
        assert_int_equal(minos_message_strategy(reply), MINOS_UNICAST);
        assert_null(minos_message_reply_topic(reply));
        minos_message_unref(reply);
    }
    mn_world_close(&world);
    return MINOS_OK;
}

static minos_rc content_comes_back_as_it_went(void *argument)
{
    const minos_value *content =
        MINOS_MAP(MINOS_KV("n", 1), MINOS_KV("x", 1.5), MINOS_KV("yes", true),
                  MINOS_KV("s", "text"), MINOS_KV("id", minos_uuid_new()),
                  MINOS_KV("l", MINOS_LIST(MINOS_ITEM(1), MINOS_ITEM("two"))));
    const minos_value *got;
    (void)argument;

    open_world(0);
    assert_ok(minos_broker_request("echo", content, &got));
    assert_true(minos_value_equal(got, content));
    assert_ok(minos_broker_request("echo", NULL, &got));
    assert_true(minos_value_is_null(got));
    mn_world_close(&world);
    return MINOS_OK;
}

static minos_rc error_replies_are_errors_of_the_caller(void *argument)
{
    static const struct {
        const char *how;
        int status;
        const char *message;
    } cases[] = {{"reject", 409, "order 7 is closed"},
                 {"unavailable", 503, "come back later"},
                 {"fault", 500, "internal error"},
                 {"gone", 410, "went"}};
    const minos_value *const untouched = MINOS_VALUE(0), *reply = untouched;
    (void)argument;

    open_world(0);
    for (size_t i = 0; i < mn_count_of(cases); i++) {
        const minos_value *content = MINOS_MAP(MINOS_KV("how", cases[i].how));
        minos_message *through;
        print_message("  %s\n", cases[i].how);
        assert_rc(minos_broker_request("outcome", content, &reply), MINOS_ERESPONSE);
        assert_int_equal(minos_error_status(minos_error_last()), cases[i].status);
        assert_string_equal(minos_error_message(minos_error_cause(minos_error_last())),
                            cases[i].message);
        assert_ptr_equal(reply, untouched);
        through = ask("relay", content); /* what one handler is told travels through another */
        assert_int_equal(atoi(minos_message_header(through, "minos-status")), cases[i].status);
        assert_string_equal(minos_value_view(minos_message_content(through)).data,
                            cases[i].message);
        minos_message_unref(through);
    }
    mn_world_close(&world);
    return MINOS_OK;
}

static minos_rc a_topic_without_action_is_answered(void *argument)
{
    const minos_message_options options = {.topic = "unbound", .reply_topic = "back"};
    const char *const topics[] = {"back", NULL};
    const minos_subscriber_options back_options = {.topics = topics};
    const mn_broker_source source = mn_test_source();
    minos_subscriber *back;
    minos_message *message, *reply;
    (void)argument;

    open_world(0);
    assert_ok(mn_subscriber_open(mn_test_broker->ops, &source, &back_options, &back));
    assert_ok(minos_message_new(&options, &message));
    assert_fails(minos_dispatcher_dispatch(world.dispatcher, message), MINOS_ENOACTION, "unbound");
    assert_ok(minos_subscriber_receive(back, minos_deadline_in(FAR), &reply));
    assert_int_equal(minos_message_status(reply), MINOS_STATUS_ERROR);
    assert_string_equal(minos_message_header(reply, "minos-status"), "404");
    assert_true(
        minos_uuid_equal(minos_message_identifier(reply), minos_message_identifier(message)));
    minos_message_unref(reply);
    minos_message_unref(message);
    assert_int_equal(mn_dispatcher_count(world.dispatcher).unbound, 1);
    minos_subscriber_free(back);
    mn_world_close(&world);
    return MINOS_OK;
}

static minos_rc errors_never_end_the_consumer(void *argument)
{
    (void)argument;
    open_world(1);
    for (int i = 0; i < 50; i++) {
        const minos_message_options unbound = {.topic = "unbound"};
        minos_message *message;
        minos_message_unref(ask("outcome", MINOS_MAP(MINOS_KV("how", "fault"))));
        assert_ok(minos_broker_send("outcome", MINOS_VALUE("no map")));
        assert_ok(minos_message_new(&unbound, &message));
        if (mn_test_broker->ops->add != NULL)
            assert_ok(minos_subscriber_add_message(world.subscriber, message));
        minos_message_unref(message);
    }
    minos_message_unref(ask("echo", NULL));
    mn_world_close(&world);
    return MINOS_OK;
}

/* ---- headers ---- */

static const char *text_of(const minos_message *reply, const char *key)
{
    const char *text = "(no text)";
    if (minos_value_str(minos_message_content(reply), key, &text) != MINOS_OK)
        minos_error_clear();
    return text;
}

static minos_rc user_and_trace_travel(void *argument)
{
    static const char *const user = "0a1b2c3d-0000-4000-8000-000000000001";
    static const char *const trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    static const char *const topics[] = {"look", "ask_look"};
    (void)argument;

    open_world(0);
    for (size_t i = 0; i < mn_count_of(topics); i++) {
        const minos_message_options options = {
            .topic = topics[i],
            .headers = MINOS_MAP(MINOS_KV("user", user), MINOS_KV("traceparent", trace),
                                 MINOS_KV("cookie", "not for others"))};
        minos_broker_client *client;
        minos_publisher *publisher = mn_test_publisher();
        const char *const own[] = {"the.client", NULL};
        const minos_subscriber_options own_options = {.topics = own};
        const mn_broker_source source = mn_test_source();
        minos_subscriber *subscriber;
        minos_message *message, *reply;

        print_message("  %s\n", topics[i]);
        assert_ok(mn_subscriber_open(mn_test_broker->ops, &source, &own_options, &subscriber));
        assert_ok(minos_broker_client_new("the.client", publisher, subscriber, &client));
        assert_ok(minos_message_new(&options, &message));
        assert_ok(minos_broker_client_send_message(client, message));
        assert_ok(minos_broker_client_receive(client, minos_deadline_in(FAR), &reply));
        assert_string_equal(text_of(reply, "user"), user);
        assert_string_equal(text_of(reply, "trace"), trace);
        assert_string_equal(text_of(reply, "colour"), i == 0 ? "(no text)" : "red");
        /* Of the request all but our own comes back, with what the handler changed and set. */
        assert_string_equal(minos_message_header(reply, "cookie"), "not for others");
        assert_string_equal(minos_message_header(reply, "user"), user);
        if (i == 0) {
            assert_string_equal(minos_message_header(reply, "seen"), "yes");
            assert_string_equal(minos_message_header(reply, "set"), "too");
            assert_string_equal(text_of(reply, "reply_topic"), "the.client");
        } else {
            assert_string_equal(minos_message_header(reply, "colour"), "red");
            assert_null(minos_message_header(reply, "set"));
        }
        assert_null(minos_message_header(reply, "minos-deadline"));
        minos_message_unref(reply);
        minos_message_unref(message);
        minos_broker_client_free(client);
        minos_subscriber_free(subscriber);
        minos_publisher_free(publisher);
    }
    mn_world_close(&world);
    return MINOS_OK;
}

static minos_rc a_user_that_is_no_uuid_is_refused(void *argument)
{
    const minos_message_options options = {
        .topic = "look", .reply_topic = "back", .headers = MINOS_MAP(MINOS_KV("user", "root"))};
    const char *const topics[] = {"back", NULL};
    const minos_subscriber_options back_options = {.topics = topics};
    const mn_broker_source source = mn_test_source();
    minos_subscriber *back;
    minos_message *message, *reply;
    (void)argument;

    open_world(0);
    assert_ok(mn_subscriber_open(mn_test_broker->ops, &source, &back_options, &back));
    assert_ok(minos_message_new(&options, &message));
    assert_ok(minos_publisher_send(world.publisher, message));
    assert_ok(minos_subscriber_receive(back, minos_deadline_in(FAR), &reply));
    assert_string_equal(minos_message_header(reply, "minos-status"), "400");
    minos_message_unref(reply);
    minos_message_unref(message);
    minos_subscriber_free(back);
    mn_world_close(&world);
    return MINOS_OK;
}

static minos_rc a_request_has_a_deadline_and_a_send_none(void *argument)
{
    const minos_value *reply;
    bool has;
    (void)argument;

    open_world(0);
    assert_ok(minos_broker_request("look", NULL, &reply));
    assert_ok(minos_value_flag(reply, "has_deadline", &has));
    assert_true(has);
    assert_ok(minos_value_flag(reply, "has_params", &has));
    assert_false(has);
    mn_world_close(&world);
    return MINOS_OK;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        MN_BROKER_CASE(outcomes_become_replies),
        MN_BROKER_CASE(content_comes_back_as_it_went),
        MN_BROKER_CASE(error_replies_are_errors_of_the_caller),
        MN_BROKER_CASE(a_topic_without_action_is_answered),
        MN_BROKER_CASE(errors_never_end_the_consumer),
        MN_BROKER_CASE(user_and_trace_travel),
        MN_BROKER_CASE(a_user_that_is_no_uuid_is_refused),
        MN_BROKER_CASE(a_request_has_a_deadline_and_a_send_none),
    };
    return mn_brokers_main(tests, sizeof tests / sizeof tests[0]);
}
