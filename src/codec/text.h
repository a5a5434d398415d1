/*
 * Plain text and plain bytes.
 */
#ifndef MN_CODEC_TEXT_H
#define MN_CODEC_TEXT_H

#include <minos/codec.h>

/* Read text of a charset: utf-8, us-ascii, iso-8859-1. MINOS_EMEDIATYPE for another. */
minos_rc mn_text_decode(minos_view body, minos_view charset, minos_arena *arena, minos_sink sink);
/* Append a scalar's text in UTF-8; MINOS_EINVAL for bytes, lists and maps. */
minos_rc mn_text_encode(const minos_value *value, minos_buffer *out);

minos_rc mn_bytes_decode(minos_view body, minos_view charset, minos_arena *arena, minos_sink sink);
/* Append bytes or a string's; MINOS_EINVAL for anything else. */
minos_rc mn_bytes_encode(const minos_value *value, minos_buffer *out);

#endif
