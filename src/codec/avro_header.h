/*
 * Headers of files to be written, by shape: schema, metadata and sync marker, ready to be copied. A
 * thread keeps those it used; one that is asked for again costs a look-up.
 */
#ifndef MN_CODEC_AVRO_HEADER_H
#define MN_CODEC_AVRO_HEADER_H

#include "codec/avro_shape.h"

#define MN_AVRO_SYNC_BYTES 16

/*
 * The schema around that of a value, for one that is a field of a larger record. Known by its
 * address, so it lives as long as the process.
 */
typedef struct mn_avro_frame {
    const char *before, *after; /* JSON text */
    uint32_t name_count;        /* names numbered x1, x2, … in it */
} mn_avro_frame;

typedef struct mn_avro_header {
    minos_view bytes; /* magic, metadata, sync marker: the last MN_AVRO_SYNC_BYTES of it */
} mn_avro_header;

/*
 * Give the header for a shape; borrowed until the thread asks for the next one. `frame` NULL: the
 * value is all of it. EINVAL, ETOOBIG.
 */
minos_rc mn_avro_header_find(const mn_shapes *shapes, const mn_avro_frame *frame,
                             mn_avro_header *ret_header);
/* The builder of the thread's shapes, kept with its headers. */
mn_shapes *mn_avro_shapes(void);

#endif
