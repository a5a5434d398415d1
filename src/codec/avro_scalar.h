/*
 * What all of Avro's data is made of (Avro 1.11, Binary Encoding): integers in zigzag, seven bits a
 * byte, the lowest first, as which `int`, `long`, counts and sizes are written; and texts.
 */
#ifndef MN_CODEC_AVRO_SCALAR_H
#define MN_CODEC_AVRO_SCALAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <string.h>

#include <minos/compiler.h>
#include <minos/view.h>

#include "codec/simd.h"

#define MN_VARINT_BYTES_MAX 10

/* Read one and step behind it; false when the bytes end within it or it passes 64 bits. */
static inline bool mn_varint_read(const uint8_t **at, const uint8_t *end, int64_t *ret_integer)
{
    const uint8_t *next = *at;
    uint64_t bits = 0;

    for (unsigned shift = 0; shift < 70; shift += 7) {
        uint8_t byte;
        if (MINOS_UNLIKELY(next == end))
            return false;
        byte = *next++;
        if (shift == 63 && (byte & 0x7e) != 0)
            return false;
        bits |= (uint64_t)(byte & 0x7f) << shift;
        if (MINOS_LIKELY(byte < 0x80)) {
            *ret_integer = (int64_t)(bits >> 1) ^ -(int64_t)(bits & 1);
            *at = next;
            return true;
        }
    }
    return false;
}

/* Write one to room for MN_VARINT_BYTES_MAX and give the byte behind it. */
static inline uint8_t *mn_varint_write(uint8_t *to, int64_t integer)
{
    uint64_t bits = ((uint64_t)integer << 1) ^ (uint64_t)(integer >> 63);

    while (bits >= 0x80) {
        *to++ = (uint8_t)(bits | 0x80);
        bits >>= 7;
    }
    *to++ = (uint8_t)bits;
    return to;
}

/* Most texts are short and ASCII: told without a call. */
static inline bool mn_avro_text_is_valid(minos_view text)
{
    uint64_t high = 0, word = 0;
    size_t at = 0;

    if (text.size > 64)
        return mn_utf8_valid(text);
    for (; text.size - at >= sizeof word; at += sizeof word) {
        memcpy(&word, text.data + at, sizeof word);
        high |= word;
    }
    for (; at < text.size; at++)
        high |= (uint8_t)text.data[at];
    return MINOS_LIKELY((high & UINT64_C(0x8080808080808080)) == 0) || mn_utf8_valid(text);
}

#endif
