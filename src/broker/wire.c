/*
 * Messages as bytes: see wire.h. A record is read into the message's own arena, as a value whose
 * parts the message then points at: nothing is copied twice.
 */
#include "broker/wire.h"

#include <stdio.h>

#include "broker/message.h"
#include "codec/avro.h"
#include "codec/avro_write.h"
#include "codec/value_sink.h"

#define MODELS       "minos.networks.brokers.messages.models."
#define AROUND_MAX   (MN_TOPIC_BYTES_MAX * 2 + 128) /* bytes, but content and headers */
#define RECORD_DEPTH 2                              /* records around the content */

/* What the original writes, in its order; the content's schema comes between. */
static const mn_avro_frame frame = {
    .before = "{\"type\":\"record\",\"name\":\"" MODELS "abc.x1.BrokerMessage\",\"fields\":["
              "{\"name\":\"topic\",\"type\":\"string\"},"
              "{\"name\":\"identifier\",\"type\":{\"type\":\"string\",\"logicalType\":\"uuid\"}},"
              "{\"name\":\"reply_topic\",\"type\":[\"string\",\"null\"]},"
              "{\"name\":\"strategy\",\"type\":{\"type\":\"string\",\"logicalType\":"
              "\"" MODELS "v1.BrokerMessageV1Strategy\"}},"
              "{\"name\":\"payload\",\"type\":{\"type\":\"record\",\"name\":"
              "\"" MODELS "v1.x2.BrokerMessageV1Payload\",\"fields\":["
              "{\"name\":\"content\",\"type\":",
    .after = "},{\"name\":\"status\",\"type\":{\"type\":\"int\",\"logicalType\":"
             "\"" MODELS "v1.BrokerMessageV1Status\"}},"
             "{\"name\":\"headers\",\"type\":{\"type\":\"map\",\"values\":\"string\"}}]}},"
             "{\"name\":\"version\",\"type\":\"int\"}]}",
    .name_count = 2,
};

/* ---- write ---- */

static size_t headers_bytes_max(const minos_value *headers)
{
    size_t bytes = MN_VARINT_BYTES_MAX + 1;

    for (uint32_t i = 0; i < headers->size; i++) {
        const minos_pair *pair = &headers->as.named.pairs[i];
        bytes += pair->key.size + pair->value.size + 2 * (size_t)MN_VARINT_BYTES_MAX;
    }
    return bytes;
}

static void put_headers(mn_avro_writer *writer, const minos_value *headers)
{
    if (headers->size != 0)
        mn_avro_put_integer(writer, headers->size);
    for (uint32_t i = 0; i < headers->size; i++) {
        mn_avro_put_bytes(writer, headers->as.named.pairs[i].key);
        mn_avro_put_bytes(writer, minos_value_view(&headers->as.named.pairs[i].value));
    }
    *writer->at++ = 0;
}

minos_rc mn_wire_encode(const minos_message *message, minos_buffer *out)
{
    mn_avro_writer writer;

    MINOS_TRY(mn_avro_begin(&writer, &frame, message->content,
                            AROUND_MAX + headers_bytes_max(message->headers), out));
    mn_avro_put_bytes(&writer, message->topic);
    mn_avro_put_uuid(&writer, message->identifier);
    mn_avro_put_integer(&writer, message->reply_topic.data == NULL); /* the branch */
    if (message->reply_topic.data != NULL)
        mn_avro_put_bytes(&writer, message->reply_topic);
    mn_avro_put_bytes(&writer, message->strategy == MINOS_MULTICAST ? MINOS_VIEW("multicast")
                                                                    : MINOS_VIEW("unicast"));
    MINOS_TRY(mn_avro_value(&writer, message->content));
    mn_avro_put_integer(&writer, message->status);
    put_headers(&writer, message->headers);
    mn_avro_put_integer(&writer, MINOS_MESSAGE_VERSION);
    return mn_avro_end(&writer);
}

/* ---- read ---- */

/* The fields of both records that we know; NULL: absent or null. */
typedef struct fields {
    const minos_value *topic, *identifier, *reply_topic, *strategy, *payload;
    const minos_value *content, *status, *headers;
} fields;

static inline bool is(minos_view name, const char *wanted, size_t size)
{
    return memcmp(name.data, wanted, size) == 0;
}

/* Where a field of the record, or of its payload, goes; NULL: nowhere, it is unknown. */
static const minos_value **place_of(fields *its, minos_view name, bool in_payload)
{
    if (in_payload)
        switch (name.size) {
        case 6:
            return is(name, "status", 6) ? &its->status : NULL;
        case 7:
            return is(name, "content", 7)   ? &its->content
                   : is(name, "headers", 7) ? &its->headers
                                            : NULL;
        default:
            return NULL;
        }
    switch (name.size) {
    case 5:
        return is(name, "topic", 5) ? &its->topic : NULL;
    case 7:
        return is(name, "payload", 7) ? &its->payload : NULL;
    case 8:
        return is(name, "strategy", 8) ? &its->strategy : NULL;
    case 10:
        return is(name, "identifier", 10) ? &its->identifier : NULL;
    case 11:
        return is(name, "reply_topic", 11) ? &its->reply_topic : NULL;
    default:
        return NULL;
    }
}

static void gather(fields *its, const minos_value *record, bool in_payload)
{
    for (uint32_t i = 0; i < record->size; i++) {
        const minos_pair *pair = &record->as.named.pairs[i];
        const minos_value **place = place_of(its, pair->key, in_payload);
        if (place != NULL && pair->value.type != MINOS_TYPE_NULL)
            *place = &pair->value;
    }
}

MINOS_COLD static minos_rc refuse(const char *field, const char *expected, const minos_value *value)
{
    if (value == NULL)
        return minos_fail(MINOS_EPARSE, "malformed broker message: field %s is missing", field);
    return minos_fail(MINOS_EPARSE, "malformed broker message: field %s is %s, not %s", field,
                      minos_type_name(minos_value_type(value)), expected);
}

static minos_rc read_topic(const minos_value *value, const char *field, minos_view *ret_topic)
{
    char reason[128];

    if (minos_value_type(value) != MINOS_TYPE_STRING)
        return refuse(field, "a topic", value);
    *ret_topic = minos_value_view(value);
    if (memchr(ret_topic->data, '\0', ret_topic->size) != NULL)
        return minos_fail(MINOS_EPARSE, "malformed broker message: field %s holds a NUL", field);
    if (mn_topic_check(ret_topic->data, field) == MINOS_OK)
        return MINOS_OK;
    snprintf(reason, sizeof reason, "%s", minos_error_message(minos_error_last()));
    return minos_fail(MINOS_EPARSE, "malformed broker message: field %s", reason);
}

/* Text, 16 bytes, or a UUID; absent, it is a random one. */
static minos_rc read_identifier(const minos_value *value, minos_uuid *ret_identifier)
{
    switch (minos_value_type(value)) {
    case MINOS_TYPE_NULL:
        *ret_identifier = minos_uuid_new();
        return MINOS_OK;
    case MINOS_TYPE_UUID:
        *ret_identifier = value->as.uuid;
        return MINOS_OK;
    case MINOS_TYPE_BYTES:
        if (value->size != sizeof ret_identifier->bytes)
            break;
        memcpy(ret_identifier->bytes, value->as.string, sizeof ret_identifier->bytes);
        return MINOS_OK;
    case MINOS_TYPE_STRING:
        if (minos_uuid_parse(minos_value_view(value), ret_identifier) == MINOS_OK)
            return MINOS_OK;
        break;
    default:
        break;
    }
    return refuse("identifier", "a UUID", value);
}

static minos_rc read_strategy(const minos_value *value, minos_strategy *ret_strategy)
{
    *ret_strategy = MINOS_UNICAST;
    if (value == NULL)
        return MINOS_OK;
    if (value->type != MINOS_TYPE_STRING)
        return refuse("strategy", "a string", value);
    if (minos_view_is(minos_value_view(value), "multicast"))
        *ret_strategy = MINOS_MULTICAST;
    else if (!minos_view_is(minos_value_view(value), "unicast"))
        return minos_fail(
            MINOS_EPARSE,
            "malformed broker message: field strategy is neither unicast nor multicast");
    return MINOS_OK;
}

/* Absent, it is 200; what is no status of the original reads as 600, as it does there. */
static minos_status read_status(const minos_value *value)
{
    if (value == NULL)
        return MINOS_STATUS_SUCCESS;
    if (value->type != MINOS_TYPE_INT || value->as.integer < 0 || value->as.integer > INT32_MAX)
        return MINOS_STATUS_UNKNOWN;
    return minos_status_of((int)value->as.integer);
}

/* The original checks types only; here sizes are bounded, and C strings hold no NUL. */
static minos_rc read_headers(const minos_value *value, const minos_value **ret_headers)
{
    *ret_headers = &mn_headers_none;
    if (value == NULL || (value->type == MINOS_TYPE_MAP && value->size == 0))
        return MINOS_OK;
    if (value->type != MINOS_TYPE_MAP)
        return refuse("payload.headers", "a map", value);
    if (value->size > MN_MESSAGE_HEADERS_MAX)
        return minos_fail(MINOS_ETOOBIG, "a broker message with %u headers, %d are allowed",
                          value->size, MN_MESSAGE_HEADERS_MAX);
    for (uint32_t i = 0; i < value->size; i++) {
        const minos_pair *pair = &value->as.named.pairs[i];
        if (pair->value.type != MINOS_TYPE_STRING)
            return refuse("payload.headers", "a map of strings", &pair->value);
        if (pair->key.size > MN_HEADER_NAME_MAX || pair->value.size > MN_HEADER_VALUE_MAX)
            return minos_fail(MINOS_ETOOBIG,
                              "a broker message with a header of %zu and %u bytes, %d and %d are "
                              "allowed",
                              pair->key.size, pair->value.size, MN_HEADER_NAME_MAX,
                              MN_HEADER_VALUE_MAX);
        if (memchr(pair->key.data, '\0', pair->key.size) != NULL ||
            memchr(pair->value.as.string, '\0', pair->value.size) != NULL)
            return minos_fail(MINOS_EPARSE, "malformed broker message: a header holds a NUL");
    }
    *ret_headers = value;
    return MINOS_OK;
}

/* Point a message at the parts of a record that lives in its arena. */
static minos_rc fill(minos_message *message, const minos_value *record)
{
    fields its = {.topic = NULL};

    gather(&its, record, false);
    MINOS_TRY(read_topic(its.topic, "topic", &message->topic));
    MINOS_TRY(read_identifier(its.identifier, &message->identifier));
    if (its.reply_topic != NULL)
        MINOS_TRY(read_topic(its.reply_topic, "reply_topic", &message->reply_topic));
    MINOS_TRY(read_strategy(its.strategy, &message->strategy));
    if (minos_value_type(its.payload) != MINOS_TYPE_MAP)
        return refuse("payload", "a record", its.payload);
    gather(&its, its.payload, true);
    if (its.content != NULL)
        message->content = its.content;
    message->status = read_status(its.status);
    return read_headers(its.headers, &message->headers);
}

static minos_rc blank(minos_message **ret_message)
{
    const mn_message_parts parts = {.topic = MINOS_VIEW("-")};
    return mn_message_make(&parts, ret_message);
}

static minos_rc read_into(const mn_avro_file *file, minos_message *message)
{
    const minos_value *record;
    mn_value_sink sink;

    if (!minos_view_is(file->schema->nodes[file->schema->root].name, MN_WIRE_RECORD))
        return minos_fail(MINOS_EPARSE, "malformed broker message: its schema is not that of a "
                                        "record " MN_WIRE_RECORD);
    mn_value_sink_init(&sink, &message->arena);
    sink.depth_max = MN_VALUE_DEPTH_MAX + RECORD_DEPTH;
    MINOS_TRY(mn_avro_read(file, sink.depth_max, mn_value_sink_of(&sink)));
    MINOS_TRY(mn_value_sink_end(&sink, &record));
    return fill(message, record);
}

minos_rc mn_wire_decode(minos_view bytes, minos_message **ret_message)
{
    minos_message *message;
    mn_avro_file file;
    minos_rc rc;

    MINOS_TRY(mn_avro_open(bytes, MN_MESSAGE_BYTES_MAX, &file));
    rc = blank(&message);
    if (rc == MINOS_OK) {
        rc = read_into(&file, message);
        if (rc != MINOS_OK)
            minos_message_unref(message);
    }
    mn_avro_close(&file);
    if (rc == MINOS_OK)
        *ret_message = message;
    return rc;
}

minos_rc mn_wire_message_of(const minos_value *record, minos_message **ret_message)
{
    const minos_value *copy;
    minos_message *message;
    minos_rc rc;

    MINOS_TRY(blank(&message));
    rc = minos_value_dup(&message->arena, record, &copy);
    if (rc == MINOS_OK)
        rc = minos_value_type(copy) == MINOS_TYPE_MAP ? fill(message, copy)
                                                      : refuse("message", "a map", copy);
    if (rc != MINOS_OK) {
        minos_message_unref(message);
        return rc;
    }
    *ret_message = message;
    return MINOS_OK;
}
