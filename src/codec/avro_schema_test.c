/*
 * Schemas compiled: what is wrong with them, their limits, and the cache of those seen.
 */
#include "support/support.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buffer.h"
#include "codec/avro.h"

/* ---- schemas ---- */

#define EMPTY_RECORD "{\"type\":\"record\",\"name\":\"R\",\"fields\":[]}"

static const struct {
    const char *name, *schema, *part;
} bad_schemas[] = {
    {"empty", "", "ends too early"},
    {"blanks", "  ", "ends too early"},
    {"word", "string", "not a JSON value"},
    {"number", "7", "a type was expected"},
    {"true", "true", "a type was expected"},
    {"string without end", "\"string", "without end"},
    {"object without end", "{\"type\":\"int\"", "ends too early"},
    {"array without end", "[\"int\"", "ends too early"},
    {"object closed as array", "{\"type\":\"int\"]", "comma or the end"},
    {"array closed as object", "[\"int\"}", "comma or the end"},
    {"comma before the end", "[\"int\",]", "not a JSON value"},
    {"name without value", "{\"type\"}", "a colon was expected"},
    {"no name", "{7:1}", "a name was expected"},
    {"something behind", "\"int\" \"int\"", "something follows"},
    {"control character", "\"in\nt\"", "control character"},
    {"not UTF-8", "\"\xff\"", "not UTF-8"},
    {"unknown type", "\"integer\"", "unknown type \"integer\""},
    {"empty type", "\"\"", "a type was expected"},
    {"object without type", "{}", "a type without \"type\""},
    {"type twice", "{\"type\":\"int\",\"type\":\"int\"}", "given twice"},
    {"array without items", "{\"type\":\"array\"}", "an array without items"},
    {"map without values", "{\"type\":\"map\",\"items\":\"int\"}", "a map without values"},
    {"union in union", "[\"int\",[\"null\"]]", "a union in a union"},
    {"union in union, wrapped", "[\"int\",{\"type\":[\"null\"]}]", "a union in a union"},
    {"record without name", "{\"type\":\"record\",\"fields\":[]}", "without a name"},
    {"record with an empty name", "{\"type\":\"record\",\"name\":\"\",\"fields\":[]}",
     "a name was expected"},
    {"name ends in a dot", "{\"type\":\"record\",\"name\":\"a.\",\"fields\":[]}", "ends in a dot"},
    {"name is a number", "{\"type\":\"record\",\"name\":7,\"fields\":[]}", "a name was expected"},
    {"namespace is a number", "{\"type\":\"record\",\"name\":\"R\",\"namespace\":7,\"fields\":[]}",
     "a namespace was expected"},
    {"NUL in a name", "{\"type\":\"record\",\"name\":\"R\\u0000\",\"fields\":[]}",
     "a name was expected"},
    {"record without fields", "{\"type\":\"record\",\"name\":\"R\"}", "a record without fields"},
    {"fields are an object", "{\"type\":\"record\",\"name\":\"R\",\"fields\":{}}",
     "a record without fields"},
    {"field is a text", "{\"type\":\"record\",\"name\":\"R\",\"fields\":[\"a\"]}",
     "a field was expected"},
    {"field without type", "{\"type\":\"record\",\"name\":\"R\",\"fields\":[{\"name\":\"a\"}]}",
     "without name or type"},
    {"field without name", "{\"type\":\"record\",\"name\":\"R\",\"fields\":[{\"type\":\"int\"}]}",
     "without name or type"},
    {"two fields of one name",
     "{\"type\":\"record\",\"name\":\"R\",\"fields\":[{\"name\":\"a\",\"type\":\"int\"},"
     "{\"name\":\"a\",\"type\":\"int\"}]}",
     "two fields of one name"},
    {"name defined twice", "[" EMPTY_RECORD "," EMPTY_RECORD "]", "defined before"},
    {"reference to nothing",
     "{\"type\":\"record\",\"name\":\"a.R\",\"fields\":[{\"name\":\"f\",\"type\":\"b.R\"}]}",
     "unknown type \"b.R\""},
    {"malformed escape", "{\"type\":\"record\",\"name\":\"\\x\",\"fields\":[]}",
     "malformed escape"},
    {"lone surrogate", "{\"type\":\"record\",\"name\":\"\\ud800x\",\"fields\":[]}",
     "malformed escape"},
    {"enum without symbols", "{\"type\":\"enum\",\"name\":\"E\"}", "an enum without symbols"},
    {"symbol is a number", "{\"type\":\"enum\",\"name\":\"E\",\"symbols\":[7]}",
     "a symbol was expected"},
    {"fixed without size", "{\"type\":\"fixed\",\"name\":\"F\"}", "a fixed without size"},
    {"fixed of a text", "{\"type\":\"fixed\",\"name\":\"F\",\"size\":\"2\"}",
     "a fixed without size"},
    {"fixed of -1", "{\"type\":\"fixed\",\"name\":\"F\",\"size\":-1}", "a size was expected"},
    {"fixed of 1.5", "{\"type\":\"fixed\",\"name\":\"F\",\"size\":1.5}", "a size was expected"},
};

static void bad_schemas_are_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < mn_count_of(bad_schemas); i++) {
        const mn_avro_schema *schema;
        minos_rc rc = mn_avro_schema_take(minos_view_of(bad_schemas[i].schema), &schema);
        const char *message = minos_error_message(minos_error_last());
        if (rc != MINOS_EPARSE || strstr(message, bad_schemas[i].part) == NULL ||
            strstr(message, "Avro schema at byte ") == NULL)
            fail_msg("%s: %s %s", bad_schemas[i].name, minos_rc_name(rc), message);
    }
}

/* Text repeated between a beginning and an end. */
typedef struct repeated {
    const char *name, *before, *part, *after;
    int count;
    minos_rc rc;
    const char *message;
} repeated;

static void large_schemas(void **state)
{
    static const repeated rows[] = {
        {"as deep as allowed", "", "{\"type\":", "\"int\"", 200, MINOS_OK, ""},
        {"a type too deep", "", "{\"type\":", "\"int\"", 201, MINOS_ETOOBIG, "types within types"},
        {"a text too deep", "", "[", "", 513, MINOS_ETOOBIG, "nested too deep"},
        {"1000 branches", "[\"int\"", ",\"int\"", "]", 999, MINOS_OK, ""},
        {"1001 branches", "[\"int\"", ",\"int\"", "]", 1000, MINOS_ETOOBIG, "1000 branches"},
        {"1001 symbols", "{\"type\":\"enum\",\"name\":\"E\",\"symbols\":[\"A\"", ",\"A\"", "]}",
         1000, MINOS_ETOOBIG, "1000 symbols"},
        {"too long", "\"int\"", " ", "", 1 << 20, MINOS_ETOOBIG, "Avro schema of "},
    };
    (void)state;

    for (size_t i = 0; i < mn_count_of(rows); i++) {
        const mn_avro_schema *schema;
        minos_buffer text;
        minos_rc rc;
        mn_buffer_init(&text, SIZE_MAX);
        mn_buffer_put_text(&text, rows[i].before);
        for (int j = 0; j < rows[i].count; j++)
            mn_buffer_put_text(&text, rows[i].part);
        mn_buffer_put_text(&text, rows[i].after);
        for (int j = 0; rows[i].part[0] == '{' && j < rows[i].count; j++)
            mn_buffer_put_byte(&text, '}');
        rc = mn_avro_schema_take(minos_buffer_view(&text), &schema);
        if (rc != rows[i].rc || (rc != MINOS_OK && strstr(minos_error_message(minos_error_last()),
                                                          rows[i].message) == NULL))
            fail_msg("%s: %s %s", rows[i].name, minos_rc_name(rc),
                     minos_error_message(minos_error_last()));
        if (rc == MINOS_OK)
            mn_avro_schema_give(schema);
        mn_buffer_done(&text);
    }
}

/* ---- the cache ---- */

static void schemas_differing_in_uuids_are_one(void **state)
{
#define ORDER(uuid, more)                                                                          \
    "{\"type\":\"record\",\"name\":\"shop." uuid ".Order\",\"fields\":[" more "]}"
#define FIELD(name) "{\"name\":\"" name "\",\"type\":\"int\"}"
#define UUID1       "39719003-72e9-4ab9-9f82-59ff9df58971"
#define UUID2       "a442cda4-2554-4a7b-97dc-0a9677d69d0d"
    static const struct {
        const char *name, *first, *second;
        bool is_hit;
    } rows[] = {
        {"the same", "\"int\"", "\"int\"", true},
        {"another UUID", ORDER(UUID1, FIELD("a")), ORDER(UUID2, FIELD("a")), true},
        {"another field", ORDER(UUID1, FIELD("b")), ORDER(UUID1, FIELD("c")), false},
        {"another namespace", ORDER("x1", FIELD("d")), ORDER("x2", FIELD("d")), false},
        {"another size", ORDER(UUID1, FIELD("e")), ORDER(UUID1, FIELD("ee")), false},
        {"no UUID in its place", ORDER(UUID1, FIELD("f")),
         ORDER("39719003-72e9-4ab9-9f82-59ff9df5897g", FIELD("f")), false},
        {"a namespace apart",
         "{\"name\":\"R\",\"fields\":[],\"namespace\":\"" UUID1 "\",\"type\":\"record\"}",
         "{\"name\":\"R\",\"fields\":[],\"namespace\":\"" UUID2 "\",\"type\":\"record\"}", true},
        {"names that are referred to",
         ORDER(UUID1, "{\"name\":\"g\",\"type\":[\"null\",\"Order\"]}"),
         ORDER(UUID2, "{\"name\":\"g\",\"type\":[\"null\",\"Order\"]}"), false},
    };
    (void)state;

    for (size_t i = 0; i < mn_count_of(rows); i++) {
        const mn_avro_schema *first, *second;
        size_t hits;
        assert_ok(mn_avro_schema_take(minos_view_of(rows[i].first), &first));
        hits = mn_avro_cache_count().hits;
        assert_ok(mn_avro_schema_take(minos_view_of(rows[i].second), &second));
        if ((mn_avro_cache_count().hits != hits) != rows[i].is_hit ||
            (first == second) != rows[i].is_hit)
            fail_msg("%s: %s", rows[i].name, first == second ? "found" : "compiled");
        mn_avro_schema_give(first);
        mn_avro_schema_give(second);
    }
}

/* More schemas than have room: counts and bytes stay bounded, one in use stays whole. */
static void the_cache_is_bounded(void **state)
{
    const mn_avro_schema *kept, *schema;
    (void)state;

    assert_ok(mn_avro_schema_take(MINOS_VIEW(ORDER("x9", FIELD("first"))), &kept));
    for (int i = 0; i < 2000; i++) {
        minos_buffer text;
        char field[64];
        mn_buffer_init(&text, SIZE_MAX);
        mn_buffer_put_text(&text, "{\"type\":\"record\",\"name\":\"R\",\"fields\":[");
        for (int j = 0; j < (i % 100 == 0 ? 900 : 3); j++) {
            snprintf(field, sizeof field, "%s{\"name\":\"f%d_%d\",\"type\":\"int\"}",
                     j == 0 ? "" : ",", i, j);
            mn_buffer_put_text(&text, field);
        }
        mn_buffer_put_text(&text, "]}");
        assert_ok(mn_avro_schema_take(minos_buffer_view(&text), &schema));
        mn_avro_schema_give(schema);
        mn_buffer_done(&text);
        assert_true(mn_avro_cache_count().schemas <= MN_AVRO_CACHE_SCHEMAS_MAX);
        assert_true(mn_avro_cache_count().bytes <= MN_AVRO_CACHE_BYTES_MAX);
    }
    assert_true(minos_view_is(kept->nodes[kept->root].name, "shop.Order"));
    assert_true(minos_view_is(kept->edges[kept->nodes[kept->root].first].name, "first"));
    mn_avro_schema_give(kept);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(bad_schemas_are_refused),
        cmocka_unit_test(large_schemas),
        cmocka_unit_test(schemas_differing_in_uuids_are_one),
        cmocka_unit_test(the_cache_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
