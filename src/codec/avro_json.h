/*
 * The JSON of schemas, laid out as tokens: where each value lies in the text and where the one
 * behind it begins. Schemas nest deeper than contents and we must know places in the text, so this
 * is not the decoder of contents.
 */
#ifndef MN_CODEC_AVRO_JSON_H
#define MN_CODEC_AVRO_JSON_H

#include <stdbool.h>
#include <stdint.h>

#include <minos/error.h>
#include <minos/view.h>

typedef enum mn_avro_token_type {
    MN_AVRO_TOKEN_OBJECT,
    MN_AVRO_TOKEN_ARRAY,
    MN_AVRO_TOKEN_STRING,  /* without its quotes */
    MN_AVRO_TOKEN_ESCAPED, /* the same, holding escapes */
    MN_AVRO_TOKEN_OTHER    /* a number, true, false, null; not looked into */
} mn_avro_token_type;

typedef struct mn_avro_token {
    uint32_t type;
    uint32_t begin, end; /* offsets in the text */
    uint32_t next;       /* token behind this one and all within it */
} mn_avro_token;

typedef struct mn_avro_tokens {
    mn_avro_token *items; /* heap, reused */
    uint32_t count;
    uint32_t capacity;
} mn_avro_tokens;

/* The fault of a text that passes MN_AVRO_SCHEMA_JSON_MAX. */
extern const char mn_avro_json_too_deep[];

/*
 * Lay out a text; gives NULL, or what is wrong, at *ret_offset. The text is at most UINT32_MAX
 * bytes.
 */
const char *mn_avro_json_scan(minos_view text, mn_avro_tokens *tokens, uint32_t *ret_offset);
/* Write a string without its escapes, at most its own size; false when an escape is malformed. */
bool mn_avro_json_unescape(minos_view raw, char *to, size_t *ret_size);

#endif
