/*
 * SHA-1: see sha1.h.
 */
#include "base/sha1.h"

#include <string.h>

static uint32_t rotate(uint32_t word, int bits)
{
    return word << bits | word >> (32 - bits);
}

static void mix(mn_sha1 *hash, const uint8_t *block)
{
    uint32_t w[80], a, b, c, d, e;
    for (int i = 0; i < 16; i++)
        w[i] = (uint32_t)block[4 * i] << 24 | (uint32_t)block[4 * i + 1] << 16 |
               (uint32_t)block[4 * i + 2] << 8 | block[4 * i + 3];
    for (int i = 16; i < 80; i++)
        w[i] = rotate(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
    a = hash->state[0], b = hash->state[1], c = hash->state[2], d = hash->state[3];
    e = hash->state[4];
    for (int i = 0; i < 80; i++) {
        uint32_t f, k, t;
        if (i < 20)
            f = (b & c) | (~b & d), k = 0x5a827999;
        else if (i < 40)
            f = b ^ c ^ d, k = 0x6ed9eba1;
        else if (i < 60)
            f = (b & c) | (b & d) | (c & d), k = 0x8f1bbcdc;
        else
            f = b ^ c ^ d, k = 0xca62c1d6;
        t = rotate(a, 5) + f + e + k + w[i];
        e = d, d = c, c = rotate(b, 30), b = a, a = t;
    }
    hash->state[0] += a, hash->state[1] += b, hash->state[2] += c, hash->state[3] += d;
    hash->state[4] += e;
}

void mn_sha1_init(mn_sha1 *hash)
{
    static const uint32_t start[5] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0};
    memcpy(hash->state, start, sizeof start);
    hash->total = 0;
}

void mn_sha1_add(mn_sha1 *hash, const void *bytes, size_t size)
{
    const uint8_t *at = bytes;
    while (size != 0) {
        size_t used = hash->total % 64;
        size_t part = 64 - used < size ? 64 - used : size;
        memcpy(hash->block + used, at, part);
        hash->total += part;
        at += part;
        size -= part;
        if (used + part == 64)
            mix(hash, hash->block);
    }
}

void mn_sha1_end(mn_sha1 *hash, uint8_t digest[MN_SHA1_BYTES])
{
    uint64_t bits = hash->total * 8;
    uint8_t length[8];
    mn_sha1_add(hash, "\x80", 1);
    while (hash->total % 64 != 56)
        mn_sha1_add(hash, "", 1);
    for (int i = 0; i < 8; i++)
        length[i] = (uint8_t)(bits >> (56 - 8 * i));
    mn_sha1_add(hash, length, sizeof length);
    for (int i = 0; i < MN_SHA1_BYTES; i++)
        digest[i] = (uint8_t)(hash->state[i / 4] >> (24 - 8 * (i % 4)));
}
