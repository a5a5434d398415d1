/*
 * What the files of the schema compiler share: its state, faults, tokens (avro_tokens.c) and names
 * (avro_name.c). Types are compiled in avro_schema.c.
 */
#ifndef MN_CODEC_AVRO_COMPILER_H
#define MN_CODEC_AVRO_COMPILER_H

#include "base/arena.h"
#include "codec/avro_json.h"
#include "codec/avro_schema.h"

#define MN_AVRO_NO_TOKEN UINT32_MAX

/* A name as written: namespace complete, last segment included. */
typedef struct mn_avro_name {
    minos_view space;
    minos_view name;
} mn_avro_name;

typedef struct mn_avro_named {
    mn_avro_name name;
    uint32_t node;
    bool is_masked;
} mn_avro_named;

typedef struct mn_avro_compiler {
    minos_view text;
    minos_arena *arena;
    mn_avro_schema *schema;
    const mn_avro_token *tokens;
    mn_avro_named *names;
    uint32_t name_count;
    uint32_t name_capacity;
    int depth;
} mn_avro_compiler;

typedef enum mn_avro_attribute {
    MN_AVRO_AT_TYPE,
    MN_AVRO_AT_NAME,
    MN_AVRO_AT_NAMESPACE,
    MN_AVRO_AT_FIELDS,
    MN_AVRO_AT_ITEMS,
    MN_AVRO_AT_VALUES,
    MN_AVRO_AT_SYMBOLS,
    MN_AVRO_AT_SIZE,
    MN_AVRO_AT_LOGICAL,
    MN_AVRO_AT_COUNT
} mn_avro_attribute;

/* The tokens of an object's attributes that we know, NO_TOKEN: not there. */
typedef struct mn_avro_attributes {
    uint32_t at[MN_AVRO_AT_COUNT];
} mn_avro_attributes;

/* Raise EPARSE or ETOOBIG with the place in the text. */
minos_rc mn_avro_refuse_at(uint32_t offset, const char *what);
minos_rc mn_avro_refuse(const mn_avro_compiler *in, uint32_t token, const char *what);
minos_rc mn_avro_too_many(const mn_avro_compiler *in, uint32_t token, const char *what, int limit);
minos_rc mn_avro_no_room(const mn_avro_compiler *in);

static inline bool mn_avro_is_string(const mn_avro_compiler *in, uint32_t token)
{
    return in->tokens[token].type == MN_AVRO_TOKEN_STRING ||
           in->tokens[token].type == MN_AVRO_TOKEN_ESCAPED;
}

/* A token as it stands in the text, escapes included. */
static inline minos_view mn_avro_raw_text(const mn_avro_compiler *in, uint32_t token)
{
    const mn_avro_token *it = &in->tokens[token];
    return minos_view_make(in->text.data + it->begin, it->end - it->begin);
}

/* A string's text; `what` says what was expected when it is none, empty, or holds a NUL. */
minos_rc mn_avro_string_at(mn_avro_compiler *in, uint32_t token, const char *what,
                           minos_view *ret_text);
minos_rc mn_avro_attributes_read(const mn_avro_compiler *in, uint32_t object,
                                 mn_avro_attributes *ret_attributes);
/* Give a table of the arena with room for `more` items, which doubles; NULL when there is none. */
void *mn_avro_table_room(minos_arena *arena, void *table, uint32_t *capacity, uint32_t count,
                         uint32_t more, size_t unit);

/* Part a dotted name at its last dot; without one `before` stays as it is. */
void mn_avro_name_split(minos_view name, minos_view *before, minos_view *last);
/* Read the name of a named type in the namespace `space`. */
minos_rc mn_avro_name_read(mn_avro_compiler *in, const mn_avro_attributes *its, uint32_t object,
                           minos_view space, mn_avro_name *ret_name);
/* NULL when no such name was defined so far. */
const mn_avro_named *mn_avro_name_find(const mn_avro_compiler *in, mn_avro_name name);
/*
 * Note a named type. One whose namespace ends in a UUID may be there twice, for texts that differ
 * in the UUID only are compiled once.
 */
minos_rc mn_avro_name_define(mn_avro_compiler *in, uint32_t object, mn_avro_name name,
                             uint32_t node);
/* The name that values carry: namespace without its last segment, a dot, the name. */
minos_rc mn_avro_name_shown(mn_avro_compiler *in, mn_avro_name name, minos_view *ret_name);

#endif
