/*
 * JSON into sinks: simdjson checks the text and lays it out as a tape; this file walks the tape,
 * checks what RFC 7493 adds, and writes into the sink. Faults are rare and therefore explained by
 * reading the text a second time.
 */
#include "codec/json.h"

#include "base/siphash.h"
#include "codec/value.h"
#include "codec/value_sink.h"

#define NAMES_LINEAR_MAX 16u
#define COUNT_SATURATED  0xffffffu /* the tape counts members up to here */
#define TEXT_BYTES_MAX   ((size_t)UINT32_MAX - 4096)

typedef struct walk {
    mn_tape tape;
    mn_simd_parser *parser;
    minos_sink sink;
    minos_view text;
    size_t at; /* word of the tape */
} walk;

static inline char word_type(uint64_t word)
{
    return (char)(word >> 56);
}

static inline uint64_t word_payload(uint64_t word)
{
    return word & UINT64_C(0x00ffffffffffffff);
}

static inline minos_view string_at(const walk *in, uint64_t word)
{
    const char *at = in->tape.strings + word_payload(word);
    uint32_t size;
    memcpy(&size, at, sizeof size);
    return minos_view_make(at + sizeof size, size);
}

static inline uint32_t count_of(uint64_t word)
{
    return (uint32_t)(word >> 32) & COUNT_SATURATED;
}

/* The word behind the value at `at`. */
static inline size_t skip_value(const walk *in, size_t at)
{
    uint64_t word = in->tape.words[at];
    switch (word_type(word)) {
    case '{':
    case '[':
        return (uint32_t)word;
    case 'l':
    case 'u':
    case 'd':
        return at + 2;
    default:
        return at + 1;
    }
}

/* ---- faults ---- */

/* Which token of the text, counted from 0, the word at `at` is. */
MINOS_COLD static size_t token_of(const walk *in, size_t at)
{
    size_t token = 0;
    for (size_t i = 1; i < at; i++) {
        char type = word_type(in->tape.words[i]);
        if (type == ']' || type == '}')
            continue;
        token++;
        if (type == 'l' || type == 'u' || type == 'd')
            i++; /* the number itself lies in the next word */
    }
    return token;
}

MINOS_COLD static minos_rc refuse(minos_view text, size_t token, const char *reason)
{
    mn_json_fault fault = mn_json_explain(text, token, reason);
    size_t line = 1, column = 1;

    if (fault.reason == NULL) /* the two readings disagree: refused all the same */
        return minos_fail(MINOS_EPARSE, "malformed JSON");
    for (size_t i = 0; i < fault.offset; i++) {
        if (text.data[i] == '\n')
            line++, column = 1;
        else
            column += ((unsigned char)text.data[i] & 0xc0) != 0x80;
    }
    return minos_fail(fault.is_limit ? MINOS_ETOOBIG : MINOS_EPARSE,
                      "%s JSON at line %zu, column %zu (byte %zu): %s",
                      fault.is_limit ? "too large a" : "malformed", line, column, fault.offset,
                      fault.reason);
}

MINOS_COLD static minos_rc refuse_token(const walk *in, size_t at, const char *reason)
{
    return refuse(in->text, token_of(in, at), reason);
}

/* ---- names given twice ---- */

static minos_rc name_twice(const walk *in, size_t at)
{
    return refuse_token(in, at, "this name was given before in the same object");
}

static minos_rc check_few_names(const walk *in, size_t first, size_t end)
{
    minos_view names[NAMES_LINEAR_MAX];
    size_t count = 0;

    for (size_t at = first; at < end; at = skip_value(in, at + 1)) {
        minos_view name = string_at(in, in->tape.words[at]);
        for (size_t i = 0; i < count; i++)
            if (MINOS_UNLIKELY(names[i].size == name.size) &&
                memcmp(names[i].data, name.data, name.size) == 0)
                return name_twice(in, at);
        names[count++] = name;
    }
    return MINOS_OK;
}

/* A table of the words of the names, hashed under a key that the peer does not know. */
static minos_rc check_many_names(const walk *in, size_t first, size_t end, size_t count)
{
    size_t places = NAMES_LINEAR_MAX * 4;
    uint32_t *table;

    while (places < count * 2)
        places *= 2;
    table = mn_simd_scratch(in->parser, places * sizeof *table);
    if (table == NULL)
        return minos_fail(MINOS_ENOMEM, "no memory to compare %zu names", count);
    memset(table, 0, places * sizeof *table);
    for (size_t at = first; at < end; at = skip_value(in, at + 1)) {
        minos_view name = string_at(in, in->tape.words[at]);
        size_t place = mn_hash_peer(name) & (places - 1);
        for (; table[place] != 0; place = (place + 1) & (places - 1))
            if (minos_view_equal(string_at(in, in->tape.words[table[place]]), name))
                return name_twice(in, at);
        table[place] = (uint32_t)at;
    }
    return MINOS_OK;
}

/* `at` is the object's first word; its payload has the word behind its end. */
static minos_rc check_names(const walk *in, size_t at)
{
    uint64_t word = in->tape.words[at];
    size_t end = (uint32_t)word - 1;
    size_t count = count_of(word);

    if (count < 2)
        return MINOS_OK;
    if (count <= NAMES_LINEAR_MAX)
        return check_few_names(in, at + 1, end);
    if (count == COUNT_SATURATED) {
        count = 0;
        for (size_t i = at + 1; i < end; i = skip_value(in, i + 1))
            count++;
    }
    return check_many_names(in, at + 1, end, count);
}

/* ---- the walk ---- */

/* Write the scalar at the present word and step behind it. */
static minos_rc walk_scalar(walk *in, uint64_t word)
{
    minos_value value = minos_value_null();

    switch (word_type(word)) {
    case '"':
        value = minos_value_text_view(string_at(in, word));
        break;
    case 'l':
        value = minos_value_int((int64_t)in->tape.words[++in->at]);
        break;
    case 'd':
        value.type = MINOS_TYPE_DOUBLE;
        memcpy(&value.as.number, &in->tape.words[++in->at], sizeof value.as.number);
        break;
    case 'u':
        return refuse_token(in, in->at, "the integer does not fit into 64 bits with a sign");
    case 't':
    case 'f':
        value = minos_value_bool(word_type(word) == 't');
        break;
    default:
        break;
    }
    in->at++;
    return in->sink.ops->scalar(in->sink.self, &value);
}

static minos_rc walk_begin(walk *in, uint64_t word, bool is_map)
{
    uint32_t count = count_of(word);
    minos_rc rc = is_map ? check_names(in, in->at) : MINOS_OK;

    if (rc != MINOS_OK)
        return rc;
    in->at++;
    return is_map ? in->sink.ops->map_begin(in->sink.self, count, minos_view_make(NULL, 0))
                  : in->sink.ops->list_begin(in->sink.self, count, false);
}

/*
 * The containers around the present word are one bit each in `maps`, the innermost lowest: set for
 * a map, whose members begin with a name.
 */
static minos_rc walk_all(walk *in)
{
    size_t end = word_payload(in->tape.words[0]) - 1;
    uint64_t maps = 0;
    int depth = 0;

    for (in->at = 1; in->at < end;) {
        uint64_t word = in->tape.words[in->at];
        char type = word_type(word);
        minos_rc rc;
        if (type == ']' || type == '}') {
            in->at++;
            depth--;
            maps >>= 1;
            rc = type == '}' ? in->sink.ops->map_end(in->sink.self)
                             : in->sink.ops->list_end(in->sink.self);
            if (rc != MINOS_OK)
                return rc;
            continue;
        }
        if ((maps & 1) != 0) {
            rc = in->sink.ops->key(in->sink.self, string_at(in, word));
            if (rc != MINOS_OK)
                return rc;
            word = in->tape.words[++in->at];
            type = word_type(word);
        }
        if (type == '[' || type == '{') {
            if (++depth > MN_VALUE_DEPTH_MAX)
                return refuse(in->text, SIZE_MAX, NULL);
            rc = walk_begin(in, word, type == '{');
            maps = maps << 1 | (type == '{');
        } else {
            rc = walk_scalar(in, word);
        }
        if (rc != MINOS_OK)
            return rc;
    }
    return MINOS_OK;
}

_Static_assert(MN_VALUE_DEPTH_MAX <= 64, "walk_all keeps one bit a level");

minos_rc mn_json_decode(minos_view text, size_t readable_after, minos_sink sink)
{
    walk in = {.sink = sink, .text = text};
    minos_rc rc;

    if (text.size > TEXT_BYTES_MAX)
        return minos_fail(MINOS_ETOOBIG, "a JSON text of %zu bytes", text.size);
    in.parser = mn_simd_parser_take();
    if (in.parser == NULL)
        return minos_fail(MINOS_ENOMEM, "no memory for a JSON parser");
    switch (mn_simd_parse(in.parser, text, readable_after, MN_VALUE_DEPTH_MAX * 2, &in.tape)) {
    case MN_SIMD_OK:
        rc = walk_all(&in);
        break;
    case MN_SIMD_NO_MEMORY:
        rc = minos_fail(MINOS_ENOMEM, "no memory to parse %zu bytes of JSON", text.size);
        break;
    default:
        rc = refuse(text, SIZE_MAX, NULL);
        break;
    }
    mn_simd_parser_give(in.parser);
    return rc;
}

minos_rc mn_json_decode_value(minos_view text, size_t readable_after, minos_arena *arena,
                              const minos_value **ret_value)
{
    mn_value_sink sink;

    mn_value_sink_init(&sink, arena);
    MINOS_TRY(mn_json_decode(text, readable_after, mn_value_sink_of(&sink)));
    return mn_value_sink_end(&sink, ret_value);
}

minos_rc minos_json_decode(minos_view text, minos_arena *arena, const minos_value **ret_value)
{
    return mn_json_decode_value(text, 0, arena, ret_value);
}
