/*
 * SHA-1 (FIPS 180-4), for version 5 UUIDs only: no security rests on it.
 */
#ifndef MN_BASE_SHA1_H
#define MN_BASE_SHA1_H

#include <stddef.h>
#include <stdint.h>

#define MN_SHA1_BYTES 20

typedef struct mn_sha1 {
    uint32_t state[5];
    uint64_t total; /* bytes added */
    uint8_t block[64];
} mn_sha1;

void mn_sha1_init(mn_sha1 *hash);
void mn_sha1_add(mn_sha1 *hash, const void *bytes, size_t size);
void mn_sha1_end(mn_sha1 *hash, uint8_t digest[MN_SHA1_BYTES]);

#endif
