/*
 * Values into files: see avro_write.h. The shape pass knows a bound of the bytes, so room is made
 * once and the value is written without looking at the buffer again.
 */
#include "codec/avro_write.h"

#include "base/civil.h"
#include "codec/avro.h"
#include "codec/value.h"

#define SIZE_BYTES_GUESS 2 /* of the block's size: of 64 to 8,191 bytes, as most objects are */

static minos_rc write(mn_avro_writer *to, uint32_t place, const minos_value *value);

minos_rc mn_avro_begin(mn_avro_writer *writer, const mn_avro_frame *frame, const minos_value *value,
                       size_t around, minos_buffer *out)
{
    mn_shapes *shapes = mn_avro_shapes();
    mn_avro_header header;
    size_t room;
    char *to;

    MINOS_TRY(mn_shapes_build(shapes, value));
    MINOS_TRY(mn_avro_header_find(shapes, frame, &header));
    room = header.bytes.size + 1 + MN_VARINT_BYTES_MAX + shapes->bytes_max + around +
           MN_AVRO_SYNC_BYTES;
    if (!mn_buffer_reserve(out, room))
        return mn_buffer_check(out);
    writer->out = out;
    writer->shapes = shapes;
    writer->begin = out->size;
    to = out->data + out->size;
    memcpy(to, header.bytes.data, header.bytes.size);
    to += header.bytes.size;
    memcpy(writer->sync, to - MN_AVRO_SYNC_BYTES, MN_AVRO_SYNC_BYTES);
    *to++ = 2; /* one object, in zigzag */
    writer->at = (uint8_t *)to + SIZE_BYTES_GUESS;
    writer->data = (size_t)(to - out->data) + SIZE_BYTES_GUESS;
    return MINOS_OK;
}

minos_rc mn_avro_end(mn_avro_writer *writer)
{
    uint8_t size_text[MN_VARINT_BYTES_MAX];
    uint8_t *data = (uint8_t *)writer->out->data + writer->data;
    size_t size = (size_t)(writer->at - data);
    size_t size_bytes = (size_t)(mn_varint_write(size_text, (int64_t)size) - size_text);
    uint8_t *begin = data - SIZE_BYTES_GUESS;

    if (size_bytes != SIZE_BYTES_GUESS)
        memmove(begin + size_bytes, data, size);
    memcpy(begin, size_text, size_bytes);
    memcpy(begin + size_bytes + size, writer->sync, MN_AVRO_SYNC_BYTES);
    writer->out->size = writer->data - SIZE_BYTES_GUESS + size_bytes + size + MN_AVRO_SYNC_BYTES;
    if (writer->out->size - writer->begin <= MN_AVRO_FILE_BYTES_MAX)
        return MINOS_OK;
    mn_avro_abandon(writer);
    return minos_fail(MINOS_ETOOBIG, "an Avro file of more than %zu bytes", MN_AVRO_FILE_BYTES_MAX);
}

void mn_avro_abandon(mn_avro_writer *writer)
{
    writer->out->size = writer->begin;
}

/* ---- values ---- */

void mn_avro_put_uuid(mn_avro_writer *writer, minos_uuid uuid)
{
    char text[MINOS_UUID_TEXT_BYTES + 1];

    minos_uuid_format(uuid, text);
    *writer->at++ = MINOS_UUID_TEXT_BYTES * 2; /* in zigzag */
    memcpy(writer->at, text, MINOS_UUID_TEXT_BYTES);
    writer->at += MINOS_UUID_TEXT_BYTES;
}

static void put_double(mn_avro_writer *to, double number)
{
    uint64_t bits;

    memcpy(&bits, &number, sizeof bits);
    for (unsigned i = 0; i < sizeof bits; i++)
        *to->at++ = (uint8_t)(bits >> (8 * i));
}

static minos_rc put_text(mn_avro_writer *to, minos_view text, const char *what)
{
    if (MINOS_UNLIKELY(!mn_avro_text_is_valid(text)))
        return minos_fail(MINOS_EINVAL, "%s to be written as Avro is not UTF-8", what);
    mn_avro_put_bytes(to, text);
    return MINOS_OK;
}

static minos_rc write_list(mn_avro_writer *to, const mn_shape *place, const minos_value *list)
{
    uint32_t items = place->items;

    if (list->size != 0)
        mn_avro_put_integer(to, list->size);
    for (uint32_t i = 0; i < list->size; i++) {
        minos_rc rc = write(to, items, &list->as.items[i]);
        if (MINOS_UNLIKELY(rc != MINOS_OK))
            return rc;
    }
    *to->at++ = 0;
    return MINOS_OK;
}

static minos_rc write_map(mn_avro_writer *to, const mn_shape *place, const minos_value *map)
{
    uint32_t values = place->values;

    if (map->size != 0)
        mn_avro_put_integer(to, map->size);
    for (uint32_t i = 0; i < map->size; i++) {
        const minos_pair *pair = &map->as.named.pairs[i];
        minos_rc rc = put_text(to, pair->key, "a key");
        if (rc == MINOS_OK)
            rc = write(to, values, &pair->value);
        if (MINOS_UNLIKELY(rc != MINOS_OK))
            return rc;
    }
    *to->at++ = 0;
    return MINOS_OK;
}

static minos_rc write_record(mn_avro_writer *to, const mn_record_shape *shape,
                             const minos_value *record)
{
    for (uint32_t i = 0; i < record->size; i++) {
        minos_rc rc = write(to, shape->fields + i, &record->as.named.pairs[i].value);
        if (MINOS_UNLIKELY(rc != MINOS_OK))
            return rc;
    }
    return MINOS_OK;
}

static minos_rc write_records(mn_avro_writer *to, const mn_shape *place, const minos_value *record)
{
    const mn_record_shape *records = to->shapes->records;
    uint32_t wanted = mn_shape_find_record(to->shapes, place, record), number = 0;

    for (uint32_t at = place->records; at != wanted; at = records[at].next)
        number++;
    if (place->is_union)
        mn_avro_put_integer(to, mn_shape_branch(place, MN_KIND_RECORD) + number);
    return write_record(to, &records[wanted], record);
}

/* Where times stand at a place, see mn_kind. */
static inline mn_kind kind_at(const mn_shape *place, const minos_value *value)
{
    mn_kind kind = mn_kind_of(value);

    if (kind == MN_KIND_LIST && (value->flags & MINOS_VALUE_SET) != 0)
        return MN_KIND_SET;
    if ((kind == MN_KIND_TIMEDELTA || kind == MN_KIND_TIME) &&
        (place->kinds & UINT32_C(1) << kind) == 0)
        return (mn_kind)(kind + (MN_KIND_TIMEDELTA_LATE - MN_KIND_TIMEDELTA));
    return kind;
}

static minos_rc write_time(mn_avro_writer *to, int64_t time)
{
    if (time < 0 || time >= MN_DAY_US)
        return minos_fail(MINOS_EINVAL, "a time of day of %lld microseconds lies outside of a day",
                          (long long)time);
    mn_avro_put_integer(to, time);
    return MINOS_OK;
}

static minos_rc write(mn_avro_writer *to, uint32_t number, const minos_value *value)
{
    const mn_shape *place = &to->shapes->places[number];

    if (value->type == MINOS_TYPE_MAP && mn_is_record(value))
        return write_records(to, place, value);
    if (place->is_union)
        mn_avro_put_integer(to, mn_shape_branch(place, kind_at(place, value)));
    switch ((minos_type)value->type) {
    case MINOS_TYPE_NULL:
        return MINOS_OK;
    case MINOS_TYPE_BOOL:
        *to->at++ = value->as.boolean;
        return MINOS_OK;
    case MINOS_TYPE_DOUBLE:
        put_double(to, value->as.number);
        return MINOS_OK;
    case MINOS_TYPE_STRING:
        return put_text(to, minos_value_view(value), "a string");
    case MINOS_TYPE_BYTES:
        mn_avro_put_bytes(to, minos_value_view(value));
        return MINOS_OK;
    case MINOS_TYPE_UUID:
        mn_avro_put_uuid(to, value->as.uuid);
        return MINOS_OK;
    case MINOS_TYPE_TIME:
        return write_time(to, value->as.integer);
    case MINOS_TYPE_LIST:
        return write_list(to, place, value);
    case MINOS_TYPE_MAP:
        return write_map(to, place, value);
    default: /* the shape pass knows the type */
        mn_avro_put_integer(to, value->as.integer);
        return MINOS_OK;
    }
}

minos_rc mn_avro_value(mn_avro_writer *writer, const minos_value *value)
{
    minos_value null = minos_value_null();
    minos_rc rc = write(writer, 0, value == NULL ? &null : value);

    if (rc != MINOS_OK)
        mn_avro_abandon(writer);
    return rc;
}

minos_rc mn_avro_encode(const minos_value *value, minos_buffer *out)
{
    mn_avro_writer writer;

    MINOS_TRY(mn_avro_begin(&writer, NULL, value, 0, out));
    MINOS_TRY(mn_avro_value(&writer, value));
    return mn_avro_end(&writer);
}
