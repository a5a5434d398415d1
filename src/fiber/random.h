/*
 * Randomness: ChaCha keyed by the kernel, for the real environment.
 */
#ifndef MN_FIBER_RANDOM_H
#define MN_FIBER_RANDOM_H

#include <stddef.h>
#include <stdint.h>

#define MN_CHACHA_KEY_BYTES 32

/* Fill with bytes nobody can foretell. Any thread; safe across fork. */
void mn_random_real(void *bytes, size_t size);

/*
 * Write the key stream of four blocks from block `counter` on with a zero nonce, word by word: the
 * word i of block j lies at 16 * i + 4 * j.
 */
void mn_chacha(const uint8_t key[MN_CHACHA_KEY_BYTES], int rounds, uint64_t counter,
               uint8_t out[256]);

#endif
