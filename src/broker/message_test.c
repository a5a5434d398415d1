/*
 * Messages: defaults, checks, sharing, order, equality, text.
 */
#include <minos/message.h>

#include <stdlib.h>
#include <string.h>

#include "broker/headers.h"
#include "broker/message.h"
#include "support/support.h"

static minos_message *message_of(const minos_value *content)
{
    const minos_message_options options = {.topic = "orders.place", .content = content};
    minos_message *message = NULL;
    assert_ok(minos_message_new(&options, &message));
    return message;
}

static void a_message_has_the_originals_defaults(void **state)
{
    minos_message *message = message_of(NULL), *other = message_of(NULL);
    minos_uuid id = minos_message_identifier(message);
    (void)state;

    assert_string_equal(minos_message_topic(message), "orders.place");
    assert_null(minos_message_reply_topic(message));
    assert_false(minos_message_should_reply(message));
    assert_int_equal(minos_message_strategy(message), MINOS_UNICAST);
    assert_int_equal(minos_message_status(message), MINOS_STATUS_SUCCESS);
    assert_true(minos_message_ok(message));
    assert_true(minos_value_is_null(minos_message_content(message)));
    assert_int_equal(minos_value_type(minos_message_headers(message)), MINOS_TYPE_MAP);
    assert_int_equal(minos_value_count(minos_message_headers(message)), 0);
    assert_null(minos_message_header(message, "user"));
    assert_int_equal(id.bytes[6] >> 4, 4);
    assert_int_equal(id.bytes[8] >> 6, 2);
    assert_false(minos_uuid_equal(id, minos_message_identifier(other)));
    minos_message_unref(other);
    minos_message_unref(message);
}

static void all_is_copied(void **state)
{
    char topic[] = "a.topic", name[] = "Colour", text[] = "red", item[] = "apple";
    const minos_message_options options = {
        .topic = topic,
        .reply_topic = topic,
        .headers = MINOS_MAP(MINOS_KV(name, text)),
        .content = MINOS_LIST(MINOS_ITEM(item)),
        .strategy = MINOS_MULTICAST,
        .status = 400,
    };
    const char *got;
    minos_message *message;
    (void)state;

    assert_ok(minos_message_new(&options, &message));
    memset(topic, 'x', sizeof topic - 1);
    memset(name, 'x', sizeof name - 1);
    memset(text, 'x', sizeof text - 1);
    memset(item, 'x', sizeof item - 1);
    assert_string_equal(minos_message_topic(message), "a.topic");
    assert_string_equal(minos_message_reply_topic(message), "a.topic");
    assert_string_equal(minos_message_header(message, "colour"), "red");
    assert_ok(minos_value_str(minos_message_headers(message), "Colour", &got));
    assert_string_equal(got, "red");
    assert_ok(minos_value_str(minos_value_at(minos_message_content(message), 0), NULL, &got));
    assert_string_equal(got, "apple");
    assert_int_equal(minos_message_strategy(message), MINOS_MULTICAST);
    assert_false(minos_message_ok(message));
    minos_message_unref(message);
}

static const minos_value *headers_many(minos_arena *arena, int count)
{
    minos_value *map = minos_value_map_new(arena);
    for (int i = 0; i < count; i++) {
        const char *name = minos_arena_printf(arena, "h%d", i);
        assert_ok(minos_value_put(arena, map, minos_view_of(name), minos_value_text("v")));
    }
    return map;
}

typedef struct bad_row {
    const char *name;
    minos_message_options options;
    const char *message;
} bad_row;

static void what_is_not_valid_is_refused(void **state)
{
    minos_arena *arena = minos_arena_new(0);
    char long_topic[257], long_name[257], long_text[8194];
    minos_pair twice[] = {{MINOS_VIEW("a"), minos_value_text("1")},
                          {MINOS_VIEW("A"), minos_value_text("2")}};
    const minos_value both = {.type = MINOS_TYPE_MAP, .size = 2, .as = {.named = {.pairs = twice}}};
    size_t alive = mn_messages_alive();
    (void)state;

    memset(long_topic, 't', 256);
    long_topic[256] = '\0';
    memcpy(long_name, long_topic, sizeof long_name);
    memset(long_text, 'v', 8193);
    long_text[8193] = '\0';
    const bad_row rows[] = {
        {"no topic", {.topic = NULL}, "the topic is empty"},
        {"empty topic", {.topic = ""}, "the topic is empty"},
        {"long topic", {.topic = long_topic}, "256 bytes, more than 255"},
        {"overlong UTF-8", {.topic = "a\xc0\xaf"}, "not clean UTF-8"},
        {"surrogate", {.topic = "a\xed\xa0\x80"}, "not clean UTF-8"},
        {"cut UTF-8", {.topic = "a\xe2\x82"}, "not clean UTF-8"},
        {"beyond Unicode", {.topic = "\xf5\x80\x80\x80"}, "not clean UTF-8"},
        {"newline in topic", {.topic = "a\nb"}, "not clean UTF-8"},
        {"delete in topic", {.topic = "a\x7f"}, "not clean UTF-8"},
        {"empty reply topic", {.topic = "a", .reply_topic = ""}, "the reply topic is empty"},
        {"bad reply topic", {.topic = "a", .reply_topic = "\x80"}, "the reply topic is not"},
        {"strategy", {.topic = "a", .strategy = (minos_strategy)7}, "strategy 7"},
        {"headers a list", {.topic = "a", .headers = MINOS_LIST(MINOS_ITEM(1))}, "a list, not"},
        {"header a number",
         {.topic = "a", .headers = MINOS_MAP(MINOS_KV("n", 1))},
         "header \"n\" is an integer"},
        {"header without name",
         {.topic = "a", .headers = MINOS_MAP(MINOS_KV("", "x"))},
         "name has 0 bytes"},
        {"long header name",
         {.topic = "a", .headers = MINOS_MAP(MINOS_KV(long_name, "x"))},
         "name has 256 bytes"},
        {"long header value",
         {.topic = "a", .headers = MINOS_MAP(MINOS_KV("n", long_text))},
         "8193 bytes, more than 8192"},
        {"control in name",
         {.topic = "a", .headers = MINOS_MAP(MINOS_KV("a\r", "x"))},
         "name is not clean"},
        {"newline in value",
         {.topic = "a", .headers = MINOS_MAP(MINOS_KV("a", "x\ny: z"))},
         "header \"a\" is not clean"},
        {"header twice", {.topic = "a", .headers = &both}, "is given twice"},
        {"too many headers",
         {.topic = "a", .headers = headers_many(arena, 101)},
         "101 headers are more than 100"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        minos_message *message = NULL;
        print_message("  %s\n", rows[i].name);
        assert_fails(minos_message_new(&rows[i].options, &message), MINOS_EINVAL, rows[i].message);
        assert_null(message);
    }
    assert_rc(minos_message_new(NULL, NULL), MINOS_EINVAL);
    assert_int_equal(mn_messages_alive(), alive);
    minos_arena_free(arena);
}

static void content_beyond_the_limit_is_refused(void **state)
{
    size_t size = MN_MESSAGE_BYTES_MAX + 1;
    char *big = calloc(1, size);
    const minos_value content = minos_value_bytes(minos_view_make(big, size));
    const minos_message_options options = {.topic = "a", .content = &content};
    size_t alive = mn_messages_alive();
    minos_message *message;
    (void)state;

    assert_rc(minos_message_new(&options, &message), MINOS_ETOOBIG);
    assert_int_equal(mn_messages_alive(), alive);
    free(big);
}

static void topics_are_utf8(void **state)
{
    const minos_message_options options = {.topic = "bestellung.aufgegeben.öäü.€.𝄞"};
    minos_message *message;
    (void)state;
    assert_ok(minos_message_new(&options, &message));
    assert_string_equal(minos_message_topic(message), options.topic);
    minos_message_unref(message);
}

static void a_message_lives_as_long_as_its_last_reference(void **state)
{
    size_t alive = mn_messages_alive();
    minos_message *message = message_of(MINOS_VALUE(7));
    minos_message *derived;
    (void)state;

    assert_ptr_equal(minos_message_ref(message), message);
    minos_message_unref(message);
    derived = mn_message_derive(message, MINOS_VIEW("back"));
    minos_message_unref(message);
    assert_string_equal(minos_message_reply_topic(derived), "back");
    assert_int_equal(minos_message_content(derived)->as.integer, 7);
    assert_int_equal(mn_messages_alive(), alive + 2);
    minos_message_unref(derived);
    assert_int_equal(mn_messages_alive(), alive);
    minos_message_unref(NULL);
}

static void statuses_other_than_the_originals_are_unknown(void **state)
{
    static const struct {
        int number;
        minos_status status;
    } rows[] = {{200, MINOS_STATUS_SUCCESS},      {400, MINOS_STATUS_ERROR},
                {500, MINOS_STATUS_SYSTEM_ERROR}, {600, MINOS_STATUS_UNKNOWN},
                {201, MINOS_STATUS_UNKNOWN},      {404, MINOS_STATUS_UNKNOWN},
                {0, MINOS_STATUS_UNKNOWN},        {-1, MINOS_STATUS_UNKNOWN}};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_int_equal(minos_status_of(rows[i].number), rows[i].status);
    assert_string_equal(minos_strategy_name(MINOS_UNICAST), "unicast");
    assert_string_equal(minos_strategy_name(MINOS_MULTICAST), "multicast");
}

static void messages_are_ordered_by_their_contents(void **state)
{
    const struct {
        const char *name;
        const minos_value *a, *b;
        int order;
    } rows[] = {
        {"integers", MINOS_VALUE(1), MINOS_VALUE(2), -1},
        {"equal", MINOS_VALUE(2), MINOS_VALUE(2), 0},
        {"strings", MINOS_VALUE("b"), MINOS_VALUE("a"), 1},
        {"a number and a string", MINOS_VALUE(1), MINOS_VALUE("a"), 0},
        {"maps", MINOS_MAP(MINOS_KV("a", 1)), MINOS_MAP(MINOS_KV("a", 2)), 0},
        {"null and null", NULL, NULL, 0},
        {"null and a number", NULL, MINOS_VALUE(1), 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        minos_message *a = message_of(rows[i].a), *b = message_of(rows[i].b);
        int order = minos_message_compare(a, b), back = minos_message_compare(b, a);
        print_message("  %s\n", rows[i].name);
        assert_int_equal((order > 0) - (order < 0), rows[i].order);
        assert_int_equal((back > 0) - (back < 0), -rows[i].order);
        minos_message_unref(a);
        minos_message_unref(b);
    }
}

static void messages_are_equal_in_every_field_or_not(void **state)
{
    const minos_uuid one = {{1}}, two = {{2}};
    const minos_message_options same = {.topic = "a",
                                        .identifier = &one,
                                        .reply_topic = "r",
                                        .content = MINOS_VALUE(1),
                                        .headers = MINOS_MAP(MINOS_KV("h", "v"))};
    minos_message_options rows[7] = {same, same, same, same, same, same, same};
    minos_message *first, *second;
    (void)state;

    rows[0].topic = "b";
    rows[1].identifier = &two;
    rows[2].reply_topic = NULL;
    rows[3].reply_topic = "q";
    rows[4].content = MINOS_VALUE(2);
    rows[5].headers = NULL;
    rows[6].status = 500;
    assert_ok(minos_message_new(&same, &first));
    assert_ok(minos_message_new(&same, &second));
    assert_true(minos_message_equal(first, second));
    assert_true(minos_message_equal(first, first));
    minos_message_unref(second);
    for (size_t i = 0; i < 7; i++) {
        assert_ok(minos_message_new(&rows[i], &second));
        if (minos_message_equal(first, second))
            fail_msg("row %zu is equal", i);
        minos_message_unref(second);
    }
    minos_message_unref(first);
}

static void text_is_the_content_as_json(void **state)
{
    minos_message *message = message_of(MINOS_MAP(MINOS_KV("id", "123"), MINOS_KV("n", 1)));
    const char *text = minos_message_text(message);
    (void)state;
    assert_string_equal(text, "{\"id\":\"123\",\"n\":1}");
    assert_ptr_equal(minos_message_text(message), text);
    minos_message_unref(message);
    message = message_of(NULL);
    assert_string_equal(minos_message_text(message), "null");
    minos_message_unref(message);
}

static void a_deadline_header_that_cannot_be_read_is_none(void **state)
{
    static const char *const rows[] = {
        "", "-1", "1e9", " 1", "12x", "0x10", "1.5", "9999999999999999999", "999999999999999999"};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const minos_value *headers = MINOS_MAP(MINOS_KV("minos-deadline", rows[i]));
        print_message("  \"%s\"\n", rows[i]);
        assert_true(mn_headers_deadline(headers).at_ns == INT64_MAX);
    }
    assert_true(mn_headers_deadline(MINOS_MAP(MINOS_KV("minos-deadline", "1"))).at_ns == 0);
    assert_true(mn_headers_deadline(&mn_headers_none).at_ns == INT64_MAX);
}

static void an_exact_status_that_cannot_be_read_is_the_wire_status(void **state)
{
    static const struct {
        const char *text;
        int status;
    } rows[] = {{"404", 404}, {"100", 100}, {"599", 599}, {"", 400},     {"99", 400},
                {"600", 400}, {"-04", 400}, {"4o4", 400}, {"0404", 400}, {"40", 400}};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const minos_message_options options = {
            .topic = "a",
            .status = 400,
            .headers = MINOS_MAP(MINOS_KV("minos-status", rows[i].text))};
        minos_message *message;
        assert_ok(minos_message_new(&options, &message));
        print_message("  \"%s\"\n", rows[i].text);
        assert_int_equal(mn_headers_status(message), rows[i].status);
        minos_message_unref(message);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_message_has_the_originals_defaults),
        cmocka_unit_test(all_is_copied),
        cmocka_unit_test(what_is_not_valid_is_refused),
        cmocka_unit_test(content_beyond_the_limit_is_refused),
        cmocka_unit_test(topics_are_utf8),
        cmocka_unit_test(a_message_lives_as_long_as_its_last_reference),
        cmocka_unit_test(statuses_other_than_the_originals_are_unknown),
        cmocka_unit_test(messages_are_ordered_by_their_contents),
        cmocka_unit_test(messages_are_equal_in_every_field_or_not),
        cmocka_unit_test(text_is_the_content_as_json),
        cmocka_unit_test(a_deadline_header_that_cannot_be_read_is_none),
        cmocka_unit_test(an_exact_status_that_cannot_be_read_is_the_wire_status),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
