/*
 * Randomness: see random.h. ChaCha (RFC 8439 §2.3) with 8 rounds, as the Go runtime's generator:
 * the best attack known reaches 7. Four blocks side by side in vector registers, with fast key
 * erasure: each refill replaces the key, and what was handed out is wiped, so a later look at
 * memory tells nothing about earlier bytes.
 *
 * Each thread has its state in a page that the kernel wipes in a forked child, who thereby seeds
 * anew.
 */
#include "fiber/random.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>

#include <minos/compiler.h>

#define STATE_BYTES  4096
#define BUFFER_BYTES 1024
#define ROUNDS       8

typedef uint32_t lanes __attribute__((vector_size(16)));

typedef struct state {
    bool seeded; /* false again after a fork */
    size_t used; /* bytes of the buffer */
    uint8_t key[MN_CHACHA_KEY_BYTES];
    uint8_t buffer[BUFFER_BYTES];
} state;

static _Thread_local state *state_of_thread;
static pthread_key_t state_key; /* unmaps it when the thread ends */
static pthread_once_t state_once = PTHREAD_ONCE_INIT;

static inline lanes rotate(lanes v, int bits)
{
    return (v << bits) | (v >> (32 - bits));
}

#define QUARTER(a, b, c, d)                                                                        \
    do {                                                                                           \
        a += b;                                                                                    \
        d = rotate(d ^ a, 16);                                                                     \
        c += d;                                                                                    \
        b = rotate(b ^ c, 12);                                                                     \
        a += b;                                                                                    \
        d = rotate(d ^ a, 8);                                                                      \
        c += d;                                                                                    \
        b = rotate(b ^ c, 7);                                                                      \
    } while (0)

void mn_chacha(const uint8_t key[MN_CHACHA_KEY_BYTES], int rounds, uint64_t counter,
               uint8_t out[256])
{
    static const uint32_t constants[4] = {0x61707865, 0x3320646e, 0x79622d32, 0x6b206574};
    lanes start[16], v[16];

    for (int i = 0; i < 16; i++) {
        uint32_t word = 0;
        if (i < 4)
            word = constants[i];
        else if (i < 12)
            memcpy(&word, key + (i - 4) * 4, 4);
        start[i] = (lanes){word, word, word, word};
    }
    for (uint64_t lane = 0; lane < 4; lane++) {
        start[12][lane] = (uint32_t)(counter + lane);
        start[13][lane] = (uint32_t)((counter + lane) >> 32);
    }
    memcpy(v, start, sizeof v);
    for (int round = 0; round < rounds; round += 2) {
        QUARTER(v[0], v[4], v[8], v[12]);
        QUARTER(v[1], v[5], v[9], v[13]);
        QUARTER(v[2], v[6], v[10], v[14]);
        QUARTER(v[3], v[7], v[11], v[15]);
        QUARTER(v[0], v[5], v[10], v[15]);
        QUARTER(v[1], v[6], v[11], v[12]);
        QUARTER(v[2], v[7], v[8], v[13]);
        QUARTER(v[3], v[4], v[9], v[14]);
    }
    for (int i = 0; i < 16; i++) {
        v[i] += start[i];
        memcpy(out + i * 16, &v[i], 16);
    }
}

static void from_kernel(void *bytes, size_t size)
{
    char *at = bytes;
    while (size != 0) {
        ssize_t got = getrandom(at, size, 0);
        if (got < 0 && errno != EINTR)
            abort(); /* no kernel we run on lacks it */
        if (got > 0) {
            at += got;
            size -= (size_t)got;
        }
    }
}

static void state_free(void *memory)
{
    state_of_thread = NULL;
    munmap(memory, STATE_BYTES);
}

static void state_key_make(void)
{
    if (pthread_key_create(&state_key, state_free) != 0)
        abort();
}

/* NULL when this kernel cannot wipe on fork: then every byte comes from it directly. */
static state *state_make(void)
{
    void *memory =
        mmap(NULL, STATE_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        return NULL;
    if (madvise(memory, STATE_BYTES, MADV_WIPEONFORK) != 0) {
        munmap(memory, STATE_BYTES);
        return NULL;
    }
    pthread_once(&state_once, state_key_make);
    pthread_setspecific(state_key, memory);
    state_of_thread = memory;
    return memory;
}

static void refill(state *self)
{
    if (!self->seeded) {
        from_kernel(self->key, sizeof self->key);
        self->seeded = true;
    }
    for (uint64_t at = 0; at < BUFFER_BYTES; at += 256)
        mn_chacha(self->key, ROUNDS, at / 64, self->buffer + at);
    memcpy(self->key, self->buffer, sizeof self->key);
    memset(self->buffer, 0, sizeof self->key);
    self->used = sizeof self->key;
}

void mn_random_real(void *bytes, size_t size)
{
    state *self = state_of_thread;
    uint8_t *out = bytes;

    if (self == NULL && (self = state_make()) == NULL) {
        from_kernel(bytes, size);
        return;
    }
    if (MINOS_LIKELY(size == 16 && self->seeded && self->used <= BUFFER_BYTES - 16)) {
        memcpy(out, self->buffer + self->used, 16); /* a UUID: by far the most frequent */
        memset(self->buffer + self->used, 0, 16);
        self->used += 16;
        return;
    }
    while (size != 0) {
        size_t some;
        if (!self->seeded || self->used == BUFFER_BYTES)
            refill(self);
        some = BUFFER_BYTES - self->used < size ? BUFFER_BYTES - self->used : size;
        memcpy(out, self->buffer + self->used, some);
        memset(self->buffer + self->used, 0, some);
        self->used += some;
        out += some;
        size -= some;
    }
}
