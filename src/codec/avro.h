/*
 * Avro object container files of one object (Avro 1.11): bytes into sinks, values into buffers.
 *
 * Read: codecs null and deflate; every type; `int` as a 64-bit varint, since the original writes
 * any integer under it; logical types date, time-*, timestamp-*, timedelta-micros, uuid and set,
 * any other as its base. The last segment of a record's namespace is dropped: the original puts a
 * random one there. Refused besides what is malformed: any number of objects but one, a map with a
 * key twice, a time of day outside of a day, text that is not UTF-8, and what passes a limit below.
 *
 * Written: null codec, the schema as docs/internals/avro.md says, the same bytes for the same
 * value.
 */
#ifndef MN_CODEC_AVRO_H
#define MN_CODEC_AVRO_H

#include <minos/codec.h>

#include "codec/avro_schema.h"

/* Limits, told in docs/internals/limits.md. */
#define MN_AVRO_FILE_BYTES_MAX    ((size_t)64 << 20) /* of a file, and of what deflate unfolds to */
#define MN_AVRO_METADATA_MAX      64                 /* entries of a file's header */
#define MN_AVRO_FREE_VALUES_MAX   1000000            /* values that take no bytes, in one object */
#define MN_AVRO_CACHE_SCHEMAS_MAX 256                /* compiled schemas kept, a thread */
#define MN_AVRO_CACHE_BYTES_MAX   ((size_t)4 << 20)  /* their memory */
#define MN_AVRO_CACHE_HEADERS_MAX 256                /* headers kept for writing, a thread */

/* A file whose header was read: its schema and the bytes of its one object. */
typedef struct mn_avro_file {
    const mn_avro_schema *schema; /* borrowed from the thread's cache until close */
    minos_view data;              /* borrowed from the file, or from `inflated` */
    size_t data_at;               /* offset in the file; of its first byte when deflated */
    char *inflated;               /* NULL for codec null */
} mn_avro_file;

/*
 * Read a file's header and find its object; `bytes_max` bounds what deflate unfolds to. EPARSE,
 * ETOOBIG. What was opened is to be closed on the same thread.
 */
minos_rc mn_avro_open(minos_view bytes, size_t bytes_max, mn_avro_file *ret_file);
void mn_avro_close(mn_avro_file *file);
/*
 * Read the object into a sink, at most `depth_max` containers within one another. EPARSE naming
 * byte and field, ETOOBIG, or the sink's.
 */
minos_rc mn_avro_read(const mn_avro_file *file, int depth_max, minos_sink sink);

/* Read a file's object into a sink; the codec row's function. */
minos_rc mn_avro_decode(minos_view body, minos_view charset, minos_arena *arena, minos_sink sink);

#endif
