/*
 * JSON (RFC 8259, with the restrictions of RFC 7493): text into a sink, values into a buffer.
 *
 * Refused besides what the grammar refuses: a name given twice in one object, lone surrogates,
 * invalid UTF-8, integers outside of int64, numbers beyond a double, a byte order mark, and nesting
 * deeper than MN_VALUE_DEPTH_MAX.
 *
 * Written: no spaces; datetime, date and time in RFC 3339 (UTC), a time span as an integer of
 * microseconds, UUIDs as text, bytes in base64 (RFC 4648 §4), NaN and infinities as null, a double
 * always with a fraction or an exponent, so that it reads back as one.
 */
#ifndef MN_CODEC_JSON_H
#define MN_CODEC_JSON_H

#include <minos/codec.h>

#include "codec/simd.h"

/*
 * Read a text into a sink. `readable_after` bytes behind it may be read, whatever they hold: with
 * MN_SIMD_PADDING_BYTES the text is not copied first. The sink's functions do not yield.
 */
minos_rc mn_json_decode(minos_view text, size_t readable_after, minos_sink sink);
/* Read a text into a value in an arena. */
minos_rc mn_json_decode_value(minos_view text, size_t readable_after, minos_arena *arena,
                              const minos_value **ret_value);
/*
 * Append a value's text; MINOS_EINVAL for what JSON cannot carry, MINOS_ETOOBIG past a limit. On
 * failure nothing is appended.
 */
minos_rc mn_json_encode(const minos_value *value, minos_buffer *out);
/* Append a JSON string, quotes included; false when the text is not UTF-8. */
bool mn_json_put_string(minos_buffer *out, minos_view text);

/* What is wrong with a text, found by a second, slower reading. */
typedef struct mn_json_fault {
    const char *reason; /* NULL: nothing */
    size_t offset;      /* of the byte that cannot stand there */
    bool is_limit;      /* larger than a limit of ours, not malformed */
} mn_json_fault;

/*
 * Explain why a text is refused. With `token` not SIZE_MAX the place of that token (each value and
 * each name is one, in the order of the text) is given with `reason`, should nothing be wrong
 * before.
 */
mn_json_fault mn_json_explain(minos_view text, size_t token, const char *reason);

#endif
