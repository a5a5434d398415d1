/*
 * Headers by shape: see avro_header.h. The key is the shape written out, so that what is found is
 * never another's; where it has no record it is a few bytes.
 *
 * The sync marker is a hash of the schema: the same value gives the same bytes. It parts blocks, of
 * which there is one.
 */
#include "codec/avro_header.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "base/buffer.h"
#include "base/map.h"
#include "base/siphash.h"
#include "codec/avro.h"
#include "codec/avro_scalar.h"
#include "codec/json.h"

#define WAYS           4u
#define FRONT          16u /* places of what was found last, by size of the key */
#define SETS           (MN_AVRO_CACHE_HEADERS_MAX / WAYS)
#define KEPT_BYTES_MAX ((size_t)16 << 10) /* of a header with its key; a larger one is made anew */

typedef struct header_row {
    uint64_t hash;
    const mn_avro_frame *frame;
    char *bytes; /* key, then header; NULL: free */
    uint32_t key_size;
    uint32_t size; /* of the header */
} header_row;

typedef struct thread_state {
    mn_shapes shapes;
    minos_buffer key;
    minos_buffer schema;
    minos_buffer header; /* the one given out that is not kept */
    header_row rows[SETS][WAYS];
    uint8_t next[SETS]; /* the way to be replaced */
    const header_row *front[FRONT];
} thread_state;

static _Thread_local thread_state *state_of_thread;
static pthread_key_t state_key; /* frees it when the thread ends */
static pthread_once_t state_once = PTHREAD_ONCE_INIT;

static void state_free(void *memory)
{
    thread_state *state = memory;

    for (size_t i = 0; i < SETS; i++)
        for (size_t j = 0; j < WAYS; j++)
            free(state->rows[i][j].bytes);
    mn_shapes_done(&state->shapes);
    mn_buffer_done(&state->key);
    mn_buffer_done(&state->schema);
    mn_buffer_done(&state->header);
    free(state);
    state_of_thread = NULL;
}

static void key_make(void)
{
    if (pthread_key_create(&state_key, state_free) != 0)
        abort();
}

static thread_state *state_get(void)
{
    if (MINOS_LIKELY(state_of_thread != NULL))
        return state_of_thread;
    pthread_once(&state_once, key_make);
    state_of_thread = mn_new(thread_state);
    mn_buffer_init(&state_of_thread->key, MN_AVRO_FILE_BYTES_MAX);
    mn_buffer_init(&state_of_thread->schema, MN_AVRO_SCHEMA_BYTES_MAX);
    mn_buffer_init(&state_of_thread->header, MN_AVRO_FILE_BYTES_MAX);
    pthread_setspecific(state_key, state_of_thread);
    return state_of_thread;
}

mn_shapes *mn_avro_shapes(void)
{
    return &state_get()->shapes;
}

/* ---- keys ---- */

static void key_put(minos_buffer *key, const mn_shapes *shapes, uint32_t number);

static void key_put_record(minos_buffer *key, const mn_shapes *shapes,
                           const mn_record_shape *record)
{
    mn_buffer_put(key, &record->field_count, sizeof record->field_count);
    mn_buffer_put(key, record->name, strlen(record->name) + 1);
    for (uint32_t i = 0; i < record->field_count; i++) {
        minos_view name = record->pairs[i].key;
        if (!mn_buffer_reserve(key, name.size + 1))
            return; /* the buffer knows */
        mn_copy_text(key->data + key->size, name.data, name.size);
        key->size += name.size;
        key->data[key->size++] = '\0'; /* names hold none */
        key_put(key, shapes, record->fields + i);
    }
}

static void key_put(minos_buffer *key, const mn_shapes *shapes, uint32_t number)
{
    const mn_shape *place = &shapes->places[number];

    mn_buffer_put(key, &place->kinds, sizeof place->kinds);
    if (place->kinds < UINT32_C(1) << MN_KIND_RECORD)
        return;
    if (place->record_count != 0)
        mn_buffer_put(key, &place->record_count, sizeof place->record_count);
    for (uint32_t at = place->records; at != MN_SHAPE_NONE; at = shapes->records[at].next)
        key_put_record(key, shapes, &shapes->records[at]);
    if (place->values != MN_SHAPE_NONE)
        key_put(key, shapes, place->values);
    if (place->items != MN_SHAPE_NONE)
        key_put(key, shapes, place->items);
}

/* ---- schemas ---- */

typedef struct schema_writer {
    minos_buffer *out;
    const mn_shapes *shapes;
    uint32_t name_count;
    bool has_bad_name; /* a name is not UTF-8 */
} schema_writer;

static void write_place(schema_writer *to, uint32_t number);

static void write_name(schema_writer *to, minos_view name)
{
    if (!mn_json_put_string(to->out, name))
        to->has_bad_name = true;
}

/* The name with a segment of its own behind its namespace, which the original's reader drops. */
static void write_record_name(schema_writer *to, const char *name)
{
    const char *dot = strrchr(name, '.');
    size_t begin = to->out->size;
    char segment[16];

    snprintf(segment, sizeof segment, "x%u.", ++to->name_count);
    if (dot == NULL) {
        dot = name;
        mn_buffer_put_byte(to->out, '"');
    } else {
        write_name(to, minos_view_make(name, (size_t)(dot - name) + 1));
        if (to->out->size > begin)
            to->out->size--; /* its closing quote */
        dot++;
    }
    mn_buffer_put_text(to->out, segment);
    begin = to->out->size;
    write_name(to, minos_view_of(dot));
    if (to->out->size > begin + 1) { /* its opening quote */
        memmove(to->out->data + begin, to->out->data + begin + 1, to->out->size - begin - 1);
        to->out->size--;
    }
}

static void write_record(schema_writer *to, const mn_record_shape *record)
{
    mn_buffer_put_text(to->out, "{\"type\":\"record\",\"name\":");
    write_record_name(to, record->name);
    mn_buffer_put_text(to->out, ",\"fields\":[");
    for (uint32_t i = 0; i < record->field_count; i++) {
        mn_buffer_put_text(to->out, i == 0 ? "{\"name\":" : ",{\"name\":");
        write_name(to, record->pairs[i].key);
        mn_buffer_put_text(to->out, ",\"type\":");
        write_place(to, record->fields + i);
        mn_buffer_put_byte(to->out, '}');
    }
    mn_buffer_put_text(to->out, "]}");
}

static void write_kind(schema_writer *to, const mn_shape *place, mn_kind kind)
{
    static const char *const texts[MN_KIND_COUNT] = {
        [MN_KIND_NULL] = "\"null\"",
        [MN_KIND_BOOLEAN] = "\"boolean\"",
        [MN_KIND_STRING] = "\"string\"",
        [MN_KIND_BYTES] = "\"bytes\"",
        [MN_KIND_UUID] = "{\"type\":\"string\",\"logicalType\":\"uuid\"}",
        [MN_KIND_TIMEDELTA] = "{\"type\":\"long\",\"logicalType\":\"timedelta-micros\"}",
        [MN_KIND_TIME] = "{\"type\":\"int\",\"logicalType\":\"time-micros\"}",
        [MN_KIND_DOUBLE] = "\"double\"",
        [MN_KIND_INT] = "\"int\"",
        [MN_KIND_DATETIME] = "{\"type\":\"long\",\"logicalType\":\"timestamp-micros\"}",
        [MN_KIND_DATE] = "{\"type\":\"int\",\"logicalType\":\"date\"}",
        [MN_KIND_TIMEDELTA_LATE] = "{\"type\":\"long\",\"logicalType\":\"timedelta-micros\"}",
        [MN_KIND_TIME_LATE] = "{\"type\":\"int\",\"logicalType\":\"time-micros\"}",
        [MN_KIND_MAP] = "{\"type\":\"map\",\"values\":",
        [MN_KIND_LIST] = "{\"type\":\"array\",\"items\":",
        [MN_KIND_SET] = "{\"type\":\"array\",\"logicalType\":\"set\",\"items\":",
    };

    mn_buffer_put_text(to->out, texts[kind]);
    if (kind < MN_KIND_MAP)
        return;
    write_place(to, kind == MN_KIND_MAP ? place->values : place->items);
    mn_buffer_put_byte(to->out, '}');
}

static void write_place(schema_writer *to, uint32_t number)
{
    const mn_shape *place = &to->shapes->places[number];
    bool is_first = true;

    if (place->kinds == 0) {
        mn_buffer_put_text(to->out, "\"null\""); /* items of an empty list */
        return;
    }
    if (place->is_union)
        mn_buffer_put_byte(to->out, '[');
    for (int kind = 0; kind < MN_KIND_COUNT; kind++) {
        uint32_t record = kind == MN_KIND_RECORD ? place->records : MN_SHAPE_NONE;
        if ((place->kinds & UINT32_C(1) << kind) == 0)
            continue;
        do {
            if (!is_first)
                mn_buffer_put_byte(to->out, ',');
            is_first = false;
            if (record == MN_SHAPE_NONE) {
                write_kind(to, place, (mn_kind)kind);
                continue;
            }
            write_record(to, &to->shapes->records[record]);
            record = to->shapes->records[record].next;
        } while (record != MN_SHAPE_NONE);
    }
    if (place->is_union)
        mn_buffer_put_byte(to->out, ']');
}

static minos_rc write_schema(minos_buffer *out, const mn_shapes *shapes, const mn_avro_frame *frame)
{
    schema_writer to = {.out = out, .shapes = shapes};

    minos_buffer_clear(out);
    if (frame != NULL) {
        to.name_count = frame->name_count;
        mn_buffer_put_text(out, frame->before);
    }
    write_place(&to, 0);
    if (frame != NULL)
        mn_buffer_put_text(out, frame->after);
    if (to.has_bad_name)
        return minos_fail(MINOS_EINVAL, "a name of a record or field is not UTF-8");
    if (out->full)
        return minos_fail(MINOS_ETOOBIG, "the value's Avro schema takes more than %zu bytes",
                          MN_AVRO_SCHEMA_BYTES_MAX);
    return MINOS_OK;
}

/* ---- headers ---- */

static void put_sized(minos_buffer *out, minos_view bytes)
{
    uint8_t size[MN_VARINT_BYTES_MAX];

    mn_buffer_put(out, size, (size_t)(mn_varint_write(size, (int64_t)bytes.size) - size));
    mn_buffer_put(out, bytes.data, bytes.size);
}

static void put_sync(minos_buffer *out, minos_view schema)
{
    static const uint8_t keys[2][MN_SIPHASH_KEY_BYTES] = {{'m', 'i', 'n', 'o', 's'}, {1}};

    for (size_t i = 0; i < mn_count_of(keys); i++) {
        uint64_t half = mn_siphash(keys[i], schema);
        mn_buffer_put(out, &half, sizeof half);
    }
}

static minos_rc make_header(thread_state *state, const mn_shapes *shapes,
                            const mn_avro_frame *frame)
{
    minos_buffer *out = &state->header;

    MINOS_TRY(write_schema(&state->schema, shapes, frame));
    minos_buffer_clear(out);
    mn_buffer_put(out, "Obj\1\4", 5); /* two entries */
    put_sized(out, MINOS_VIEW("avro.codec"));
    put_sized(out, MINOS_VIEW("null"));
    put_sized(out, MINOS_VIEW("avro.schema"));
    put_sized(out, minos_buffer_view(&state->schema));
    mn_buffer_put_byte(out, '\0');
    put_sync(out, minos_buffer_view(&state->schema));
    return mn_buffer_check(out);
}

/* Keep the header just made in place of the one of its set that was kept longest. */
static void keep(thread_state *state, uint64_t hash, const mn_avro_frame *frame)
{
    size_t set = hash % SETS, size = state->key.size + state->header.size;
    header_row *row = &state->rows[set][state->next[set]];

    if (size > KEPT_BYTES_MAX)
        return;
    state->next[set] = (uint8_t)((state->next[set] + 1) % WAYS);
    row->bytes = mn_realloc(row->bytes, size);
    memcpy(row->bytes, state->key.data, state->key.size);
    memcpy(row->bytes + state->key.size, state->header.data, state->header.size);
    row->key_size = (uint32_t)state->key.size;
    row->size = (uint32_t)state->header.size;
    row->hash = hash;
    row->frame = frame;
}

static bool is_wanted(const header_row *row, const minos_buffer *key, const mn_avro_frame *frame)
{
    return row->frame == frame && row->key_size == key->size && row->bytes != NULL &&
           memcmp(row->bytes, key->data, key->size) == 0;
}

/* Find by hash; NULL when it is not kept. */
static const header_row *find(const thread_state *state, uint64_t hash, const mn_avro_frame *frame)
{
    const header_row *rows = state->rows[hash % SETS];

    for (size_t i = 0; i < WAYS; i++)
        if (rows[i].hash == hash && is_wanted(&rows[i], &state->key, frame))
            return &rows[i];
    return NULL;
}

minos_rc mn_avro_header_find(const mn_shapes *shapes, const mn_avro_frame *frame,
                             mn_avro_header *ret_header)
{
    thread_state *state = state_get();
    const header_row **front, *row;
    uint64_t hash;

    minos_buffer_clear(&state->key);
    key_put(&state->key, shapes, 0);
    MINOS_TRY(mn_buffer_check(&state->key));
    front = &state->front[state->key.size % FRONT];
    row = *front;
    if (row == NULL || !is_wanted(row, &state->key, frame)) {
        hash = mn_hash(minos_buffer_view(&state->key));
        row = find(state, hash, frame);
        if (row == NULL) {
            MINOS_TRY(make_header(state, shapes, frame));
            keep(state, hash, frame);
            ret_header->bytes = minos_buffer_view(&state->header);
            return MINOS_OK;
        }
        *front = row;
    }
    ret_header->bytes = minos_view_make(row->bytes + row->key_size, row->size);
    return MINOS_OK;
}
