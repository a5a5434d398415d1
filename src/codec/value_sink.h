/*
 * The sink that builds a value in an arena. Strings are copied, NUL-terminated; memory that a
 * peer's content takes is bounded by the arena's limit (MINOS_ETOOBIG).
 */
#ifndef MN_CODEC_VALUE_SINK_H
#define MN_CODEC_VALUE_SINK_H

#include <minos/codec.h>

#include "codec/value.h"

/* A broker message is a record in a record around its content, which may itself be that deep. */
#define MN_VALUE_SINK_DEPTH_MAX (MN_VALUE_DEPTH_MAX + 2)

typedef struct mn_value_sink {
    minos_arena *arena;
    minos_value *root; /* NULL until something was written */
    minos_value *open; /* innermost open container, NULL at the top */
    minos_pair *pair;  /* the pair whose key was written and whose value comes next */
    int depth;         /* of open */
    int depth_max;     /* MN_VALUE_DEPTH_MAX, which the owner may raise */
    minos_value *outer[MN_VALUE_SINK_DEPTH_MAX]; /* the containers around `open` */
} mn_value_sink;

/* Begin in the caller's storage; nothing to be freed. */
void mn_value_sink_init(mn_value_sink *sink, minos_arena *arena);
minos_sink mn_value_sink_of(mn_value_sink *sink);
/* Give what was built; MINOS_EPARSE when the decoder wrote nothing or left something open. */
minos_rc mn_value_sink_end(const mn_value_sink *sink, const minos_value **ret_value);

/* Write a value into a sink, as a decoder would. */
minos_rc mn_value_replay(const minos_value *value, minos_sink sink);

#endif
