/*
 * Values: building, reading, copying, equality and order.
 */
#include "support/support.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include <minos/value.h>

#include "base/arena.h"
#include "codec/value.h"

#define COUNT_BIG 20000

static void lists_grow(void **state)
{
    MINOS_AUTO(minos_arena) *arena = minos_arena_new(0);
    minos_value *list = minos_value_list_new(arena);
    (void)state;

    for (int i = 0; i < COUNT_BIG; i++)
        assert_ok(minos_value_append(arena, list, minos_value_int(i)));
    assert_int_equal(minos_value_count(list), COUNT_BIG);
    for (int i = 0; i < COUNT_BIG; i++)
        assert_int_equal(minos_value_at(list, (size_t)i)->as.integer, i);
    assert_null(minos_value_at(list, COUNT_BIG));
    assert_null(minos_value_at(minos_value_map_new(arena), 0));
    assert_rc(minos_value_append(arena, minos_value_map_new(arena), minos_value_null()),
              MINOS_EINVAL);
}

static void maps_keep_order_and_replace(void **state)
{
    MINOS_AUTO(minos_arena) *arena = minos_arena_new(0);
    minos_value *map = minos_value_map_new(arena);
    (void)state;

    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < COUNT_BIG; i++) {
            minos_view key = minos_view_of(minos_arena_printf(arena, "key%d", i));
            assert_ok(minos_value_put(arena, map, key, minos_value_int(i + round)));
        }
    }
    assert_int_equal(minos_value_count(map), COUNT_BIG);
    for (int i = 0; i < COUNT_BIG; i++) {
        char key[32];
        snprintf(key, sizeof key, "key%d", i);
        assert_true(minos_view_is(minos_value_pair(map, (size_t)i)->key, key));
        assert_int_equal(minos_value_get(map, key)->as.integer, i + 1);
    }
    assert_null(minos_value_get(map, "key"));
    assert_null(minos_value_pair(map, COUNT_BIG));
    assert_rc(minos_value_put(arena, (minos_value *)MINOS_MAP(MINOS_KV("a", 1)), MINOS_VIEW("b"),
                              minos_value_null()),
              MINOS_EINVAL);
}

static void a_full_arena_is_an_error(void **state)
{
    MINOS_AUTO(minos_arena) *arena = minos_arena_new(64 << 10);
    minos_value *list = minos_value_list_new(arena);
    minos_value *map = minos_value_map_new(arena);
    minos_rc rc = MINOS_OK;
    (void)state;

    for (int i = 0; i < COUNT_BIG && rc == MINOS_OK; i++)
        rc = minos_value_append(arena, list, minos_value_int(i));
    assert_rc(rc, MINOS_ETOOBIG);
    for (uint32_t i = 0; i < minos_value_count(list); i++)
        assert_int_equal(minos_value_at(list, i)->as.integer, i);
    rc = MINOS_OK;
    for (uint32_t i = 0; i < COUNT_BIG && rc == MINOS_OK; i++)
        rc = minos_value_put(arena, map, minos_view_make(&list->as.items[i], 12),
                             minos_value_null());
    assert_rc(rc, MINOS_ETOOBIG);
    for (uint32_t i = 0; i < minos_value_count(map); i++)
        assert_non_null(minos_value_find(map, minos_value_pair(map, i)->key));
}

static void typed_reads(void **state)
{
    MINOS_AUTO(minos_arena) *arena = minos_arena_new(0);
    const minos_value *map = MINOS_MAP(
        MINOS_KV("text", "hello"), MINOS_KV("int", 42), MINOS_KV("float", 1.5),
        MINOS_KV("yes", true), MINOS_KV("none", (const char *)NULL),
        MINOS_KV("id", "F81D4FAE-7DEC-11D0-A765-00A0C91E6BF6"),
        MINOS_KV("when", "1970-01-01T00:00:01Z"), MINOS_KV("list", MINOS_LIST(MINOS_ITEM(1))),
        MINOS_KV("map", MINOS_MAP(MINOS_KV("a", 1))));
    const char *text;
    const minos_value *inner;
    char id[MINOS_UUID_TEXT_BYTES + 1];
    minos_uuid uuid;
    minos_timestamp at;
    int64_t integer;
    double number;
    bool flag;
    (void)state;

    assert_ok(minos_value_str(map, "text", &text));
    assert_string_equal(text, "hello");
    assert_ok(minos_value_i64(map, "int", &integer));
    assert_int_equal(integer, 42);
    assert_ok(minos_value_f64(map, "int", &number));
    assert_true(number == 42.0);
    assert_ok(minos_value_f64(map, "float", &number));
    assert_true(number == 1.5);
    assert_ok(minos_value_flag(map, "yes", &flag));
    assert_true(flag);
    assert_ok(minos_value_id(map, "id", &uuid));
    minos_uuid_format(uuid, id);
    assert_string_equal(id, "f81d4fae-7dec-11d0-a765-00a0c91e6bf6");
    assert_ok(minos_value_when(map, "when", &at));
    assert_int_equal(at, 1000000);
    assert_ok(minos_value_list(map, "list", &inner));
    assert_int_equal(minos_value_count(inner), 1);
    assert_ok(minos_value_map(map, "map", &inner));
    assert_ok(minos_value_i64(MINOS_VALUE(7), NULL, &integer));
    assert_int_equal(integer, 7);
    assert_ok(minos_value_dup(arena, map, &inner));
    assert_ok(minos_value_str(inner, "text", &text));
}

typedef enum reads { STR, I64, F64, FLAG, ID, WHEN, LIST, MAP } reads;

static minos_rc read_as(reads how, const minos_value *map, const char *key)
{
    const char *text;
    const minos_value *inner;
    minos_uuid uuid;
    int64_t integer;
    double number;
    bool flag;

    switch (how) {
    case STR:
        return minos_value_str(map, key, &text);
    case I64:
        return minos_value_i64(map, key, &integer);
    case F64:
        return minos_value_f64(map, key, &number);
    case FLAG:
        return minos_value_flag(map, key, &flag);
    case ID:
        return minos_value_id(map, key, &uuid);
    case WHEN:
        return minos_value_when(map, key, &integer);
    case LIST:
        return minos_value_list(map, key, &inner);
    default:
        return minos_value_map(map, key, &inner);
    }
}

static void typed_reads_refuse(void **state)
{
    const minos_value *map =
        MINOS_MAP(MINOS_KV("text", "hello"), MINOS_KV("int", 42), MINOS_KV("float", 1.5),
                  MINOS_KV("none", (const char *)NULL), MINOS_KV("nul", MINOS_VIEW("a\0b")),
                  MINOS_KV("view", MINOS_VIEW("ab")), MINOS_KV("list", MINOS_LIST(MINOS_ITEM(1))));
    static const struct {
        reads how;
        const char *key;
        minos_rc rc;
        const char *message;
    } rows[] = {
        {STR, "absent", MINOS_EMISSING, "field \"absent\" is missing"},
        {I64, "absent", MINOS_EMISSING, "field \"absent\" is missing"},
        {MAP, "absent", MINOS_EMISSING, "field \"absent\" is missing"},
        {STR, "int", MINOS_ETYPE, "field \"int\" is an integer, not a string"},
        {STR, "none", MINOS_ETYPE, "field \"none\" is null, not a string"},
        {STR, "nul", MINOS_ETYPE, "field \"nul\" holds a NUL character at byte 1"},
        {STR, "view", MINOS_EINVAL, "minos_value_str_view"},
        {STR, NULL, MINOS_ETYPE, "the value is a map, not a string"},
        {I64, "text", MINOS_ETYPE, "field \"text\" is a string, not an integer"},
        {I64, "float", MINOS_ETYPE, "field \"float\" is a number, not an integer"},
        {F64, "text", MINOS_ETYPE, "field \"text\" is a string, not a number"},
        {FLAG, "int", MINOS_ETYPE, "field \"int\" is an integer, not a boolean"},
        {ID, "int", MINOS_ETYPE, "field \"int\" is an integer, not a UUID"},
        {ID, "text", MINOS_ETYPE, "field \"text\" does not spell a UUID"},
        {WHEN, "int", MINOS_ETYPE, "not a date and time"},
        {WHEN, "text", MINOS_ETYPE, "RFC 3339"},
        {LIST, "text", MINOS_ETYPE, "field \"text\" is a string, not a list"},
        {MAP, "list", MINOS_ETYPE, "field \"list\" is a list, not a map"},
    };
    (void)state;

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_fails(read_as(rows[i].how, map, rows[i].key), rows[i].rc, rows[i].message);
    assert_fails(read_as(STR, minos_value_get(map, "list"), "a"), MINOS_ETYPE,
                 "expected a map with field \"a\", not a list");
    assert_fails(read_as(STR, NULL, "a"), MINOS_EMISSING, "field \"a\" is missing");
    assert_fails(read_as(STR, NULL, NULL), MINOS_EMISSING, "the value is missing");
    assert_int_equal(minos_error_status(minos_error_last()), 400);
    assert_true(minos_error_is_public(minos_error_last()));
}

static void copies_are_whole(void **state)
{
    MINOS_AUTO(minos_arena) *arena = minos_arena_new(0);
    MINOS_AUTO(minos_arena) *other = minos_arena_new(0);
    minos_value *map = minos_value_map_new(arena);
    minos_value nested[MN_VALUE_DEPTH_MAX + 1];
    const minos_value *copy;
    char text[] = "before";
    (void)state;

    for (int i = 0; i < 40; i++)
        assert_ok(minos_value_put(arena, map, minos_view_of(minos_arena_printf(arena, "k%d", i)),
                                  minos_value_text(text)));
    assert_ok(minos_value_dup(other, map, &copy));
    memcpy(text, "AFTER!", 6);
    minos_arena_reset(arena);
    assert_int_equal(minos_value_count(copy), 40);
    assert_string_equal(minos_value_get(copy, "k39")->as.string, "before");
    assert_ok(minos_value_dup(other, NULL, &copy));
    assert_true(minos_value_is_null(copy));

    nested[0] = minos_value_int(1);
    for (int i = 1; i <= MN_VALUE_DEPTH_MAX; i++)
        nested[i] = (minos_value){.type = MINOS_TYPE_LIST, .size = 1, .as.items = &nested[i - 1]};
    assert_ok(minos_value_dup(other, &nested[MN_VALUE_DEPTH_MAX], &copy));
    assert_true(minos_value_equal(copy, &nested[MN_VALUE_DEPTH_MAX]));
    assert_rc(minos_value_dup(other, MINOS_LIST(nested[MN_VALUE_DEPTH_MAX]), &copy), MINOS_ETOOBIG);
}

static void a_map_without_room_says_so(void **state)
{
    MINOS_AUTO(minos_arena) *arena = minos_arena_new(8192);
    const minos_value *copy;
    char big[9000];
    (void)state;

    memset(big, 'x', sizeof big);
    assert_rc(minos_value_dup(arena, MINOS_VALUE(minos_view_make(big, sizeof big)), &copy),
              MINOS_ETOOBIG);
}

static void macros_pick_types(void **state)
{
    const minos_value *map =
        MINOS_MAP(MINOS_KV("t", true), MINOS_KV("f", false), MINOS_KV("i", 1), MINOS_KV("d", 1.0),
                  MINOS_KV("u", 3000000000u), MINOS_KV("null", (const minos_value *)NULL));
    static const minos_type types[] = {MINOS_TYPE_BOOL,   MINOS_TYPE_BOOL, MINOS_TYPE_INT,
                                       MINOS_TYPE_DOUBLE, MINOS_TYPE_INT,  MINOS_TYPE_NULL};
    (void)state;

    for (size_t i = 0; i < 6; i++)
        assert_int_equal(minos_value_pair(map, i)->value.type, types[i]);
    assert_int_equal(minos_value_get(map, "u")->as.integer, 3000000000);
    assert_string_equal(minos_type_name(MINOS_TYPE_UUID), "a UUID");
    assert_string_equal(minos_type_name((minos_type)99), "of no known type");
}

/* ---- equality and order ---- */

static minos_value set_of(const minos_value *list)
{
    minos_value set = *list;
    set.flags |= MINOS_VALUE_SET;
    return set;
}

static void equality(void **state)
{
    minos_value ab = set_of(MINOS_LIST(MINOS_ITEM("a"), MINOS_ITEM("b")));
    minos_value ba = set_of(MINOS_LIST(MINOS_ITEM("b"), MINOS_ITEM("a")));
    minos_value ac = set_of(MINOS_LIST(MINOS_ITEM("a"), MINOS_ITEM("c")));
    const struct {
        const char *name;
        const minos_value *a, *b;
        bool equal;
    } rows[] = {
        {"nulls", NULL, MINOS_VALUE((const char *)NULL), true},
        {"texts", MINOS_VALUE("a"), MINOS_VALUE("a"), true},
        {"maps in another order", MINOS_MAP(MINOS_KV("a", 1), MINOS_KV("b", 2)),
         MINOS_MAP(MINOS_KV("b", 2), MINOS_KV("a", 1)), true},
        {"sets in another order", &ab, &ba, true},
        {"sets", &ab, &ac, false},
        {"a set and a list", &ab, MINOS_LIST(MINOS_ITEM("a"), MINOS_ITEM("b")), false},
        {"text and bytes", MINOS_VALUE("a"), MINOS_VALUE(minos_value_bytes(MINOS_VIEW("a"))),
         false},
        {"an int and a double", MINOS_VALUE(1), MINOS_VALUE(1.0), false},
        {"an int and a boolean", MINOS_VALUE(1), MINOS_VALUE(true), false},
        {"date and time", MINOS_VALUE(minos_value_date(1)), MINOS_VALUE(minos_value_time(1)),
         false},
        {"lists", MINOS_LIST(MINOS_ITEM(1), MINOS_ITEM(2)),
         MINOS_LIST(MINOS_ITEM(2), MINOS_ITEM(1)), false},
        {"a list and its prefix", MINOS_LIST(MINOS_ITEM(1), MINOS_ITEM(2)),
         MINOS_LIST(MINOS_ITEM(1)), false},
        {"maps with another key", MINOS_MAP(MINOS_KV("a", 1)), MINOS_MAP(MINOS_KV("b", 1)), false},
        {"maps with another value", MINOS_MAP(MINOS_KV("a", 1)), MINOS_MAP(MINOS_KV("a", 2)),
         false},
    };
    (void)state;

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (minos_value_equal(rows[i].a, rows[i].b) != rows[i].equal ||
            minos_value_equal(rows[i].b, rows[i].a) != rows[i].equal)
            fail_msg("%s", rows[i].name);
    }
}

enum { NO_ORDER = 9 };

static void order(void **state)
{
    const minos_value *null = MINOS_VALUE((const char *)NULL);
    minos_value set = set_of(MINOS_LIST(MINOS_ITEM(1)));
    const struct {
        const char *name;
        const minos_value *a, *b;
        int order;
    } rows[] = {
        {"integers", MINOS_VALUE(1), MINOS_VALUE(2), -1},
        {"an integer and a double", MINOS_VALUE(1), MINOS_VALUE(1.5), -1},
        {"equal numbers", MINOS_VALUE(1), MINOS_VALUE(1.0), 0},
        {"negative fraction", MINOS_VALUE(-1), MINOS_VALUE(-1.5), 1},
        {"beyond a double's 53 bits", MINOS_VALUE(INT64_C(9007199254740993)),
         MINOS_VALUE(9007199254740992.0), 1},
        {"the largest integer", MINOS_VALUE(INT64_MAX), MINOS_VALUE(0x1p63), -1},
        {"the smallest integer", MINOS_VALUE(INT64_MIN), MINOS_VALUE(-0x1p63), 0},
        {"infinity", MINOS_VALUE(INT64_MIN), MINOS_VALUE(-(double)INFINITY), 1},
        {"a boolean is a number", MINOS_VALUE(true), MINOS_VALUE(2), -1},
        {"doubles", MINOS_VALUE(0.5), MINOS_VALUE(0.25), 1},
        {"texts", MINOS_VALUE("a"), MINOS_VALUE("b"), -1},
        {"a prefix", MINOS_VALUE("a"), MINOS_VALUE("ab"), -1},
        {"code points", MINOS_VALUE("\xef\xbf\xbd"), MINOS_VALUE("\xf0\x9f\x98\x80"), -1},
        {"datetimes", MINOS_VALUE(minos_value_datetime(-1)), MINOS_VALUE(minos_value_datetime(1)),
         -1},
        {"lists", MINOS_LIST(MINOS_ITEM(1), MINOS_ITEM(3)), MINOS_LIST(MINOS_ITEM(2)), -1},
        {"equal items first", MINOS_LIST(MINOS_ITEM(null), MINOS_ITEM(2)),
         MINOS_LIST(MINOS_ITEM(null), MINOS_ITEM(1)), 1},
        {"a list and its prefix", MINOS_LIST(MINOS_ITEM(1), MINOS_ITEM(0)),
         MINOS_LIST(MINOS_ITEM(1.0)), 1},
        {"nulls", null, null, NO_ORDER},
        {"null and a number", null, MINOS_VALUE(1), NO_ORDER},
        {"absent", NULL, NULL, NO_ORDER},
        {"a text and a number", MINOS_VALUE("1"), MINOS_VALUE(1), NO_ORDER},
        {"text and bytes", MINOS_VALUE("a"), MINOS_VALUE(minos_value_bytes(MINOS_VIEW("b"))),
         NO_ORDER},
        {"maps", MINOS_MAP(MINOS_KV("a", 1)), MINOS_MAP(MINOS_KV("a", 2)), NO_ORDER},
        {"lists of other types", MINOS_LIST(MINOS_ITEM(1)), MINOS_LIST(MINOS_ITEM("1")), NO_ORDER},
        {"not a number", MINOS_VALUE(NAN), MINOS_VALUE(1), NO_ORDER},
        {"sets", &set, &set, NO_ORDER},
    };
    (void)state;

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int there = NO_ORDER, back = NO_ORDER;
        bool can = minos_value_compare(rows[i].a, rows[i].b, &there);
        bool can_back = minos_value_compare(rows[i].b, rows[i].a, &back);
        if (can != (rows[i].order != NO_ORDER) || can != can_back || there != rows[i].order ||
            back != (can ? -there : NO_ORDER))
            fail_msg("%s: %d there, %d back", rows[i].name, there, back);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lists_grow),
        cmocka_unit_test(maps_keep_order_and_replace),
        cmocka_unit_test(a_full_arena_is_an_error),
        cmocka_unit_test(typed_reads),
        cmocka_unit_test(typed_reads_refuse),
        cmocka_unit_test(copies_are_whole),
        cmocka_unit_test(a_map_without_room_says_so),
        cmocka_unit_test(macros_pick_types),
        cmocka_unit_test(equality),
        cmocka_unit_test(order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
