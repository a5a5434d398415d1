/*
 * Content types and the table of codecs.
 */
#include "support/support.h"

#include <string.h>

#include "base/alloc.h"
#include "base/buffer.h"
#include "codec/codec.h"
#include "codec/media_type.h"
#include "codec/value_sink.h"

/* ---- content types ---- */

static void content_types(void **state)
{
    static const struct {
        const char *text, *name, *charset;
    } rows[] = {
        {"text/plain", "text/plain", ""},
        {"TEXT/Plain", "text/plain", ""},
        /* RFC 9110 §8.3.1: all four are equivalent. */
        {"text/html;charset=utf-8", "text/html", "utf-8"},
        {"Text/HTML;Charset=\"utf-8\"", "text/html", "utf-8"},
        {"text/html; charset=\"utf-8\"", "text/html", "utf-8"},
        {"text/html;charset=UTF-8", "text/html", "utf-8"},
        {" text/plain ", "text/plain", ""},
        {"text/plain;", "text/plain", ""},
        {"text/plain ; ; charset=a", "text/plain", "a"},
        {"text/plain;a=b;charset=c;d=\"e;charset=f\"", "text/plain", "c"},
        {"text/plain;charset=\"\\u\\t\\f-8\"", "text/plain", "utf-8"},
        {"application/vnd.api+json", "application/vnd.api+json", ""},
        {"multipart/form-data; boundary=----x", "multipart/form-data", ""},
    };
    (void)state;

    for (size_t i = 0; i < mn_count_of(rows); i++) {
        mn_media_type type;
        const char *fault = mn_media_type_read(minos_view_of(rows[i].text), &type);
        if (fault != NULL || strcmp(type.name, rows[i].name) != 0 ||
            strcmp(type.charset, rows[i].charset) != 0)
            fail_msg("%s: %s", rows[i].text, fault == NULL ? type.charset : fault);
    }
}

static void malformed_content_types(void **state)
{
    static const char *const rows[] = {
        "",
        " ",
        "text",
        "text/",
        "/plain",
        "text /plain",
        "text/ plain",
        "text/plain/x",
        "a,b/c",
        "text/plain charset=a",
        "text/plain, text/html",
        "text/plain;charset",
        "text/plain;charset=",
        "text/plain;=a",
        "text/plain;charset =a",
        "text/plain;charset= a",
        "text/plain;charset=\"a",
        "text/plain;charset=\"a\\",
        "text/plain;charset=\"a\"b",
        "text/plain;charset=a;charset=a",
        "text/plain;charset=\"\x01\"",
        "text/plain;a=\"\\\x7f\"",
        "t\xc3\xa9xt/plain",
        "text/plain;charset=abcdefghijklmnopqrstuvwxyz0123456789",
        ("application/abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvw"
         "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz"),
    };
    (void)state;

    for (size_t i = 0; i < mn_count_of(rows); i++) {
        mn_media_type type;
        const minos_value *value;
        if (mn_media_type_read(minos_view_of(rows[i]), &type) == NULL)
            fail_msg("%s is taken", rows[i]);
        assert_null(minos_codec_find(minos_view_of(rows[i])));
        assert_rc(minos_decode(minos_view_of(rows[i]), MINOS_VIEW("x"), NULL, &value),
                  MINOS_EMEDIATYPE);
    }
    assert_null(minos_codec_find(minos_view_make(NULL, 0)));
    assert_null(minos_codec_find(minos_view_make("text/pl\0ain", 11)));
}

/* ---- reading bodies ---- */

static void decodes(void **state)
{
    static const struct {
        const char *type, *body, *json; /* NULL: refused with `rc` */
        minos_rc rc;
    } rows[] = {
        {"application/json", "{\"a\":[1]}", "{\"a\":[1]}", MINOS_OK},
        {"Application/JSON; charset=UTF-8", "[1]", "[1]", MINOS_OK},
        {"application/vnd.api+json", "[1]", "[1]", MINOS_OK},
        {"application/problem+json", "{}", "{}", MINOS_OK},
        {"application/x-www-form-urlencoded", "a=1&a=2&b=", "{\"a\":[\"1\",\"2\"],\"b\":\"\"}",
         MINOS_OK},
        {"text/plain", "gr\xc3\xbc\xc3\x9f", "\"grüß\"", MINOS_OK},
        {"text/plain; charset=utf-8", "gr\xc3\xbc\xc3\x9f", "\"grüß\"", MINOS_OK},
        {"text/plain; charset=ISO-8859-1", "gr\xfc\xdf\x80", "\"grüß\\u0080\"", MINOS_OK},
        {"text/plain; charset=latin1", "plain", "\"plain\"", MINOS_OK},
        {"text/plain; charset=us-ascii", "plain", "\"plain\"", MINOS_OK},
        {"text/plain", "", "\"\"", MINOS_OK},
        {"application/json; charset=iso-8859-1", "[1]", NULL, MINOS_EMEDIATYPE},
        {"application/x-www-form-urlencoded; charset=utf-16", "a=1", NULL, MINOS_EMEDIATYPE},
        {"text/plain; charset=utf-16", "a", NULL, MINOS_EMEDIATYPE},
        {"text/plain; charset=us-ascii", "gr\xc3\xbc", NULL, MINOS_EPARSE},
        {"text/plain", "gr\xfc", NULL, MINOS_EPARSE},
        {"application/json", "", NULL, MINOS_EPARSE},
        {"application/json", "{", NULL, MINOS_EPARSE},
        {"application/x-www-form-urlencoded", "a=%", NULL, MINOS_EPARSE},
        {"text/html", "a", NULL, MINOS_EMEDIATYPE},
        {"avro/binary", "a", NULL, MINOS_EPARSE},
        {"+json", "[1]", NULL, MINOS_EMEDIATYPE},
    };
    (void)state;

    for (size_t i = 0; i < mn_count_of(rows); i++) {
        MINOS_AUTO(minos_arena) *arena = minos_arena_new(0);
        const minos_value *value, *expected;
        minos_rc rc =
            minos_decode(minos_view_of(rows[i].type), minos_view_of(rows[i].body), arena, &value);
        if (rc != rows[i].rc)
            fail_msg("%s %s: %s", rows[i].type, rows[i].body, minos_rc_name(rc));
        if (rc != MINOS_OK)
            continue;
        assert_ok(minos_json_decode(minos_view_of(rows[i].json), arena, &expected));
        if (!minos_value_equal(value, expected))
            fail_msg("%s %s", rows[i].type, rows[i].body);
    }
}

static void messages(void **state)
{
    MINOS_AUTO(minos_arena) *arena = minos_arena_new(0);
    const minos_value *value;
    (void)state;

    assert_fails(minos_decode(MINOS_VIEW("text/html"), MINOS_VIEW(""), arena, &value),
                 MINOS_EMEDIATYPE, "content type \"text/html\" is not supported");
    assert_int_equal(minos_error_status(minos_error_last()), 415);
    assert_fails(minos_decode(MINOS_VIEW("text"), MINOS_VIEW(""), arena, &value), MINOS_EMEDIATYPE,
                 "malformed content type \"text\": expected type/subtype");
    assert_fails(minos_decode(MINOS_VIEW("text/plain;charset=x"), MINOS_VIEW(""), arena, &value),
                 MINOS_EMEDIATYPE, "charset \"x\" is not supported");
    assert_fails(minos_decode(MINOS_VIEW("text/plain"), MINOS_VIEW("ab\xff"), arena, &value),
                 MINOS_EPARSE, "not UTF-8 at byte 2");
}

static void bytes_are_kept(void **state)
{
    MINOS_AUTO(minos_arena) *arena = minos_arena_new(0);
    minos_view body = MINOS_VIEW("\0\xff{");
    const minos_value *value;
    minos_view again;
    (void)state;

    assert_ok(minos_decode(MINOS_VIEW("application/octet-stream"), body, arena, &value));
    assert_int_equal(value->type, MINOS_TYPE_BYTES);
    assert_true(minos_view_equal(minos_value_view(value), body));
    assert_ok(minos_encode(MINOS_VIEW("application/octet-stream"), value, arena, &again));
    assert_true(minos_view_equal(again, body));
    assert_ok(minos_encode(MINOS_VIEW("image/png"), value, arena, &again));
    assert_true(minos_view_equal(again, body));
}

/* Any value goes through Avro and comes back of its own type, records and sets too. */
static void avro_keeps_types(void **state)
{
    MINOS_AUTO(minos_arena) *arena = minos_arena_new(0);
    const minos_value *value = MINOS_MAP(MINOS_KV("id", minos_uuid_new()), MINOS_KV("n", 7),
                                         MINOS_KV("at", minos_value_datetime(1)),
                                         MINOS_KV("raw", minos_value_bytes(MINOS_VIEW("\0\xff"))));
    const minos_value *again;
    minos_view body;
    (void)state;

    assert_ok(minos_encode(MINOS_VIEW("avro/binary"), value, arena, &body));
    assert_ok(minos_decode(MINOS_VIEW("Avro/Binary; charset=none"), body, arena, &again));
    assert_true(minos_value_equal(value, again));
    assert_fails(
        minos_decode(MINOS_VIEW("avro/binary"), minos_view_make(body.data, 40), arena, &again),
        MINOS_EPARSE, "malformed Avro file at byte ");
    assert_int_equal(minos_error_status(minos_error_last()), 400);
}

/* ---- writing bodies ---- */

static void encodes(void **state)
{
    const struct {
        const char *type;
        const minos_value *value;
        const char *body; /* NULL: refused with `rc` */
        minos_rc rc;
    } rows[] = {
        {"application/json", MINOS_MAP(MINOS_KV("a", 1)), "{\"a\":1}", MINOS_OK},
        {"application/problem+json", MINOS_MAP(MINOS_KV("a", 1)), "{\"a\":1}", MINOS_OK},
        {"application/x-www-form-urlencoded", MINOS_MAP(MINOS_KV("a", 1)), "a=1", MINOS_OK},
        {"text/plain", MINOS_VALUE("grüß"), "grüß", MINOS_OK},
        {"text/plain; charset=utf-8", MINOS_VALUE("grüß"), "grüß", MINOS_OK},
        {"text/plain; charset=us-ascii", MINOS_VALUE("plain"), "plain", MINOS_OK},
        {"text/plain", MINOS_VALUE(1.5), "1.5", MINOS_OK},
        {"text/plain", MINOS_VALUE(true), "true", MINOS_OK},
        {"text/plain", NULL, "", MINOS_OK},
        {"text/plain; charset=us-ascii", MINOS_VALUE("grüß"), NULL, MINOS_EINVAL},
        {"text/plain; charset=iso-8859-1", MINOS_VALUE("grüß"), NULL, MINOS_EINVAL},
        {"text/plain; charset=utf-16", MINOS_VALUE("a"), NULL, MINOS_EMEDIATYPE},
        {"text/plain", MINOS_MAP(MINOS_KV("a", 1)), NULL, MINOS_EINVAL},
        {"text/plain", MINOS_VALUE(minos_value_bytes(MINOS_VIEW("a"))), NULL, MINOS_EINVAL},
        {"text/plain", MINOS_VALUE("\xff"), NULL, MINOS_EINVAL},
        {"application/octet-stream", MINOS_VALUE("a"), "a", MINOS_OK},
        {"application/octet-stream", MINOS_VALUE(1), NULL, MINOS_EINVAL},
        {"application/json", MINOS_VALUE("\xff"), NULL, MINOS_EINVAL},
        {"image/png", MINOS_VALUE("a"), NULL, MINOS_EMEDIATYPE},
        {"image", MINOS_VALUE("a"), NULL, MINOS_EMEDIATYPE},
    };
    (void)state;

    for (size_t i = 0; i < mn_count_of(rows); i++) {
        MINOS_AUTO(minos_arena) *arena = minos_arena_new(0);
        minos_view body;
        minos_rc rc = minos_encode(minos_view_of(rows[i].type), rows[i].value, arena, &body);
        if (rc != rows[i].rc || (rc == MINOS_OK && strcmp(body.data, rows[i].body) != 0))
            fail_msg("%s, row %zu: %s", rows[i].type, i,
                     rc == MINOS_OK ? body.data : minos_rc_name(rc));
    }
}

static void a_refused_value_leaves_nothing(void **state)
{
    static const char *const types[] = {"application/json", "text/plain; charset=us-ascii",
                                        "application/x-www-form-urlencoded"};
    const minos_value *map = MINOS_MAP(MINOS_KV("a", "b"), MINOS_KV("c", "\xff"));
    minos_buffer out;
    (void)state;

    mn_buffer_init(&out, 1000);
    mn_buffer_put_text(&out, "head");
    for (size_t i = 0; i < mn_count_of(types); i++) {
        assert_rc(mn_encode(minos_view_of(types[i]), map, &out), MINOS_EINVAL);
        assert_true(minos_view_is(minos_buffer_view(&out), "head"));
    }
    assert_rc(mn_encode(minos_view_of(types[1]), MINOS_VALUE("grüß"), &out), MINOS_EINVAL);
    assert_true(minos_view_is(minos_buffer_view(&out), "head"));
    mn_buffer_done(&out);
}

/* The arena's memory is used from where it stands and grows into new blocks. */
static void encodes_into_arenas_of_any_fill(void **state)
{
    char text[5000];
    (void)state;

    memset(text, 'x', sizeof text);
    for (size_t fill = 0; fill < 4200; fill += 37) {
        MINOS_AUTO(minos_arena) *arena = minos_arena_new(20000);
        const minos_value *value = MINOS_VALUE(minos_view_make(text, fill % 5000));
        char *before = minos_arena_alloc(arena, fill), *after;
        minos_view body;
        assert_ok(minos_json_encode(value, arena, &body));
        after = minos_arena_alloc(arena, 64);
        memset(before, 'b', fill);
        memset(after, 'a', 64);
        assert_int_equal(body.size, fill + 2);
        assert_int_equal(strlen(body.data), body.size);
        assert_true(body.data[0] == '"' && memcmp(body.data + 1, text, fill) == 0);
    }
}

/* ---- plugins' rows ---- */

static minos_rc shout_decode(minos_view body, minos_view charset, minos_arena *arena,
                             minos_sink sink)
{
    minos_value value = minos_value_int((int64_t)(body.size + charset.size));
    (void)arena;
    return sink.ops->scalar(sink.self, &value);
}

static minos_rc shout_encode(const minos_value *value, minos_buffer *out)
{
    (void)value;
    return minos_buffer_append(out, MINOS_VIEW("AAAH"));
}

static void plugins_add_rows(void **state)
{
    static const minos_codec shout = {"text/x-shout", shout_decode, shout_encode};
    static const minos_codec json = {"application/json", shout_decode, shout_encode};
    static const minos_codec upper = {"Text/X", shout_decode, shout_encode};
    static const minos_codec lacking = {"text/x", shout_decode, NULL};
    MINOS_AUTO(minos_arena) *arena = minos_arena_new(0);
    const minos_value *value;
    minos_view body;
    (void)state;

    assert_ok(mn_codec_register(&shout));
    assert_rc(mn_codec_register(&shout), MINOS_EEXISTS);
    assert_rc(mn_codec_register(&json), MINOS_EEXISTS);
    assert_rc(mn_codec_register(&upper), MINOS_EINVAL);
    assert_rc(mn_codec_register(&lacking), MINOS_EINVAL);
    assert_rc(mn_codec_register(NULL), MINOS_EINVAL);
    assert_ptr_equal(minos_codec_find(MINOS_VIEW("text/x-shout; a=b")), &shout);
    assert_ok(minos_decode(MINOS_VIEW("text/X-shout"), MINOS_VIEW("abc"), arena, &value));
    assert_int_equal(value->as.integer, 3);
    assert_ok(minos_encode(MINOS_VIEW("text/x-shout"), value, arena, &body));
    assert_string_equal(body.data, "AAAH");
}

/* ---- the value sink against decoders that do not keep to the contract ---- */

static void the_value_sink_is_strict(void **state)
{
    MINOS_AUTO(minos_arena) *arena = minos_arena_new(0);
    minos_value one = minos_value_int(1);
    const minos_value *value;
    mn_value_sink own;
    minos_sink sink = mn_value_sink_of(&own);
    (void)state;

    mn_value_sink_init(&own, arena);
    assert_rc(mn_value_sink_end(&own, &value), MINOS_EINTERNAL);
    assert_rc(sink.ops->list_end(&own), MINOS_EINTERNAL);
    assert_rc(sink.ops->key(&own, MINOS_VIEW("a")), MINOS_EINTERNAL);
    assert_ok(sink.ops->map_begin(&own, SIZE_MAX, minos_view_make(NULL, 0)));
    assert_rc(sink.ops->scalar(&own, &one), MINOS_EINTERNAL);
    assert_ok(sink.ops->key(&own, MINOS_VIEW("a")));
    assert_rc(sink.ops->key(&own, MINOS_VIEW("b")), MINOS_EINTERNAL);
    assert_rc(sink.ops->map_end(&own), MINOS_EINTERNAL);
    assert_ok(sink.ops->scalar(&own, &one));
    assert_rc(sink.ops->list_end(&own), MINOS_EINTERNAL);
    assert_rc(mn_value_sink_end(&own, &value), MINOS_EINTERNAL);
    assert_ok(sink.ops->map_end(&own));
    assert_rc(sink.ops->scalar(&own, &one), MINOS_EINTERNAL);
    assert_ok(mn_value_sink_end(&own, &value));
    assert_true(minos_value_equal(value, MINOS_MAP(MINOS_KV("a", 1))));

    mn_value_sink_init(&own, arena);
    for (int i = 0; i < MN_VALUE_DEPTH_MAX; i++)
        assert_ok(sink.ops->list_begin(&own, 0, false));
    assert_rc(sink.ops->list_begin(&own, 0, false), MINOS_ETOOBIG);

    mn_value_sink_init(&own, arena);
    assert_ok(mn_value_replay(value, sink));
    assert_ok(mn_value_sink_end(&own, &value));
    assert_true(minos_value_equal(value, MINOS_MAP(MINOS_KV("a", 1))));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(content_types),
        cmocka_unit_test(malformed_content_types),
        cmocka_unit_test(decodes),
        cmocka_unit_test(messages),
        cmocka_unit_test(bytes_are_kept),
        cmocka_unit_test(avro_keeps_types),
        cmocka_unit_test(encodes),
        cmocka_unit_test(a_refused_value_leaves_nothing),
        cmocka_unit_test(encodes_into_arenas_of_any_fill),
        cmocka_unit_test(plugins_add_rows),
        cmocka_unit_test(the_value_sink_is_strict),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
