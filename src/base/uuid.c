/*
 * UUIDs: see minos/uuid.h. Version 5 needs SHA-1 (FIPS 180-4), kept here as its only use.
 */
#include <minos/uuid.h>

#include "base/env.h"
#include "base/sha1.h"

static void stamp(minos_uuid *uuid, uint8_t version)
{
    uuid->bytes[6] = (uint8_t)((uuid->bytes[6] & 0x0f) | (version << 4));
    uuid->bytes[8] = (uint8_t)((uuid->bytes[8] & 0x3f) | 0x80);
}

minos_uuid minos_uuid_new(void)
{
    minos_uuid uuid;
    mn_env->random(uuid.bytes, sizeof uuid.bytes);
    stamp(&uuid, 4);
    return uuid;
}

minos_uuid minos_uuid_new_v7(void)
{
    minos_uuid uuid = minos_uuid_new();
    uint64_t ms = (uint64_t)(minos_timestamp_now() / 1000);
    for (int i = 0; i < 6; i++)
        uuid.bytes[i] = (uint8_t)(ms >> (40 - 8 * i));
    stamp(&uuid, 7);
    return uuid;
}

minos_uuid minos_uuid_new_v5(minos_uuid space, minos_view name)
{
    minos_uuid uuid;
    uint8_t digest[MN_SHA1_BYTES];
    mn_sha1 hash;

    mn_sha1_init(&hash);
    mn_sha1_add(&hash, space.bytes, sizeof space.bytes);
    mn_sha1_add(&hash, name.data, name.size);
    mn_sha1_end(&hash, digest);
    memcpy(uuid.bytes, digest, sizeof uuid.bytes);
    stamp(&uuid, 5);
    return uuid;
}

/* A digit's value, 0x10 for what is none. */
static const uint8_t
    digit_values
        [256] =
            {
#define NONE16                                                                                     \
    0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10
#define LETTERS16 0x10, 10, 11, 12, 13, 14, 15, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10
                NONE16,    NONE16, NONE16, /* up to '/' */
                0,         1,      2,         3,      4,      5,      6,      7,
                8,         9,      0x10,      0x10,   0x10,   0x10,   0x10,   0x10,
                LETTERS16, NONE16, LETTERS16, NONE16, /* '@' and '`' lead their letters */
                NONE16,    NONE16, NONE16,    NONE16, NONE16, NONE16, NONE16, NONE16,
#undef NONE16
#undef LETTERS16
};

minos_rc minos_uuid_parse(minos_view text, minos_uuid *ret_uuid)
{
    static const uint8_t places[] = {0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34};
    minos_uuid uuid;
    bool hyphens = text.size == MINOS_UUID_TEXT_BYTES;
    const uint8_t *at = (const uint8_t *)text.data;
    unsigned wrong = 0;

    if (!hyphens && text.size != 32)
        return minos_fail(MINOS_EPARSE, "not a UUID: %zu characters", text.size);
    if (hyphens && (at[8] != '-' || at[13] != '-' || at[18] != '-' || at[23] != '-'))
        return minos_fail(MINOS_EPARSE, "not a UUID: a hyphen is not at its place");
    for (size_t i = 0; i < sizeof uuid.bytes; i++) {
        const uint8_t *digits = at + (hyphens ? places[i] : 2 * i);
        unsigned high = digit_values[digits[0]], low = digit_values[digits[1]];
        wrong |= high | low;
        uuid.bytes[i] = (uint8_t)(high << 4 | low);
    }
    if ((wrong & 0x10) != 0)
        return minos_fail(MINOS_EPARSE, "not a UUID: not all digits are hexadecimal");
    *ret_uuid = uuid;
    return MINOS_OK;
}

void minos_uuid_format(minos_uuid uuid, char text[MINOS_UUID_TEXT_BYTES + 1])
{
    static const char pairs[] = /* of digits, one a byte */
        "000102030405060708090a0b0c0d0e0f"
        "101112131415161718191a1b1c1d1e1f"
        "202122232425262728292a2b2c2d2e2f"
        "303132333435363738393a3b3c3d3e3f"
        "404142434445464748494a4b4c4d4e4f"
        "505152535455565758595a5b5c5d5e5f"
        "606162636465666768696a6b6c6d6e6f"
        "707172737475767778797a7b7c7d7e7f"
        "808182838485868788898a8b8c8d8e8f"
        "909192939495969798999a9b9c9d9e9f"
        "a0a1a2a3a4a5a6a7a8a9aaabacadaeaf"
        "b0b1b2b3b4b5b6b7b8b9babbbcbdbebf"
        "c0c1c2c3c4c5c6c7c8c9cacbcccdcecf"
        "d0d1d2d3d4d5d6d7d8d9dadbdcdddedf"
        "e0e1e2e3e4e5e6e7e8e9eaebecedeeef"
        "f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff";
    for (size_t i = 0; i < sizeof uuid.bytes; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            *text++ = '-';
        memcpy(text, pairs + 2 * (size_t)uuid.bytes[i], 2);
        text += 2;
    }
    *text = '\0';
}
