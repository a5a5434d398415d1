/*
 * The table of media types, for the doors: what HTTP bodies are read and written with.
 */
#ifndef MN_CODEC_CODEC_H
#define MN_CODEC_CODEC_H

#include <minos/codec.h>

#define MN_CODECS_MAX 32 /* rows that plugins may add */

/* As minos_decode, for a body behind which `readable_after` bytes may be read (json.h). */
minos_rc mn_decode(minos_view content_type, minos_view body, size_t readable_after,
                   minos_arena *arena, const minos_value **ret_value);
/* As minos_encode, appending to a buffer; on failure nothing is appended. */
minos_rc mn_encode(minos_view content_type, const minos_value *value, minos_buffer *out);

/*
 * Add a plugin's row, which lives as long as the process. To be called at start, before the first
 * request. MINOS_EEXISTS when the media type is known already, MINOS_EFULL, MINOS_EINVAL.
 */
minos_rc mn_codec_register(const minos_codec *codec);

#endif
