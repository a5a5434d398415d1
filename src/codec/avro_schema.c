/*
 * The compiler of schemas: see avro_schema.h. The tokens of the text are walked once, depth first;
 * the edges of a record or union are allotted before its parts are compiled, so they lie together.
 */
#include "codec/avro_schema.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "codec/avro_compiler.h"
#include "codec/simd.h"

static minos_rc compile(mn_avro_compiler *in, uint32_t token, minos_view space, uint32_t *ret_node);

/* ---- tables ---- */

static minos_rc node_add(mn_avro_compiler *in, mn_avro_op op, uint32_t *ret_node)
{
    mn_avro_schema *schema = in->schema;
    mn_avro_node *nodes = mn_avro_table_room(in->arena, schema->nodes, &schema->node_capacity,
                                             schema->node_count, 1, sizeof *nodes);

    if (nodes == NULL)
        return mn_avro_no_room(in);
    schema->nodes = nodes;
    *ret_node = schema->node_count++;
    schema->nodes[*ret_node] = (mn_avro_node){.op = op};
    return MINOS_OK;
}

/* Allot the edges of a node and point it at them. */
static minos_rc edges_add(mn_avro_compiler *in, uint32_t node, uint32_t count)
{
    mn_avro_schema *schema = in->schema;
    mn_avro_edge *edges = mn_avro_table_room(in->arena, schema->edges, &schema->edge_capacity,
                                             schema->edge_count, count, sizeof *edges);

    if (edges == NULL)
        return mn_avro_no_room(in);
    schema->edges = edges;
    schema->nodes[node].first = schema->edge_count;
    schema->nodes[node].count = count;
    memset(schema->edges + schema->edge_count, 0, count * sizeof *schema->edges);
    schema->edge_count += count;
    return MINOS_OK;
}

/* How many items an array has. */
static minos_rc array_count(const mn_avro_compiler *in, uint32_t array, const char *what,
                            uint32_t *ret_count)
{
    uint32_t count = 0;

    for (uint32_t at = array + 1; at < in->tokens[array].next; at = in->tokens[at].next)
        if (++count > MN_AVRO_FIELDS_MAX)
            return mn_avro_too_many(in, array, what, MN_AVRO_FIELDS_MAX);
    *ret_count = count;
    return MINOS_OK;
}

/* ---- types ---- */

static uint32_t leaf_of(minos_view name)
{
    static const struct {
        const char *name;
        mn_avro_op op;
    } rows[] = {
        {"string", MN_AVRO_STRING},   {"int", MN_AVRO_LONG},      {"null", MN_AVRO_NULL},
        {"boolean", MN_AVRO_BOOLEAN}, {"double", MN_AVRO_DOUBLE}, {"bytes", MN_AVRO_BYTES},
        {"long", MN_AVRO_LONG},       {"float", MN_AVRO_FLOAT},
    };

    for (size_t i = 0; i < mn_count_of(rows); i++)
        if (minos_view_is(name, rows[i].name))
            return rows[i].op;
    return MN_AVRO_LEAVES;
}

/* What a logical type makes of an op; any pair that is not here stays as it is. */
static mn_avro_op logical_of(mn_avro_op op, uint32_t fixed_size, minos_view logical)
{
    static const struct {
        mn_avro_op op;
        const char *logical;
        mn_avro_op becomes;
    } rows[] = {
        {MN_AVRO_STRING, "uuid", MN_AVRO_UUID_STRING},
        {MN_AVRO_LONG, "timestamp-micros", MN_AVRO_TIMESTAMP_MICROS},
        {MN_AVRO_LONG, "date", MN_AVRO_DATE},
        {MN_AVRO_LONG, "time-micros", MN_AVRO_TIME_MICROS},
        {MN_AVRO_LONG, "timedelta-micros", MN_AVRO_TIMEDELTA},
        {MN_AVRO_LONG, "timestamp-millis", MN_AVRO_TIMESTAMP_MILLIS},
        {MN_AVRO_LONG, "time-millis", MN_AVRO_TIME_MILLIS},
        {MN_AVRO_ARRAY, "set", MN_AVRO_SET},
        {MN_AVRO_BYTES, "uuid", MN_AVRO_UUID_BYTES},
        {MN_AVRO_FIXED, "uuid", MN_AVRO_UUID_FIXED},
    };

    for (size_t i = 0; i < mn_count_of(rows); i++)
        if (rows[i].op == op && minos_view_is(logical, rows[i].logical))
            return op != MN_AVRO_FIXED || fixed_size == 16 ? rows[i].becomes : op;
    return op;
}

/* A name where a type is expected: one of Avro's own, or one defined before. */
static minos_rc compile_reference(mn_avro_compiler *in, uint32_t token, minos_view space,
                                  uint32_t *ret_node)
{
    mn_avro_name name = {.space = space};
    const mn_avro_named *found;
    minos_view text;
    uint32_t leaf;

    MINOS_TRY(mn_avro_string_at(in, token, "a type was expected", &text));
    leaf = leaf_of(text);
    if (leaf != MN_AVRO_LEAVES) {
        *ret_node = leaf;
        return MINOS_OK;
    }
    mn_avro_name_split(text, &name.space, &name.name);
    found = mn_avro_name_find(in, name);
    if (found == NULL)
        return minos_fail(MINOS_EPARSE, "malformed Avro schema at byte %u: unknown type \"%.*s\"",
                          in->tokens[token].begin, text.size < 200 ? (int)text.size : 200,
                          text.data);
    in->schema->has_references = true;
    *ret_node = found->node;
    return MINOS_OK;
}

static minos_rc compile_union(mn_avro_compiler *in, uint32_t array, minos_view space,
                              uint32_t *ret_node)
{
    uint32_t node, count, edge, branch;

    MINOS_TRY(array_count(in, array, "branches", &count));
    MINOS_TRY(node_add(in, MN_AVRO_UNION, &node));
    MINOS_TRY(edges_add(in, node, count));
    edge = in->schema->nodes[node].first;
    for (uint32_t at = array + 1; at < in->tokens[array].next; at = in->tokens[at].next) {
        if (in->tokens[at].type == MN_AVRO_TOKEN_ARRAY)
            return mn_avro_refuse(in, at, "a union in a union");
        MINOS_TRY(compile(in, at, space, &branch));
        if (in->schema->nodes[branch].op == MN_AVRO_UNION)
            return mn_avro_refuse(in, at, "a union in a union");
        in->schema->edges[edge++].node = branch;
    }
    *ret_node = node;
    return MINOS_OK;
}

static minos_rc compile_field(mn_avro_compiler *in, uint32_t object, minos_view space,
                              uint32_t first, uint32_t edge)
{
    mn_avro_attributes its;
    minos_view name;
    uint32_t node;

    if (in->tokens[object].type != MN_AVRO_TOKEN_OBJECT)
        return mn_avro_refuse(in, object, "a field was expected");
    MINOS_TRY(mn_avro_attributes_read(in, object, &its));
    if (its.at[MN_AVRO_AT_NAME] == MN_AVRO_NO_TOKEN || its.at[MN_AVRO_AT_TYPE] == MN_AVRO_NO_TOKEN)
        return mn_avro_refuse(in, object, "a field without name or type");
    MINOS_TRY(mn_avro_string_at(in, its.at[MN_AVRO_AT_NAME], "a name was expected", &name));
    for (uint32_t i = first; i < edge; i++)
        if (minos_view_equal(in->schema->edges[i].name, name))
            return mn_avro_refuse(in, its.at[MN_AVRO_AT_NAME], "two fields of one name");
    in->schema->edges[edge].name = name;
    MINOS_TRY(compile(in, its.at[MN_AVRO_AT_TYPE], space, &node));
    in->schema->edges[edge].node = node;
    return MINOS_OK;
}

static minos_rc compile_record(mn_avro_compiler *in, uint32_t object, const mn_avro_attributes *its,
                               minos_view space, uint32_t *ret_node)
{
    uint32_t fields = its->at[MN_AVRO_AT_FIELDS], node, count, edge;
    mn_avro_name name;
    minos_view shown;

    MINOS_TRY(mn_avro_name_read(in, its, object, space, &name));
    if (fields == MN_AVRO_NO_TOKEN || in->tokens[fields].type != MN_AVRO_TOKEN_ARRAY)
        return mn_avro_refuse(in, object, "a record without fields");
    MINOS_TRY(array_count(in, fields, "fields", &count));
    MINOS_TRY(node_add(in, MN_AVRO_RECORD, &node));
    MINOS_TRY(mn_avro_name_define(in, object, name, node));
    MINOS_TRY(mn_avro_name_shown(in, name, &shown));
    in->schema->nodes[node].name = shown;
    MINOS_TRY(edges_add(in, node, count));
    edge = in->schema->nodes[node].first;
    for (uint32_t at = fields + 1; at < in->tokens[fields].next; at = in->tokens[at].next, edge++)
        MINOS_TRY(compile_field(in, at, name.space, in->schema->nodes[node].first, edge));
    *ret_node = node;
    return MINOS_OK;
}

static minos_rc compile_enum(mn_avro_compiler *in, uint32_t object, const mn_avro_attributes *its,
                             minos_view space, uint32_t *ret_node)
{
    uint32_t symbols = its->at[MN_AVRO_AT_SYMBOLS], node, count, edge;
    mn_avro_name name;

    MINOS_TRY(mn_avro_name_read(in, its, object, space, &name));
    if (symbols == MN_AVRO_NO_TOKEN || in->tokens[symbols].type != MN_AVRO_TOKEN_ARRAY)
        return mn_avro_refuse(in, object, "an enum without symbols");
    MINOS_TRY(array_count(in, symbols, "symbols", &count));
    MINOS_TRY(node_add(in, MN_AVRO_ENUM, &node));
    MINOS_TRY(mn_avro_name_define(in, object, name, node));
    MINOS_TRY(edges_add(in, node, count));
    edge = in->schema->nodes[node].first;
    for (uint32_t at = symbols + 1; at < in->tokens[symbols].next; at = in->tokens[at].next) {
        minos_view symbol;
        MINOS_TRY(mn_avro_string_at(in, at, "a symbol was expected", &symbol));
        in->schema->edges[edge++].name = symbol;
    }
    *ret_node = node;
    return MINOS_OK;
}

static minos_rc compile_fixed(mn_avro_compiler *in, uint32_t object, const mn_avro_attributes *its,
                              minos_view space, uint32_t *ret_node)
{
    uint32_t token = its->at[MN_AVRO_AT_SIZE], node;
    minos_view digits =
        token == MN_AVRO_NO_TOKEN ? minos_view_make("", 0) : mn_avro_raw_text(in, token);
    int64_t size = 0;
    mn_avro_name name;

    MINOS_TRY(mn_avro_name_read(in, its, object, space, &name));
    if (digits.size == 0 || in->tokens[token].type != MN_AVRO_TOKEN_OTHER)
        return mn_avro_refuse(in, object, "a fixed without size");
    for (size_t i = 0; i < digits.size; i++) {
        if (digits.data[i] < '0' || digits.data[i] > '9')
            return mn_avro_refuse(in, token, "a size was expected");
        size = size * 10 + (digits.data[i] - '0');
        if (size > MN_AVRO_FIXED_BYTES_MAX)
            return mn_avro_too_many(in, token, "bytes of a fixed", (int)MN_AVRO_FIXED_BYTES_MAX);
    }
    MINOS_TRY(node_add(in, MN_AVRO_FIXED, &node));
    MINOS_TRY(mn_avro_name_define(in, object, name, node));
    in->schema->nodes[node].count = (uint32_t)size;
    *ret_node = node;
    return MINOS_OK;
}

static minos_rc compile_items(mn_avro_compiler *in, uint32_t object, mn_avro_op op, uint32_t items,
                              minos_view space, uint32_t *ret_node)
{
    uint32_t node, item;

    if (items == MN_AVRO_NO_TOKEN)
        return mn_avro_refuse(
            in, object, op == MN_AVRO_MAP ? "a map without values" : "an array without items");
    MINOS_TRY(node_add(in, op, &node));
    MINOS_TRY(compile(in, items, space, &item));
    in->schema->nodes[node].first = item;
    *ret_node = node;
    return MINOS_OK;
}

static minos_rc compile_by_type(mn_avro_compiler *in, uint32_t object,
                                const mn_avro_attributes *its, minos_view space, uint32_t *ret_node)
{
    uint32_t type = its->at[MN_AVRO_AT_TYPE];
    minos_view name;

    if (type == MN_AVRO_NO_TOKEN)
        return mn_avro_refuse(in, object, "a type without \"type\"");
    if (!mn_avro_is_string(in, type))
        return compile(in, type, space, ret_node);
    name = mn_avro_raw_text(in, type);
    if (minos_view_is(name, "record") || minos_view_is(name, "error"))
        return compile_record(in, object, its, space, ret_node);
    if (minos_view_is(name, "array"))
        return compile_items(in, object, MN_AVRO_ARRAY, its->at[MN_AVRO_AT_ITEMS], space, ret_node);
    if (minos_view_is(name, "map"))
        return compile_items(in, object, MN_AVRO_MAP, its->at[MN_AVRO_AT_VALUES], space, ret_node);
    if (minos_view_is(name, "enum"))
        return compile_enum(in, object, its, space, ret_node);
    if (minos_view_is(name, "fixed"))
        return compile_fixed(in, object, its, space, ret_node);
    return compile_reference(in, type, space, ret_node);
}

static minos_rc compile_object(mn_avro_compiler *in, uint32_t object, minos_view space,
                               uint32_t *ret_node)
{
    uint32_t known = in->schema->node_count, node, logical;
    mn_avro_node *it;
    mn_avro_op op;
    mn_avro_attributes its;

    MINOS_TRY(mn_avro_attributes_read(in, object, &its));
    MINOS_TRY(compile_by_type(in, object, &its, space, &node));
    logical = its.at[MN_AVRO_AT_LOGICAL];
    *ret_node = node;
    if (logical == MN_AVRO_NO_TOKEN || !mn_avro_is_string(in, logical))
        return MINOS_OK;
    it = &in->schema->nodes[node];
    op = logical_of(it->op, it->count, mn_avro_raw_text(in, logical));
    if (op < MN_AVRO_LEAVES)
        *ret_node = op;
    else if (node >= known) /* what a name refers to stays as it was defined */
        it->op = op;
    return MINOS_OK;
}

static minos_rc compile(mn_avro_compiler *in, uint32_t token, minos_view space, uint32_t *ret_node)
{
    minos_rc rc;

    if (in->depth == MN_AVRO_SCHEMA_DEPTH_MAX)
        return mn_avro_too_many(in, token, "types within types", MN_AVRO_SCHEMA_DEPTH_MAX);
    in->depth++;
    switch (in->tokens[token].type) {
    case MN_AVRO_TOKEN_OBJECT:
        rc = compile_object(in, token, space, ret_node);
        break;
    case MN_AVRO_TOKEN_ARRAY:
        rc = compile_union(in, token, space, ret_node);
        break;
    case MN_AVRO_TOKEN_OTHER:
        rc = mn_avro_refuse(in, token, "a type was expected");
        break;
    default:
        rc = compile_reference(in, token, space, ret_node);
        break;
    }
    in->depth--;
    return rc;
}

static minos_rc compile_all(minos_view text, const mn_avro_tokens *tokens, minos_arena *arena,
                            mn_avro_schema *schema)
{
    mn_avro_compiler in = {.text = text, .arena = arena, .schema = schema, .tokens = tokens->items};
    uint32_t node;

    for (int op = 0; op < MN_AVRO_LEAVES; op++)
        MINOS_TRY(node_add(&in, (mn_avro_op)op, &node));
    return compile(&in, 0, minos_view_make(NULL, 0), &schema->root);
}

minos_rc mn_avro_schema_compile(minos_view text, minos_arena *arena, mn_avro_schema *ret_schema)
{
    mn_avro_tokens tokens = {.count = 0};
    uint32_t offset = 0;
    const char *fault;
    minos_rc rc;

    if (text.size > MN_AVRO_SCHEMA_BYTES_MAX)
        return minos_fail(MINOS_ETOOBIG, "an Avro schema of %zu bytes, %zu are allowed", text.size,
                          MN_AVRO_SCHEMA_BYTES_MAX);
    if (!mn_utf8_valid(text))
        return mn_avro_refuse_at(0, "it is not UTF-8");
    *ret_schema = (mn_avro_schema){.nodes = NULL};
    fault = mn_avro_json_scan(text, &tokens, &offset);
    if (fault == mn_avro_json_too_deep)
        rc = minos_fail(MINOS_ETOOBIG, "too large an Avro schema at byte %u: %s", offset, fault);
    else if (fault != NULL)
        rc = mn_avro_refuse_at(offset, fault);
    else
        rc = compile_all(text, &tokens, arena, ret_schema);
    free(tokens.items);
    return rc;
}
