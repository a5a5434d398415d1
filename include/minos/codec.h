/*
 * Codecs: content between bytes and values, one row a media type. A decoder writes what it reads
 * into a sink, a table of functions: values are one sink, typed records another, so no tree is
 * built that nobody reads.
 *
 * application/json, and any type with +json: reads and writes any value.
 * application/x-www-form-urlencoded: reads a map of strings, writes a map of scalars and lists.
 * text/plain: reads a string, writes a scalar.
 * application/octet-stream: reads bytes, writes bytes or a string.
 * avro/binary: reads and writes any value, as an Avro object container file of one object.
 *
 * A form's name that is given twice becomes a list. Text may come in utf-8 (default), us-ascii or
 * iso-8859-1 and is written in UTF-8. docs/internals/limits.md has the limits.
 * Nothing here yields: @noyield @thread{any}
 */
#ifndef MINOS_CODEC_H
#define MINOS_CODEC_H

#include <minos/arena.h>
#include <minos/compiler.h>
#include <minos/error.h>
#include <minos/value.h>
#include <minos/view.h>

MINOS_BEGIN_DECLS

/*
 * Where a decoder writes. Every member is required, does not yield, and may refuse with a code,
 * which the decoder returns at once. Views are borrowed for the call only. A decoder gives each key
 * of a map once, balances begin and end, and nests no deeper than 64 levels.
 */
typedef struct minos_sink_ops {
    const char *name;
    /* Anything but LIST and MAP. */
    minos_rc (*scalar)(void *self, const minos_value *value);
    /*
     * `count_hint` items will follow, 0: unknown. From the peer: bound what is allocated on it.
     * `is_set`: the members are a set, in no order (Avro logicalType set).
     */
    minos_rc (*list_begin)(void *self, size_t count_hint, bool is_set);
    minos_rc (*list_end)(void *self);
    /* `record` is the dotted name of a named record; data NULL: a plain map. */
    minos_rc (*map_begin)(void *self, size_t count_hint, minos_view record);
    /* Before each entry's value. */
    minos_rc (*key)(void *self, minos_view key);
    minos_rc (*map_end)(void *self);
} minos_sink_ops;

/* A sink in use: its functions and what they work on. */
typedef struct minos_sink {
    const minos_sink_ops *ops;
    void *self;
} minos_sink;

typedef struct minos_buffer minos_buffer;

/** One media type. Stateless and const. */
typedef struct minos_codec {
    const char *media_type; /* lower case, without parameters */
    /**
     * Read `body` into `sink`. Required, does not yield.
     * `charset` is the parameter of the content type in lower case, empty when none; `arena` is for
     * what the decoder needs itself. Codes: MINOS_EPARSE, MINOS_ETOOBIG, MINOS_EMEDIATYPE for a
     * charset, or the sink's.
     */
    minos_rc (*decode)(minos_view body, minos_view charset, minos_arena *arena, minos_sink sink);
    /**
     * Append `value` to `out`. Required, does not yield. Codes: MINOS_EINVAL when the media type
     * cannot carry this value, MINOS_ETOOBIG past a limit.
     */
    minos_rc (*encode)(const minos_value *value, minos_buffer *out);
} minos_codec;

/**
 * Find the codec of a content type; parameters and case are disregarded.
 * @retval NULL  no codec, or a malformed content type
 * @std{RFC 9110 §8.3.1, RFC 6839 §3.1}
 */
MINOS_API const minos_codec *minos_codec_find(minos_view content_type);

/**
 * Decode a body into a value.
 * @param content_type  e.g. "application/json; charset=utf-8", borrowed
 * @param body          borrowed for the call: all of it is copied
 * @param arena         where the value lives; its limit bounds what a peer can make us allocate
 * @retval MINOS_EMEDIATYPE  no codec for it, or a charset we do not read; status 415
 * @retval MINOS_EPARSE      the message says where and why; status 400
 * @retval MINOS_ETOOBIG     past a limit; status 413
 * @lifetime{the value: the arena's}
 */
MINOS_API MINOS_MUST_CHECK minos_rc minos_decode(minos_view content_type, minos_view body,
                                                 minos_arena *arena, const minos_value **ret_value);
/**
 * Encode a value. A content type without a codec takes bytes, as they are.
 * @param content_type  its charset, if any, must be able to carry what is written as UTF-8
 * @param value         NULL is null
 * @param arena         where the body lives
 * @param ret_body      NUL-terminated behind its end
 * @retval MINOS_EMEDIATYPE  no codec for it
 * @retval MINOS_EINVAL      the media type cannot carry this value, a string is not UTF-8, or a
 *                           year is outside of 0 .. 9999
 * @retval MINOS_ETOOBIG     the arena's limit is reached, or the value is nested deeper than 64
 *                           levels
 * @lifetime{the body: the arena's}
 */
MINOS_API MINOS_MUST_CHECK minos_rc minos_encode(minos_view content_type, const minos_value *value,
                                                 minos_arena *arena, minos_view *ret_body);

/**
 * Decode JSON. Refused besides what is no JSON: a name given twice in an object, lone surrogates,
 * text that is not UTF-8, integers outside of int64, numbers too large for a double, a byte order
 * mark, nesting deeper than 64 levels. A number with fraction or exponent is a double, any other an
 * integer.
 * @param text   borrowed for the call
 * @param arena  where the value lives
 * @retval MINOS_EPARSE   the message says line, column, byte and why
 * @retval MINOS_ETOOBIG  nested too deep, or the arena's limit is reached
 * @lifetime{the value: the arena's} @std{RFC 8259, RFC 7493}
 */
MINOS_API MINOS_MUST_CHECK minos_rc minos_json_decode(minos_view text, minos_arena *arena,
                                                      const minos_value **ret_value);
/**
 * Encode as JSON, without spaces. Datetimes, dates and times are written in RFC 3339, time spans as
 * integers of microseconds, UUIDs as text, bytes in base64 (RFC 4648 §4), NaN and infinities as
 * null, sets as lists; a double always with a fraction or an exponent.
 * @param value     NULL is null
 * @param arena     where the text lives
 * @param ret_text  NUL-terminated behind its end
 * @retval MINOS_EINVAL   a string is not UTF-8, or a year is outside of 0 .. 9999
 * @retval MINOS_ETOOBIG  nested deeper than 64 levels, or the arena's limit is reached
 * @lifetime{the text: the arena's} @std{RFC 8259}
 */
MINOS_API MINOS_MUST_CHECK minos_rc minos_json_encode(const minos_value *value, minos_arena *arena,
                                                      minos_view *ret_text);

/* A growing run of bytes with a maximum, what encoders write to. */

/**
 * Make an empty buffer.
 * @param bytes_max  most it may hold, at least 1
 * @retval MINOS_EINVAL  bytes_max is 0
 */
MINOS_API MINOS_MUST_CHECK minos_rc minos_buffer_new(size_t bytes_max, minos_buffer **ret_buffer);
/** Free a buffer with its bytes; NULL is fine. */
MINOS_API void minos_buffer_free(minos_buffer *buffer);
/**
 * Append bytes.
 * @param bytes  copied; not from this buffer
 * @retval MINOS_ETOOBIG  its maximum would be passed, or memory is exhausted; nothing was appended
 */
MINOS_API MINOS_MUST_CHECK minos_rc minos_buffer_append(minos_buffer *buffer, minos_view bytes);
/** Give what a buffer holds. @lifetime{until the next append} */
MINOS_API minos_view minos_buffer_view(const minos_buffer *buffer);
/** Empty a buffer, keeping its memory for reuse. */
MINOS_API void minos_buffer_clear(minos_buffer *buffer);

MINOS_AUTO_DEFINE(minos_buffer)

MINOS_END_DECLS

#endif
