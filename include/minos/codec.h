/*
 * Codecs: content between bytes and values, one row a media type. A decoder writes what it reads into
 * a sink, a table of functions: values are one sink, typed records another, so no tree is built
 * that nobody reads.
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
 * Where a decoder writes. Every member is required, does not yield, and may refuse with a code, which
 * the decoder returns at once. Views are borrowed for the call only.
 */
typedef struct minos_sink_ops {
    const char *name;
    minos_rc (*scalar)(void *self, const minos_value *value); /* anything but LIST and MAP */
    minos_rc (*list_begin)(void *self, size_t count_hint);    /* 0: unknown */
    minos_rc (*list_end)(void *self);
    minos_rc (*map_begin)(void *self, size_t count_hint);
    minos_rc (*key)(void *self, minos_view key); /* before each entry's value */
    minos_rc (*map_end)(void *self);
} minos_sink_ops;

typedef struct minos_sink {
    const minos_sink_ops *ops;
    void *self;
} minos_sink;

typedef struct minos_buffer minos_buffer;

/** One media type. Stateless and const. */
typedef struct minos_codec {
    const char *media_type; /* lower case, without parameters */
    /**
     * Read `body` into `sink`. `charset` is the parameter of the content type, empty when none.
     * @param arena  for what the decoder needs itself
     * @retval MINOS_EPARSE, MINOS_ETOOBIG or the sink's code
     */
    minos_rc (*decode)(minos_view body, minos_view charset, minos_arena *arena, minos_sink sink);
    /** Append `value` to `out`. @retval MINOS_ETYPE  the media type cannot carry this value */
    minos_rc (*encode)(const minos_value *value, minos_buffer *out);
} minos_codec;

/** Find the codec of a content type, parameters and case disregarded; NULL when there is none. */
MINOS_API const minos_codec *minos_codec_find(minos_view content_type);

/**
 * Decode a body into a value that lives in `arena`.
 * @param content_type  e.g. "application/json; charset=utf-8"
 * @retval MINOS_EMEDIATYPE  no codec for it
 * @retval MINOS_EPARSE      the message says where and why
 */
MINOS_API MINOS_MUST_CHECK minos_rc minos_decode(minos_view content_type, minos_view body,
                                                 minos_arena *arena, const minos_value **ret_value);
/** Encode a value; the bytes live in `arena`. */
MINOS_API MINOS_MUST_CHECK minos_rc minos_encode(minos_view content_type, const minos_value *value,
                                                 minos_arena *arena, minos_view *ret_body);

/** JSON alone, the common case. @std{RFC 8259, RFC 7493} */
MINOS_API MINOS_MUST_CHECK minos_rc minos_json_decode(minos_view text, minos_arena *arena,
                                                      const minos_value **ret_value);
MINOS_API MINOS_MUST_CHECK minos_rc minos_json_encode(const minos_value *value, minos_arena *arena,
                                                      minos_view *ret_text);

/* A growing run of bytes with a maximum, what encoders write to. */

/** @param bytes_max  most it may hold; an append past it is MINOS_ETOOBIG */
MINOS_API MINOS_MUST_CHECK minos_rc minos_buffer_new(size_t bytes_max, minos_buffer **ret_buffer);
MINOS_API void minos_buffer_free(minos_buffer *buffer);
MINOS_API MINOS_MUST_CHECK minos_rc minos_buffer_append(minos_buffer *buffer, minos_view bytes);
MINOS_API minos_view minos_buffer_view(const minos_buffer *buffer);
MINOS_API void minos_buffer_clear(minos_buffer *buffer);

MINOS_AUTO_DEFINE(minos_buffer)

MINOS_END_DECLS

#endif
