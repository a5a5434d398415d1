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

/* Read one of several bytes; false as below. */
static inline bool mn_varint_read_long(const uint8_t **at, const uint8_t *end, int64_t *ret_integer)
{
    const uint8_t *next = *at;
    uint64_t bits = 0;

    for (unsigned shift = 0; shift < 70 && next != end; shift += 7) {
        uint8_t byte = *next++;
        if (shift == 63 && (byte & 0x7e) != 0)
            return false;
        bits |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80) {
            *ret_integer = (int64_t)(bits >> 1) ^ -(int64_t)(bits & 1);
            *at = next;
            return true;
        }
    }
    return false;
}

/* Read one and step behind it; false when the bytes end within it or it passes 64 bits. */
static inline bool mn_varint_read(const uint8_t **at, const uint8_t *end, int64_t *ret_integer)
{
    uint8_t byte;

    if (MINOS_UNLIKELY(*at == end))
        return false;
    byte = **at;
    if (MINOS_UNLIKELY(byte >= 0x80))
        return mn_varint_read_long(at, end, ret_integer);
    ++*at;
    *ret_integer = (int64_t)(byte >> 1) ^ -(int64_t)(byte & 1);
    return true;
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

/* Most texts are short and ASCII: told without a call, by words that may overlap. */
static inline bool mn_avro_text_is_valid(minos_view text)
{
    uint64_t high = 0, word = 0;
    uint32_t first, last;

    if (text.size > 64)
        return mn_utf8_valid(text);
    if (text.size >= sizeof word) {
        for (size_t at = 0; at + sizeof word < text.size; at += sizeof word) {
            memcpy(&word, text.data + at, sizeof word);
            high |= word;
        }
        memcpy(&word, text.data + text.size - sizeof word, sizeof word);
        high |= word;
    } else if (text.size >= sizeof first) {
        memcpy(&first, text.data, sizeof first);
        memcpy(&last, text.data + text.size - sizeof last, sizeof last);
        high = first | last;
    } else if (text.size != 0) {
        high = (uint8_t)text.data[0] | (uint8_t)text.data[text.size / 2] |
               (uint8_t)text.data[text.size - 1];
    }
    return MINOS_LIKELY((high & UINT64_C(0x8080808080808080)) == 0) || mn_utf8_valid(text);
}

#endif
