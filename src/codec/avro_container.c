/*
 * Object container files (Avro 1.11, Object Container Files): magic, metadata, sync marker, blocks.
 * The original puts one object into each file and refuses any other number; so do we.
 */
#include "codec/avro.h"

#include <stdlib.h>
#include <zlib.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "codec/avro_scalar.h"
#include "codec/value.h"

#define SYNC_BYTES 16

typedef struct scan {
    const uint8_t *begin, *at, *end;
    minos_view schema;
    minos_view codec;
} scan;

/* One block: how many objects, and their bytes. */
typedef struct block {
    int64_t count;
    minos_view bytes;
} block;

MINOS_COLD static minos_rc refuse(const scan *in, const char *what)
{
    return minos_fail(MINOS_EPARSE, "malformed Avro file at byte %zu: %s",
                      (size_t)(in->at - in->begin), what);
}

/* A size and so many bytes. */
static minos_rc take_bytes(scan *in, const char *what, minos_view *ret_bytes)
{
    int64_t size;

    if (!mn_varint_read(&in->at, in->end, &size))
        return refuse(in, what);
    if (size < 0 || size > in->end - in->at)
        return minos_fail(
            MINOS_EPARSE, "malformed Avro file at byte %zu: %s of %lld bytes, %zu are left",
            (size_t)(in->at - in->begin), what, (long long)size, (size_t)(in->end - in->at));
    *ret_bytes = minos_view_make(in->at, (size_t)size);
    in->at += size;
    return MINOS_OK;
}

static minos_rc take_entry(scan *in)
{
    minos_view key, value, *known = NULL;

    MINOS_TRY(take_bytes(in, "a metadata key", &key));
    MINOS_TRY(take_bytes(in, "a metadata value", &value));
    if (minos_view_is(key, "avro.schema"))
        known = &in->schema;
    else if (minos_view_is(key, "avro.codec"))
        known = &in->codec;
    if (known == NULL)
        return MINOS_OK;
    if (known->data != NULL)
        return refuse(in, "a metadata key is given twice");
    *known = value;
    return MINOS_OK;
}

/* A map of bytes, in blocks: a negative count is followed by the block's size. */
static minos_rc take_metadata(scan *in)
{
    int64_t count, size, total = 0;

    for (;;) {
        if (!mn_varint_read(&in->at, in->end, &count) || count == INT64_MIN)
            return refuse(in, "a count of metadata was expected");
        if (count == 0)
            return MINOS_OK;
        if (count < 0) {
            count = -count;
            if (!mn_varint_read(&in->at, in->end, &size) || size < 0 || size > in->end - in->at)
                return refuse(in, "a size of metadata was expected");
        }
        if (count > MN_AVRO_METADATA_MAX - total)
            return minos_fail(MINOS_ETOOBIG, "an Avro file with more than %d entries of metadata",
                              MN_AVRO_METADATA_MAX);
        total += count;
        for (; count > 0; count--)
            MINOS_TRY(take_entry(in));
    }
}

static minos_rc take_header(scan *in, const uint8_t **ret_sync)
{
    static const uint8_t magic[] = {'O', 'b', 'j', 1};

    if (in->end - in->at < (ptrdiff_t)sizeof magic || memcmp(in->at, magic, sizeof magic) != 0)
        return refuse(in, "it does not begin with \"Obj\" and 1");
    in->at += sizeof magic;
    MINOS_TRY(take_metadata(in));
    if (in->end - in->at < SYNC_BYTES)
        return refuse(in, "the sync marker is cut off");
    *ret_sync = in->at;
    in->at += SYNC_BYTES;
    return in->schema.data == NULL ? refuse(in, "the metadata lack avro.schema") : MINOS_OK;
}

static minos_rc take_block(scan *in, const uint8_t *sync, block *ret_block)
{
    if (!mn_varint_read(&in->at, in->end, &ret_block->count) || ret_block->count < 0)
        return refuse(in, "a block's count was expected");
    MINOS_TRY(take_bytes(in, "a block", &ret_block->bytes));
    if (in->end - in->at < SYNC_BYTES || memcmp(in->at, sync, SYNC_BYTES) != 0)
        return refuse(in, "the block does not end in the sync marker");
    in->at += SYNC_BYTES;
    return MINOS_OK;
}

/* The one block with the one object; empty ones beside it mean nothing. */
static minos_rc take_object(scan *in, const uint8_t *sync, minos_view *ret_bytes)
{
    int64_t total = 0;
    block it;

    while (in->at != in->end) {
        MINOS_TRY(take_block(in, sync, &it));
        if (it.count > 1 || (it.count == 1 && total == 1))
            return refuse(in, "more than one object, where one is expected");
        if (it.count == 0)
            continue;
        *ret_bytes = it.bytes;
        total = 1;
    }
    return total == 1 ? MINOS_OK : refuse(in, "no object, where one is expected");
}

/* ---- deflate ---- */

/* Unfold as far as the room goes; gives zlib's code. */
static int inflate_step(z_stream *stream, char **to, size_t *capacity, size_t bytes_max)
{
    size_t done = stream->total_out;
    int code;

    if (done == *capacity) {
        if (*capacity >= bytes_max)
            return Z_BUF_ERROR;
        *capacity = *capacity > bytes_max / 2 ? bytes_max : *capacity * 2;
        *to = mn_realloc(*to, *capacity);
    }
    stream->next_out = (Bytef *)*to + done;
    stream->avail_out = (uInt)(*capacity - done);
    code = inflate(stream, Z_NO_FLUSH);
    return code == Z_BUF_ERROR && stream->avail_out == 0 ? Z_OK : code;
}

/*
 * The block's bytes as codec deflate has them: RFC 1951, without a checksum. What follows the end
 * is no matter: Python's fastavro leaves three bytes of one there.
 */
static minos_rc inflate_block(minos_view from, size_t bytes_max, mn_avro_file *file)
{
    z_stream stream = {.next_in = (Bytef *)from.data, .avail_in = (uInt)from.size};
    size_t capacity = from.size * 4 + 64;
    bool is_full;
    int code;

    if (capacity > bytes_max)
        capacity = bytes_max == 0 ? 1 : bytes_max;
    if (inflateInit2(&stream, -MAX_WBITS) != Z_OK)
        return minos_fail(MINOS_ENOMEM, "no memory to unfold an Avro file");
    file->inflated = mn_alloc(capacity);
    do
        code = inflate_step(&stream, &file->inflated, &capacity, bytes_max);
    while (code == Z_OK);
    is_full = code == Z_BUF_ERROR && stream.total_out >= bytes_max;
    file->data = minos_view_make(file->inflated, stream.total_out);
    inflateEnd(&stream);
    if (code == Z_STREAM_END)
        return MINOS_OK;
    if (is_full)
        return minos_fail(MINOS_ETOOBIG, "an Avro file unfolds to more than %zu bytes", bytes_max);
    return minos_fail(MINOS_EPARSE,
                      "malformed Avro file at byte %zu: what codec deflate wrote is damaged",
                      file->data_at);
}

/* ---- both ---- */

static minos_rc open_data(const scan *in, minos_view object, size_t bytes_max, mn_avro_file *file)
{
    file->data_at = (size_t)((const uint8_t *)object.data - in->begin);
    file->data = object;
    if (in->codec.size == 0 || minos_view_is(in->codec, "null"))
        return MINOS_OK;
    if (minos_view_is(in->codec, "deflate"))
        return inflate_block(object, bytes_max, file);
    return minos_fail(MINOS_EPARSE, "Avro codec \"%.*s\" is not supported, null and deflate are",
                      in->codec.size < 64 ? (int)in->codec.size : 64, in->codec.data);
}

minos_rc mn_avro_open(minos_view bytes, size_t bytes_max, mn_avro_file *ret_file)
{
    scan in = {.begin = (const uint8_t *)bytes.data,
               .at = (const uint8_t *)bytes.data,
               .end = (const uint8_t *)bytes.data + bytes.size};
    mn_avro_file file = {.schema = NULL};
    const uint8_t *sync = NULL;
    minos_view object = bytes;
    minos_rc rc;

    if (bytes.size > MN_AVRO_FILE_BYTES_MAX)
        return minos_fail(MINOS_ETOOBIG, "an Avro file of %zu bytes, %zu are allowed", bytes.size,
                          MN_AVRO_FILE_BYTES_MAX);
    MINOS_TRY(take_header(&in, &sync));
    MINOS_TRY(take_object(&in, sync, &object));
    MINOS_TRY(mn_avro_schema_take(in.schema, &file.schema));
    rc = open_data(&in, object,
                   bytes_max < MN_AVRO_FILE_BYTES_MAX ? bytes_max : MN_AVRO_FILE_BYTES_MAX, &file);
    if (rc != MINOS_OK) {
        mn_avro_close(&file);
        return rc;
    }
    *ret_file = file;
    return MINOS_OK;
}

void mn_avro_close(mn_avro_file *file)
{
    mn_avro_schema_give(file->schema);
    free(file->inflated);
}

minos_rc mn_avro_decode(minos_view body, minos_view charset, minos_arena *arena, minos_sink sink)
{
    mn_avro_file file;
    minos_rc rc;

    (void)charset;
    MINOS_TRY(mn_avro_open(body, arena->limit, &file));
    rc = mn_avro_read(&file, MN_VALUE_DEPTH_MAX, sink);
    mn_avro_close(&file);
    return rc;
}
