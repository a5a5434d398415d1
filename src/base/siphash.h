/*
 * SipHash-1-3 (Aumasson, Bernstein), a keyed hash: for tables whose keys a peer chooses, so that it
 * cannot choose them to collide. Tables of our own names use mn_hash, which is faster.
 */
#ifndef MN_BASE_SIPHASH_H
#define MN_BASE_SIPHASH_H

#include <stdint.h>

#include <minos/view.h>

#define MN_SIPHASH_KEY_BYTES 16

uint64_t mn_siphash(const uint8_t key[MN_SIPHASH_KEY_BYTES], minos_view bytes);
/* Hash under a key drawn once a process. Thread-safe. */
uint64_t mn_hash_peer(minos_view bytes);

#endif
