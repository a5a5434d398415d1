/*
 * Base64 (RFC 4648 §4): the standard alphabet, with padding, no line breaks.
 */
#ifndef MN_CODEC_BASE64_H
#define MN_CODEC_BASE64_H

#include <minos/codec.h>

void mn_base64_put(minos_buffer *out, minos_view bytes);

#endif
