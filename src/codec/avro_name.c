/*
 * The schema compiler's tokens, tables and names: see avro_compiler.h.
 *
 * Names (Avro 1.11, Names): one with a dot is complete; else it lies in the `namespace` given
 * beside it, else in that of the type around it.
 */
#include "codec/avro_compiler.h"

/* ---- faults ---- */

MINOS_COLD minos_rc mn_avro_refuse_at(uint32_t offset, const char *what)
{
    return minos_fail(MINOS_EPARSE, "malformed Avro schema at byte %u: %s", offset, what);
}

MINOS_COLD minos_rc mn_avro_refuse(const mn_avro_compiler *in, uint32_t token, const char *what)
{
    return mn_avro_refuse_at(in->tokens[token].begin, what);
}

MINOS_COLD minos_rc mn_avro_too_many(const mn_avro_compiler *in, uint32_t token, const char *what,
                                     int limit)
{
    return minos_fail(MINOS_ETOOBIG, "too large an Avro schema at byte %u: more than %d %s",
                      in->tokens[token].begin, limit, what);
}

MINOS_COLD minos_rc mn_avro_no_room(const mn_avro_compiler *in)
{
    return minos_fail(MINOS_ETOOBIG, "an Avro schema takes more than %zu bytes of memory",
                      in->arena->limit);
}

/* ---- tokens ---- */

/* A string's text; `what` names it when it is none. Names are never empty and hold no NUL. */
minos_rc mn_avro_string_at(mn_avro_compiler *in, uint32_t token, const char *what,
                           minos_view *ret_text)
{
    minos_view raw;
    char *copy;

    if (token == MN_AVRO_NO_TOKEN || !mn_avro_is_string(in, token))
        return mn_avro_refuse_at(token == MN_AVRO_NO_TOKEN ? 0 : in->tokens[token].begin, what);
    raw = mn_avro_raw_text(in, token);
    *ret_text = raw;
    if (in->tokens[token].type == MN_AVRO_TOKEN_ESCAPED) {
        copy = mn_arena_try_raw(in->arena, raw.size);
        if (copy == NULL)
            return mn_avro_no_room(in);
        if (!mn_avro_json_unescape(raw, copy, &ret_text->size))
            return mn_avro_refuse(in, token, "a malformed escape");
        ret_text->data = copy;
    }
    if (ret_text->size == 0 || memchr(ret_text->data, '\0', ret_text->size) != NULL)
        return mn_avro_refuse(in, token, what);
    return MINOS_OK;
}

static mn_avro_attribute attribute_of(minos_view name)
{
    static const struct {
        const char *name;
        size_t size;
    } rows[MN_AVRO_AT_COUNT] = {{"type", 4},    {"name", 4},  {"namespace", 9},
                                {"fields", 6},  {"items", 5}, {"values", 6},
                                {"symbols", 7}, {"size", 4},  {"logicalType", 11}};

    for (unsigned i = 0; i < MN_AVRO_AT_COUNT; i++)
        if (rows[i].size == name.size && memcmp(rows[i].name, name.data, name.size) == 0)
            return (mn_avro_attribute)i;
    return MN_AVRO_AT_COUNT;
}

minos_rc mn_avro_attributes_read(const mn_avro_compiler *in, uint32_t object,
                                 mn_avro_attributes *ret_attributes)
{
    uint32_t end = in->tokens[object].next;

    for (size_t i = 0; i < MN_AVRO_AT_COUNT; i++)
        ret_attributes->at[i] = MN_AVRO_NO_TOKEN;
    for (uint32_t key = object + 1; key < end; key = in->tokens[key + 1].next) {
        mn_avro_attribute which = attribute_of(mn_avro_raw_text(in, key));
        if (which == MN_AVRO_AT_COUNT)
            continue;
        if (ret_attributes->at[which] != MN_AVRO_NO_TOKEN)
            return mn_avro_refuse(in, key, "an attribute is given twice");
        ret_attributes->at[which] = key + 1;
    }
    return MINOS_OK;
}

/* ---- tables ---- */

/* Give a table of the arena with room for `more` items, which doubles; NULL when there is none. */
void *mn_avro_table_room(minos_arena *arena, void *table, uint32_t *capacity, uint32_t count,
                         uint32_t more, size_t unit)
{
    uint32_t wanted = *capacity < 8 ? 8 : *capacity;
    void *grown;

    if (MINOS_LIKELY(table != NULL && *capacity - count >= more))
        return table;
    while (wanted - count < more)
        wanted *= 2;
    grown = mn_arena_try_raw(arena, wanted * unit);
    if (grown == NULL)
        return NULL;
    if (count != 0)
        memcpy(grown, table, count * unit);
    *capacity = wanted;
    return grown;
}

/* ---- names ---- */

bool mn_avro_is_uuid(const char *text)
{
    for (int i = 0; i < MN_AVRO_UUID_BYTES_TEXT; i++) {
        char byte = text[i], lower = (char)(byte | 0x20);
        bool is_hyphen = i == 8 || i == 13 || i == 18 || i == 23;
        if (is_hyphen ? byte != '-'
                      : !((byte >= '0' && byte <= '9') || (lower >= 'a' && lower <= 'f')))
            return false;
    }
    return true;
}

/* Part a dotted name at its last dot; without one `before` stays as it is. */
void mn_avro_name_split(minos_view name, minos_view *before, minos_view *last)
{
    const char *dot = memrchr(name.data, '.', name.size);

    *last = name;
    if (dot == NULL)
        return;
    *before = minos_view_make(name.data, (size_t)(dot - name.data));
    *last = minos_view_make(dot + 1, name.size - before->size - 1);
}

static minos_view last_segment(minos_view space)
{
    minos_view before, last = space;
    if (space.size != 0)
        mn_avro_name_split(space, &before, &last);
    return last;
}

minos_rc mn_avro_name_read(mn_avro_compiler *in, const mn_avro_attributes *its, uint32_t object,
                           minos_view space, mn_avro_name *ret_name)
{
    minos_view text;

    if (its->at[MN_AVRO_AT_NAME] == MN_AVRO_NO_TOKEN)
        return mn_avro_refuse(in, object, "a named type without a name");
    MINOS_TRY(mn_avro_string_at(in, its->at[MN_AVRO_AT_NAME], "a name was expected", &text));
    ret_name->space = space;
    if (its->at[MN_AVRO_AT_NAMESPACE] != MN_AVRO_NO_TOKEN &&
        mn_avro_raw_text(in, its->at[MN_AVRO_AT_NAMESPACE]).size == 0)
        ret_name->space = minos_view_make(NULL, 0);
    else if (its->at[MN_AVRO_AT_NAMESPACE] != MN_AVRO_NO_TOKEN)
        MINOS_TRY(mn_avro_string_at(in, its->at[MN_AVRO_AT_NAMESPACE], "a namespace was expected",
                                    &ret_name->space));
    mn_avro_name_split(text, &ret_name->space, &ret_name->name);
    return ret_name->name.size == 0
               ? mn_avro_refuse(in, its->at[MN_AVRO_AT_NAME], "a name ends in a dot")
               : MINOS_OK;
}

static bool lies_in_text(const mn_avro_compiler *in, minos_view part)
{
    uintptr_t begin = (uintptr_t)in->text.data, at = (uintptr_t)part.data;
    return at >= begin && at + part.size <= begin + in->text.size;
}

static minos_rc mask_add(mn_avro_compiler *in, minos_view segment)
{
    mn_avro_schema *schema = in->schema;
    uint32_t offset = (uint32_t)(segment.data - in->text.data);
    uint32_t *masks;

    for (uint32_t i = schema->mask_count; i > 0; i--)
        if (schema->masks[i - 1] == offset)
            return MINOS_OK; /* a namespace that was inherited */
    masks = mn_avro_table_room(in->arena, schema->masks, &schema->mask_capacity, schema->mask_count,
                               1, sizeof *masks);
    if (masks == NULL)
        return mn_avro_no_room(in);
    schema->masks = masks;
    schema->masks[schema->mask_count++] = offset;
    return MINOS_OK;
}

const mn_avro_named *mn_avro_name_find(const mn_avro_compiler *in, mn_avro_name name)
{
    for (uint32_t i = 0; i < in->name_count; i++)
        if (minos_view_equal(in->names[i].name.name, name.name) &&
            minos_view_equal(in->names[i].name.space, name.space))
            return &in->names[i];
    return NULL;
}

/*
 * Note a named type. One whose namespace ends in a UUID may be there twice, for texts that differ
 * in the UUID only are compiled once.
 */
minos_rc mn_avro_name_define(mn_avro_compiler *in, uint32_t object, mn_avro_name name,
                             uint32_t node)
{
    minos_view segment = last_segment(name.space);
    bool is_masked = segment.size == MN_AVRO_UUID_BYTES_TEXT && mn_avro_is_uuid(segment.data) &&
                     lies_in_text(in, segment);
    mn_avro_named *names;

    if (is_masked)
        MINOS_TRY(mask_add(in, segment));
    else if (mn_avro_name_find(in, name) != NULL)
        return mn_avro_refuse(in, object, "this name was defined before");
    if (in->name_count == MN_AVRO_NAMES_MAX)
        return mn_avro_too_many(in, object, "named types", MN_AVRO_NAMES_MAX);
    names = mn_avro_table_room(in->arena, in->names, &in->name_capacity, in->name_count, 1,
                               sizeof *names);
    if (names == NULL)
        return mn_avro_no_room(in);
    in->names = names;
    in->names[in->name_count++] =
        (mn_avro_named){.name = name, .node = node, .is_masked = is_masked};
    return MINOS_OK;
}

/* The name that values carry: namespace without its last segment, a dot, the name. */
minos_rc mn_avro_name_shown(mn_avro_compiler *in, mn_avro_name name, minos_view *ret_name)
{
    minos_view space = minos_view_make(NULL, 0), last;
    char *text;

    if (name.space.size != 0)
        mn_avro_name_split(name.space, &space, &last);
    if (space.size == 0) {
        *ret_name = name.name;
        return MINOS_OK;
    }
    text = mn_arena_try_raw(in->arena, space.size + 1 + name.name.size);
    if (text == NULL)
        return mn_avro_no_room(in);
    memcpy(text, space.data, space.size);
    text[space.size] = '.';
    memcpy(text + space.size + 1, name.name.data, name.name.size);
    *ret_name = minos_view_make(text, space.size + 1 + name.name.size);
    return MINOS_OK;
}
