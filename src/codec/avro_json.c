/*
 * Schemas' JSON as tokens: see avro_json.h. One pass, no recursion; open objects and arrays are
 * linked through `next` until they are closed.
 */
#include "codec/avro_json.h"

#include <string.h>

#include "base/alloc.h"
#include "codec/avro_schema.h"

#define NO_TOKEN UINT32_MAX

const char mn_avro_json_too_deep[] = "its text is nested too deep";

typedef enum state { WANT_KEY_OR_END, WANT_KEY, WANT_VALUE_OR_END, WANT_VALUE, WANT_COMMA } state;

typedef struct scanner {
    const char *begin, *at, *end;
    mn_avro_tokens *tokens;
    uint32_t open; /* innermost object or array, NO_TOKEN at the top */
    uint32_t depth;
    state state;
} scanner;

static mn_avro_token *token_add(scanner *in, mn_avro_token_type type)
{
    mn_avro_tokens *tokens = in->tokens;
    mn_avro_token *token;

    if (tokens->count == tokens->capacity) {
        tokens->capacity = tokens->capacity == 0 ? 256 : tokens->capacity * 2;
        tokens->items = mn_realloc(tokens->items, tokens->capacity * sizeof *tokens->items);
    }
    token = &tokens->items[tokens->count++];
    token->type = type;
    token->begin = (uint32_t)(in->at - in->begin);
    token->next = tokens->count;
    return token;
}

/* Step over a string whose quote is at `at`. */
static const char *scan_string(scanner *in)
{
    mn_avro_token *token;
    const char *at;

    in->at++;
    token = token_add(in, MN_AVRO_TOKEN_STRING);
    for (at = in->at; at != in->end && *at != '"'; at++) {
        if ((unsigned char)*at < 0x20) {
            in->at = at;
            return "a control character in a string";
        }
        if (*at == '\\') {
            token->type = MN_AVRO_TOKEN_ESCAPED;
            if (++at == in->end)
                break;
        }
    }
    in->at = at;
    if (at == in->end)
        return "a string without end";
    token->end = (uint32_t)(at - in->begin);
    in->at++;
    return NULL;
}

static bool is_word(minos_view text)
{
    return minos_view_is(text, "null") || minos_view_is(text, "true") ||
           minos_view_is(text, "false");
}

/* Numbers and words; which number is looked at where it matters. */
static const char *scan_other(scanner *in)
{
    const char *at = in->at;
    mn_avro_token *token;

    while (at != in->end && ((*at >= '0' && *at <= '9') || (*at >= 'a' && *at <= 'z') ||
                             *at == '-' || *at == '+' || *at == '.' || *at == 'E'))
        at++;
    if (at == in->at ||
        (*in->at >= 'a' && !is_word(minos_view_make(in->at, (size_t)(at - in->at)))))
        return "not a JSON value";
    token = token_add(in, MN_AVRO_TOKEN_OTHER);
    token->end = (uint32_t)(at - in->begin);
    in->at = at;
    return NULL;
}

static const char *scan_open(scanner *in, mn_avro_token_type type)
{
    mn_avro_token *token;

    if (in->depth == MN_AVRO_SCHEMA_JSON_MAX)
        return mn_avro_json_too_deep;
    token = token_add(in, type);
    token->next = in->open;
    in->open = in->tokens->count - 1;
    in->depth++;
    in->at++;
    in->state = type == MN_AVRO_TOKEN_OBJECT ? WANT_KEY_OR_END : WANT_VALUE_OR_END;
    return NULL;
}

static void scan_close(scanner *in)
{
    mn_avro_token *token = &in->tokens->items[in->open];

    in->open = token->next;
    token->next = in->tokens->count;
    in->at++;
    token->end = (uint32_t)(in->at - in->begin);
    in->depth--;
    in->state = WANT_COMMA;
}

static void skip_blanks(scanner *in)
{
    while (in->at != in->end &&
           (*in->at == ' ' || *in->at == '\n' || *in->at == '\t' || *in->at == '\r'))
        in->at++;
}

static const char *scan_key(scanner *in)
{
    const char *fault = *in->at == '"' ? scan_string(in) : "a name was expected";

    if (fault != NULL)
        return fault;
    skip_blanks(in);
    if (in->at == in->end || *in->at != ':')
        return "a colon was expected";
    in->at++;
    in->state = WANT_VALUE;
    return NULL;
}

static const char *scan_value(scanner *in)
{
    switch (*in->at) {
    case '{':
        return scan_open(in, MN_AVRO_TOKEN_OBJECT);
    case '[':
        return scan_open(in, MN_AVRO_TOKEN_ARRAY);
    case '"':
        in->state = WANT_COMMA;
        return scan_string(in);
    default:
        in->state = WANT_COMMA;
        return scan_other(in);
    }
}

static const char *scan_comma(scanner *in)
{
    bool in_object = in->tokens->items[in->open].type == MN_AVRO_TOKEN_OBJECT;

    if (*in->at == (in_object ? '}' : ']')) {
        scan_close(in);
        return NULL;
    }
    if (*in->at != ',')
        return "a comma or the end was expected";
    in->at++;
    in->state = in_object ? WANT_KEY : WANT_VALUE;
    return NULL;
}

static const char *scan_step(scanner *in)
{
    if ((in->state == WANT_KEY_OR_END && *in->at == '}') ||
        (in->state == WANT_VALUE_OR_END && *in->at == ']')) {
        scan_close(in);
        return NULL;
    }
    switch (in->state) {
    case WANT_KEY_OR_END:
    case WANT_KEY:
        return scan_key(in);
    case WANT_VALUE_OR_END:
    case WANT_VALUE:
        return scan_value(in);
    default:
        return scan_comma(in);
    }
}

const char *mn_avro_json_scan(minos_view text, mn_avro_tokens *tokens, uint32_t *ret_offset)
{
    scanner in = {.begin = text.data,
                  .at = text.data,
                  .end = text.data + text.size,
                  .tokens = tokens,
                  .open = NO_TOKEN,
                  .state = WANT_VALUE};
    const char *fault = NULL;

    tokens->count = 0;
    do {
        skip_blanks(&in);
        fault = in.at == in.end ? "the text ends too early" : scan_step(&in);
    } while (fault == NULL && (in.open != NO_TOKEN || in.state != WANT_COMMA));
    skip_blanks(&in);
    if (fault == NULL && in.at != in.end)
        fault = "something follows the schema";
    *ret_offset = (uint32_t)(in.at - in.begin);
    return fault;
}

/* ---- escapes ---- */

static int hex_digit(char digit)
{
    if (digit >= '0' && digit <= '9')
        return digit - '0';
    digit |= 0x20;
    return digit >= 'a' && digit <= 'f' ? digit - 'a' + 10 : -1;
}

static bool read_unit(const char *at, const char *end, unsigned *ret_unit)
{
    unsigned unit = 0;

    if (end - at < 6 || at[0] != '\\' || at[1] != 'u')
        return false;
    for (int i = 2; i < 6; i++) {
        int digit = hex_digit(at[i]);
        if (digit < 0)
            return false;
        unit = unit << 4 | (unsigned)digit;
    }
    *ret_unit = unit;
    return true;
}

static size_t write_utf8(unsigned code, char *to)
{
    if (code < 0x80) {
        to[0] = (char)code;
        return 1;
    }
    if (code < 0x800) {
        to[0] = (char)(0xc0 | code >> 6);
        to[1] = (char)(0x80 | (code & 0x3f));
        return 2;
    }
    if (code < 0x10000) {
        to[0] = (char)(0xe0 | code >> 12);
        to[1] = (char)(0x80 | (code >> 6 & 0x3f));
        to[2] = (char)(0x80 | (code & 0x3f));
        return 3;
    }
    to[0] = (char)(0xf0 | code >> 18);
    to[1] = (char)(0x80 | (code >> 12 & 0x3f));
    to[2] = (char)(0x80 | (code >> 6 & 0x3f));
    to[3] = (char)(0x80 | (code & 0x3f));
    return 4;
}

/* The escape at `at`; gives the bytes read, 0 when it is malformed. */
static size_t unescape_one(const char *at, const char *end, char *to, size_t *ret_size)
{
    static const char from[] = "\"\\/bfnrt";
    static const char into[] = "\"\\/\b\f\n\r\t";
    unsigned unit, low;
    const char *found;

    if (end - at >= 2 && at[1] != '\0' && (found = strchr(from, at[1])) != NULL) {
        *to = into[found - from];
        *ret_size = 1;
        return 2;
    }
    if (!read_unit(at, end, &unit) || (unit >= 0xdc00 && unit < 0xe000))
        return 0;
    if (unit < 0xd800 || unit >= 0xe000) {
        *ret_size = write_utf8(unit, to);
        return 6;
    }
    if (!read_unit(at + 6, end, &low) || low < 0xdc00 || low >= 0xe000)
        return 0;
    *ret_size = write_utf8(0x10000 + ((unit - 0xd800) << 10 | (low - 0xdc00)), to);
    return 12;
}

bool mn_avro_json_unescape(minos_view raw, char *to, size_t *ret_size)
{
    const char *at = raw.data, *end = raw.data + raw.size;
    char *begin = to;

    while (at != end) {
        size_t read, written = 1;
        if (*at != '\\') {
            *to++ = *at++;
            continue;
        }
        read = unescape_one(at, end, to, &written);
        if (read == 0)
            return false;
        at += read;
        to += written;
    }
    *ret_size = (size_t)(to - begin);
    return true;
}
