/*
 * Base64: see base64.h.
 */
#include "codec/base64.h"

#include <stdint.h>

#include "base/buffer.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void mn_base64_put(minos_buffer *out, minos_view bytes)
{
    const uint8_t *from = (const uint8_t *)bytes.data;
    size_t left = bytes.size;
    char *to;

    if (!mn_buffer_reserve(out, left / 3 * 4 + 4))
        return;
    to = out->data + out->size;
    for (; left >= 3; from += 3, left -= 3) {
        uint32_t bits = (uint32_t)from[0] << 16 | (uint32_t)from[1] << 8 | from[2];
        *to++ = alphabet[bits >> 18];
        *to++ = alphabet[bits >> 12 & 63];
        *to++ = alphabet[bits >> 6 & 63];
        *to++ = alphabet[bits & 63];
    }
    if (left != 0) {
        uint32_t bits = (uint32_t)from[0] << 16 | (left == 2 ? (uint32_t)from[1] << 8 : 0);
        *to++ = alphabet[bits >> 18];
        *to++ = alphabet[bits >> 12 & 63];
        *to++ = left == 2 ? alphabet[bits >> 6 & 63] : '=';
        *to++ = '=';
    }
    out->size = (size_t)(to - out->data);
}
