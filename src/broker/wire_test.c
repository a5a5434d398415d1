/*
 * Messages as bytes: what is written reads back, what another writer may leave out or put otherwise
 * is understood, and what is no message is refused by name.
 */
#include "support/support.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "broker/message.h"
#include "broker/wire.h"
#include "codec/avro_write.h"
#include "codec/value.h"

static void messages_read_back(void **state)
{
    minos_uuid id = {.bytes = {0xa7, 0x4d}};
    const minos_message_options rows[] = {
        {.topic = "t"},
        {.topic = "orders.place", .identifier = &id, .content = MINOS_VALUE(1)},
        {.topic = "grüße", .reply_topic = "a1b2", .status = 400, .content = MINOS_VALUE("no")},
        {.topic = "news", .strategy = MINOS_MULTICAST, .status = 500},
        {.topic = "t",
         .status = 600,
         .headers = MINOS_MAP(MINOS_KV("user", "u"), MINOS_KV("Ünï", "☃"))},
        {.topic = "t",
         .content = MINOS_MAP(MINOS_KV("list", MINOS_LIST(MINOS_ITEM(1), MINOS_ITEM("a"))),
                              MINOS_KV("id", id), MINOS_KV("at", minos_value_datetime(1)))},
    };
    (void)state;

    for (size_t i = 0; i < mn_count_of(rows); i++) {
        minos_message *message, *again;
        minos_buffer first, second;
        mn_buffer_init(&first, SIZE_MAX);
        mn_buffer_init(&second, SIZE_MAX);
        assert_ok(minos_message_new(&rows[i], &message));
        assert_ok(mn_wire_encode(message, &first));
        assert_ok(mn_wire_decode(minos_buffer_view(&first), &again));
        assert_true(minos_message_equal(message, again));
        assert_ok(mn_wire_encode(again, &second));
        assert_true(minos_view_equal(minos_buffer_view(&first), minos_buffer_view(&second)));
        minos_message_unref(message);
        minos_message_unref(again);
        mn_buffer_done(&first);
        mn_buffer_done(&second);
    }
}

/* ---- what others write ---- */

static const minos_value *record(minos_arena *arena, const char *name, const minos_value *map)
{
    const minos_value *copy;

    assert_ok(minos_value_dup(arena, map, &copy));
    ((minos_value *)copy)->flags |= MINOS_VALUE_RECORD;
    ((minos_value *)copy)->as.named.name = name;
    return copy;
}

static minos_rc decode(const minos_value *value, minos_message **ret_message)
{
    minos_buffer out;
    minos_rc rc;

    mn_buffer_init(&out, SIZE_MAX);
    assert_ok(mn_avro_encode(value, &out));
    rc = mn_wire_decode(minos_buffer_view(&out), ret_message);
    mn_buffer_done(&out);
    return rc;
}

#define PAYLOAD(...) MINOS_KV("payload", record(arena, "p.Payload", MINOS_MAP(__VA_ARGS__)))
#define MESSAGE(...) record(arena, MN_WIRE_RECORD, MINOS_MAP(__VA_ARGS__))
#define TOPIC        MINOS_KV("topic", "t")
#define NOTHING      minos_value_null()

/* Fields in another order, unknown, absent and null: as the original reads them
 * (docs/internals/avro.md). */
static void fields_are_resolved_by_name(void **state)
{
    MINOS_AUTO(minos_arena) *arena = minos_arena_new(0);
    minos_uuid id = {.bytes = "0123456789abcde"};
    const minos_value *headers = MINOS_MAP(MINOS_KV("a", "b"));
    const minos_value *later = MINOS_LIST(MINOS_ITEM(1));
    const minos_value *payload =
        record(arena, "p.Payload",
               MINOS_MAP(MINOS_KV("headers", headers), MINOS_KV("more", 1.5),
                         MINOS_KV("status", 404), MINOS_KV("content", "gone")));
    const minos_value *value =
        MESSAGE(MINOS_KV("version", 2), MINOS_KV("later", later), MINOS_KV("payload", payload),
                MINOS_KV("strategy", "multicast"), MINOS_KV("reply_topic", "r"),
                MINOS_KV("identifier", minos_value_bytes(minos_view_make(&id, 16))), TOPIC);
    minos_message *message;
    (void)state;

    assert_ok(decode(value, &message));
    assert_string_equal(minos_message_topic(message), "t");
    assert_string_equal(minos_message_reply_topic(message), "r");
    assert_true(minos_uuid_equal(minos_message_identifier(message), id));
    assert_int_equal(minos_message_strategy(message), MINOS_MULTICAST);
    assert_int_equal(minos_message_status(message), MINOS_STATUS_UNKNOWN);
    assert_string_equal(minos_message_header(message, "a"), "b");
    assert_true(minos_view_is(minos_value_view(minos_message_content(message)), "gone"));
    minos_message_unref(message);
}

static void absent_and_null_fields_have_defaults(void **state)
{
    MINOS_AUTO(minos_arena) *arena = minos_arena_new(0);
    const struct {
        const char *name;
        const minos_value *value;
    } rows[] = {
        {"absent", MESSAGE(TOPIC, PAYLOAD(MINOS_KV("unknown", 1)))},
        {"null", MESSAGE(TOPIC, MINOS_KV("identifier", NOTHING), MINOS_KV("reply_topic", NOTHING),
                         MINOS_KV("strategy", NOTHING), MINOS_KV("version", NOTHING),
                         PAYLOAD(MINOS_KV("content", NOTHING), MINOS_KV("status", NOTHING),
                                 MINOS_KV("headers", NOTHING)))},
    };
    (void)state;

    for (size_t i = 0; i < mn_count_of(rows); i++) {
        minos_message *message;
        assert_ok(decode(rows[i].value, &message));
        assert_null(minos_message_reply_topic(message));
        assert_int_equal(minos_message_strategy(message), MINOS_UNICAST);
        assert_int_equal(minos_message_status(message), MINOS_STATUS_SUCCESS);
        assert_int_equal(minos_value_count(minos_message_headers(message)), 0);
        assert_true(minos_value_is_null(minos_message_content(message)));
        assert_int_equal(minos_message_identifier(message).bytes[6] >> 4, 4);
        minos_message_unref(message);
    }
}

static void statuses(void **state)
{
    MINOS_AUTO(minos_arena) *arena = minos_arena_new(0);
    const struct {
        minos_value status;
        minos_status expected;
    } rows[] = {
        {minos_value_int(200), MINOS_STATUS_SUCCESS},
        {minos_value_int(400), MINOS_STATUS_ERROR},
        {minos_value_int(500), MINOS_STATUS_SYSTEM_ERROR},
        {minos_value_int(600), MINOS_STATUS_UNKNOWN},
        {minos_value_int(404), MINOS_STATUS_UNKNOWN},
        {minos_value_int(-1), MINOS_STATUS_UNKNOWN},
        {minos_value_int((INT64_C(1) << 32) + 200), MINOS_STATUS_UNKNOWN},
        {minos_value_text("200"), MINOS_STATUS_UNKNOWN},
    };
    (void)state;

    for (size_t i = 0; i < mn_count_of(rows); i++) {
        minos_message *message;
        assert_ok(decode(MESSAGE(TOPIC, PAYLOAD(MINOS_KV("status", rows[i].status))), &message));
        if (minos_message_status(message) != rows[i].expected)
            fail_msg("row %zu: %d", i, minos_message_status(message));
        minos_message_unref(message);
    }
}

static const minos_value *headers_of(minos_arena *arena, int count)
{
    minos_value *headers = minos_value_map_new(arena);

    for (int i = 0; i < count; i++)
        assert_ok(minos_value_put(arena, headers,
                                  minos_view_of(minos_arena_printf(arena, "h%d", i)),
                                  minos_value_text("v")));
    return headers;
}

typedef struct refused_row {
    const char *name;
    const minos_value *value;
    minos_rc rc;
    const char *part;
} refused_row;

static void assert_refused(const refused_row *row)
{
    minos_message *message = NULL;
    minos_rc rc = decode(row->value, &message);
    if (rc != row->rc || strstr(minos_error_message(minos_error_last()), row->part) == NULL)
        fail_msg("%s: %s %s", row->name, minos_rc_name(rc),
                 minos_error_message(minos_error_last()));
    assert_null(message);
}

static void what_is_no_message(void **state)
{
    MINOS_AUTO(minos_arena) *arena = minos_arena_new(0);
    const minos_value *with_nul = MINOS_MAP(MINOS_KV("a", minos_value_string(MINOS_VIEW("\0"))));
    const char *long_text = minos_arena_printf(arena, "%*s", 8193, "x");
    const refused_row rows[] = {
        {"a value", MINOS_VALUE(1), MINOS_EPARSE, "not that of a record minos.networks"},
        {"a map", MINOS_MAP(TOPIC), MINOS_EPARSE, "not that of a record"},
        {"another record", record(arena, "a.BrokerMessage", MINOS_MAP(TOPIC)), MINOS_EPARSE,
         "not that of a record"},
        {"no topic", MESSAGE(PAYLOAD(TOPIC)), MINOS_EPARSE, "field topic is missing"},
        {"topic is null", MESSAGE(MINOS_KV("topic", NOTHING), PAYLOAD(TOPIC)), MINOS_EPARSE,
         "field topic is missing"},
        {"topic is a number", MESSAGE(MINOS_KV("topic", 1), PAYLOAD(TOPIC)), MINOS_EPARSE,
         "field topic is an integer, not a topic"},
        {"empty topic", MESSAGE(MINOS_KV("topic", ""), PAYLOAD(TOPIC)), MINOS_EPARSE,
         "field topic is empty"},
        {"long topic", MESSAGE(MINOS_KV("topic", long_text), PAYLOAD(TOPIC)), MINOS_EPARSE,
         "field topic has 8193 bytes"},
        {"NUL in a topic",
         MESSAGE(MINOS_KV("topic", minos_value_string(MINOS_VIEW("a\0b"))), PAYLOAD(TOPIC)),
         MINOS_EPARSE, "field topic holds a NUL"},
        {"reply topic is a map",
         MESSAGE(TOPIC, MINOS_KV("reply_topic", MINOS_MAP(TOPIC)), PAYLOAD(TOPIC)), MINOS_EPARSE,
         "field reply_topic is a map"},
        {"identifier is no UUID", MESSAGE(TOPIC, MINOS_KV("identifier", "x"), PAYLOAD(TOPIC)),
         MINOS_EPARSE, "field identifier is a string, not a UUID"},
        {"identifier of 15 bytes",
         MESSAGE(TOPIC, MINOS_KV("identifier", minos_value_bytes(MINOS_VIEW("0123456789abcde"))),
                 PAYLOAD(TOPIC)),
         MINOS_EPARSE, "field identifier is bytes, not a UUID"},
        {"identifier is a number", MESSAGE(TOPIC, MINOS_KV("identifier", 7), PAYLOAD(TOPIC)),
         MINOS_EPARSE, "field identifier is an integer"},
        {"unknown strategy", MESSAGE(TOPIC, MINOS_KV("strategy", "broadcast"), PAYLOAD(TOPIC)),
         MINOS_EPARSE, "neither unicast nor multicast"},
        {"strategy is a number", MESSAGE(TOPIC, MINOS_KV("strategy", 1), PAYLOAD(TOPIC)),
         MINOS_EPARSE, "field strategy is an integer"},
        {"no payload", MESSAGE(TOPIC), MINOS_EPARSE, "field payload is missing"},
        {"payload is a list", MESSAGE(TOPIC, MINOS_KV("payload", MINOS_LIST(MINOS_ITEM(1)))),
         MINOS_EPARSE, "field payload is a list, not a record"},
        {"headers are a list",
         MESSAGE(TOPIC, PAYLOAD(MINOS_KV("headers", MINOS_LIST(MINOS_ITEM("a"))))), MINOS_EPARSE,
         "field payload.headers is a list, not a map"},
        {"header is a number",
         MESSAGE(TOPIC, PAYLOAD(MINOS_KV("headers", MINOS_MAP(MINOS_KV("a", 1))))), MINOS_EPARSE,
         "not a map of strings"},
        {"header is too long",
         MESSAGE(TOPIC, PAYLOAD(MINOS_KV("headers", MINOS_MAP(MINOS_KV("a", long_text))))),
         MINOS_ETOOBIG, "8193 bytes"},
        {"NUL in a header", MESSAGE(TOPIC, PAYLOAD(MINOS_KV("headers", with_nul))), MINOS_EPARSE,
         "a header holds a NUL"},
        {"101 headers", MESSAGE(TOPIC, PAYLOAD(MINOS_KV("headers", headers_of(arena, 101)))),
         MINOS_ETOOBIG, "101 headers"},
    };
    size_t alive = mn_messages_alive();
    (void)state;

    for (size_t i = 0; i < mn_count_of(rows); i++)
        assert_refused(&rows[i]);
    assert_int_equal(mn_messages_alive(), alive);
}

/* Contents nest as deep as they may although two records lie around them. */
static void deep_contents(void **state)
{
    MINOS_AUTO(minos_arena) *arena = minos_arena_new(0);
    const minos_value *deep = MINOS_VALUE("bottom");
    minos_message *message, *again;
    minos_buffer out;
    (void)state;

    for (int depth = 0; depth < MN_VALUE_DEPTH_MAX; depth++) {
        minos_value *list = minos_value_list_new(arena);
        assert_ok(minos_value_append(arena, list, *deep));
        deep = list;
    }
    mn_buffer_init(&out, SIZE_MAX);
    assert_ok(minos_message_new(&(minos_message_options){.topic = "t", .content = deep}, &message));
    assert_ok(mn_wire_encode(message, &out));
    assert_ok(mn_wire_decode(minos_buffer_view(&out), &again));
    assert_true(minos_message_equal(message, again));
    minos_message_unref(message);
    minos_message_unref(again);
    mn_buffer_done(&out);
}

/* A buffer with too little room is left as it was. */
static void full_buffers(void **state)
{
    minos_message *message;
    minos_buffer out;
    (void)state;

    assert_ok(minos_message_new(&(minos_message_options){.topic = "t"}, &message));
    mn_buffer_init(&out, 500);
    mn_buffer_put_text(&out, "kept");
    assert_rc(mn_wire_encode(message, &out), MINOS_ETOOBIG);
    assert_true(minos_view_is(minos_buffer_view(&out), "kept"));
    minos_message_unref(message);
    mn_buffer_done(&out);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages_read_back),
        cmocka_unit_test(fields_are_resolved_by_name),
        cmocka_unit_test(absent_and_null_fields_have_defaults),
        cmocka_unit_test(statuses),
        cmocka_unit_test(what_is_no_message),
        cmocka_unit_test(deep_contents),
        cmocka_unit_test(full_buffers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
