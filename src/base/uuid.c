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

static int digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

minos_rc minos_uuid_parse(minos_view text, minos_uuid *ret_uuid)
{
    minos_uuid uuid;
    bool hyphens = text.size == MINOS_UUID_TEXT_BYTES;
    size_t at = 0;

    if (!hyphens && text.size != 32)
        return minos_fail(MINOS_EPARSE, "not a UUID: %zu characters", text.size);
    for (size_t i = 0; i < sizeof uuid.bytes; i++) {
        int high, low;
        if (hyphens && (i == 4 || i == 6 || i == 8 || i == 10) && text.data[at++] != '-')
            return minos_fail(MINOS_EPARSE, "not a UUID: no hyphen at %zu", at - 1);
        high = digit(text.data[at++]);
        low = digit(text.data[at++]);
        if (high < 0 || low < 0)
            return minos_fail(MINOS_EPARSE, "not a UUID: no hexadecimal digit near %zu", at - 2);
        uuid.bytes[i] = (uint8_t)(high << 4 | low);
    }
    *ret_uuid = uuid;
    return MINOS_OK;
}

void minos_uuid_format(minos_uuid uuid, char text[MINOS_UUID_TEXT_BYTES + 1])
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < sizeof uuid.bytes; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            *text++ = '-';
        *text++ = digits[uuid.bytes[i] >> 4];
        *text++ = digits[uuid.bytes[i] & 15];
    }
    *text = '\0';
}
