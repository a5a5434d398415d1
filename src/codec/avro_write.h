/*
 * Writing a file of one object: its header, then the bytes of the object, which may be a record
 * around the value (a broker message): its owner writes what lies before and behind.
 *
 *     mn_avro_begin(&writer, &frame, content, bytes around it, out);
 *     writer.at = …;                                      what lies before the value
 *     mn_avro_value(&writer, content);
 *     writer.at = …;                                      what lies behind
 *     mn_avro_end(&writer);
 *
 * Nothing else may be written with Avro on the thread in between. After a failure `out` is as it
 * was.
 */
#ifndef MN_CODEC_AVRO_WRITE_H
#define MN_CODEC_AVRO_WRITE_H

#include "base/arena.h"
#include "base/buffer.h"
#include "codec/avro_header.h"
#include "codec/avro_scalar.h"

typedef struct mn_avro_writer {
    uint8_t *at; /* next byte; there is room for the value and for what is around it */
    minos_buffer *out;
    size_t begin; /* size of `out` before */
    size_t data;  /* offset in `out` of the object's first byte */
    uint8_t sync[MN_AVRO_SYNC_BYTES];
    const mn_shapes *shapes;
} mn_avro_writer;

/*
 * Write the header and make room for the value and `around` bytes more. ETOOBIG past `out`'s
 * maximum or a limit of the schema; EINVAL.
 */
minos_rc mn_avro_begin(mn_avro_writer *writer, const mn_avro_frame *frame, const minos_value *value,
                       size_t around, minos_buffer *out);
/* Write the value that begin was told. EINVAL: a text is not UTF-8, a time not of a day. */
minos_rc mn_avro_value(mn_avro_writer *writer, const minos_value *value);
/* End the block and the file. */
minos_rc mn_avro_end(mn_avro_writer *writer);
/* Give up: take back what was written. */
void mn_avro_abandon(mn_avro_writer *writer);

static inline void mn_avro_put_integer(mn_avro_writer *writer, int64_t integer)
{
    writer->at = mn_varint_write(writer->at, integer);
}

static inline void mn_avro_put_bytes(mn_avro_writer *writer, minos_view bytes)
{
    writer->at = mn_varint_write(writer->at, (int64_t)bytes.size);
    mn_copy_text((char *)writer->at, bytes.data, bytes.size);
    writer->at += bytes.size;
}

void mn_avro_put_uuid(mn_avro_writer *writer, minos_uuid uuid);

/* Append a value's file; the codec row's function. */
minos_rc mn_avro_encode(const minos_value *value, minos_buffer *out);

#endif
