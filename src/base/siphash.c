/*
 * SipHash-1-3: see siphash.h.
 */
#include "base/siphash.h"

#include <pthread.h>
#include <string.h>

#include "base/env.h"

typedef struct sip_state {
    uint64_t v0, v1, v2, v3;
} sip_state;

static uint8_t process_key[MN_SIPHASH_KEY_BYTES];
static pthread_once_t process_key_once = PTHREAD_ONCE_INIT;

static inline uint64_t rotate(uint64_t word, int bits)
{
    return word << bits | word >> (64 - bits);
}

static inline uint64_t load(const void *bytes)
{
    const uint8_t *at = bytes;
    uint64_t word = 0;
    for (int i = 0; i < 8; i++)
        word |= (uint64_t)at[i] << (8 * i);
    return word;
}

static inline void sip_round(sip_state *s)
{
    s->v0 += s->v1, s->v1 = rotate(s->v1, 13) ^ s->v0, s->v0 = rotate(s->v0, 32);
    s->v2 += s->v3, s->v3 = rotate(s->v3, 16) ^ s->v2;
    s->v0 += s->v3, s->v3 = rotate(s->v3, 21) ^ s->v0;
    s->v2 += s->v1, s->v1 = rotate(s->v1, 17) ^ s->v2, s->v2 = rotate(s->v2, 32);
}

static inline void sip_word(sip_state *s, uint64_t word)
{
    s->v3 ^= word;
    sip_round(s);
    s->v0 ^= word;
}

uint64_t mn_siphash(const uint8_t key[MN_SIPHASH_KEY_BYTES], minos_view bytes)
{
    uint64_t k0 = load(key), k1 = load(key + 8);
    sip_state s = {k0 ^ UINT64_C(0x736f6d6570736575), k1 ^ UINT64_C(0x646f72616e646f6d),
                   k0 ^ UINT64_C(0x6c7967656e657261), k1 ^ UINT64_C(0x7465646279746573)};
    const char *at = bytes.data;
    size_t left = bytes.size;
    uint8_t last[8] = {0};

    for (; left >= 8; at += 8, left -= 8)
        sip_word(&s, load(at));
    if (left != 0)
        memcpy(last, at, left);
    last[7] = (uint8_t)bytes.size;
    sip_word(&s, load(last));
    s.v2 ^= 0xff;
    for (int i = 0; i < 3; i++)
        sip_round(&s);
    return s.v0 ^ s.v1 ^ s.v2 ^ s.v3;
}

/* The real environment even under simulation: no behaviour depends on the key. */
static void draw_process_key(void)
{
    mn_env_real.random(process_key, sizeof process_key);
}

uint64_t mn_hash_peer(minos_view bytes)
{
    pthread_once(&process_key_once, draw_process_key);
    return mn_siphash(process_key, bytes);
}
