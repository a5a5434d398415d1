/*
 * Random identifiers in advance: one call to the environment for many, since each costs a system
 * call. Belongs to one loop and is made after any fork, so no two processes share one.
 */
#ifndef MN_BROKER_IDENTIFIERS_H
#define MN_BROKER_IDENTIFIERS_H

#include <minos/uuid.h>

#include "base/env.h"

#define MN_IDENTIFIERS_AHEAD 64

typedef struct mn_identifiers {
    size_t left;
    minos_uuid uuids[MN_IDENTIFIERS_AHEAD];
} mn_identifiers;

/* Give a random UUID, version 4 (RFC 9562 §5.4). */
static inline minos_uuid mn_identifiers_next(mn_identifiers *identifiers)
{
    minos_uuid uuid;
    if (MINOS_UNLIKELY(identifiers->left == 0)) {
        mn_env->random(identifiers->uuids, sizeof identifiers->uuids);
        identifiers->left = MN_IDENTIFIERS_AHEAD;
    }
    uuid = identifiers->uuids[--identifiers->left];
    uuid.bytes[6] = (uint8_t)((uuid.bytes[6] & 0x0f) | 0x40);
    uuid.bytes[8] = (uint8_t)((uuid.bytes[8] & 0x3f) | 0x80);
    return uuid;
}

/* Write a topic of our own: 32 random hexadecimal digits, as the original's clients have. */
#define MN_OWN_TOPIC_BYTES 32
void mn_own_topic(char topic[MN_OWN_TOPIC_BYTES + 1]);

#endif
