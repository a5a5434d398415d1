/*
 * How fast broker messages become bytes and are read again: an order of 372 bytes of data, beside
 * its schema. Schemas come as the original sends them, with fresh UUIDs in the names of their
 * records; `unseen` has other fields in every message. And how many allocations that takes once it
 * is running.
 *
 * usage: avro_bench [FILE]      FILE gets one of the messages, for a peer to be measured with
 */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <minos/message.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "broker/wire.h"
#include "codec/avro_scalar.h"

#define ROUND_NS   (200 * MINOS_MS)
#define ROUNDS     5
#define COUNT_STEP 16
#define SEEN_COUNT 16
#define UNSEEN_COUNT                                                                               \
    2048 /* more than the cache holds, so that each has fallen out when it comes again */
#define DATA_BYTES 372

/* ---- allocations: the C library's functions, counted ---- */

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *memory, size_t size);
static _Atomic unsigned long allocation_count;

void *malloc(size_t size)
{
    atomic_fetch_add_explicit(&allocation_count, 1, memory_order_relaxed);
    return __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    atomic_fetch_add_explicit(&allocation_count, 1, memory_order_relaxed);
    return __libc_calloc(count, size);
}

void *realloc(void *memory, size_t size)
{
    atomic_fetch_add_explicit(&allocation_count, 1, memory_order_relaxed);
    return __libc_realloc(memory, size);
}

/* ---- messages ---- */

typedef struct subject {
    minos_message *message;
    minos_buffer out;
    minos_view seen[SEEN_COUNT];
    minos_view unseen[UNSEEN_COUNT];
    size_t at;
} subject;

static void check(minos_rc rc)
{
    char chain[1024];

    if (rc == MINOS_OK)
        return;
    minos_error_describe(minos_error_last(), chain, sizeof chain);
    fprintf(stderr, "avro_bench: %s\n", chain);
    exit(1);
}

/* The order, as a record; `number` is part of a field's name. */
static minos_message *order(minos_arena *arena, int number)
{
    static const char note[] =
        "leave it with the neighbours on the left, the ones with the blue door and the loud dog, "
        "before six in the evening or, failing that, behind the bins in the back yard, thanks!!";
    const char *field = minos_arena_printf(arena, "field_%04d", number);
    minos_uuid id = {.bytes = {0xa7, 0x4d, 0x9d, 0x6d}};
    const minos_value *content, *tags = MINOS_LIST(MINOS_ITEM("gift"), MINOS_ITEM("fragile"));
    const minos_value *units =
        MINOS_LIST(MINOS_ITEM(3), MINOS_ITEM(150), MINOS_ITEM(7), MINOS_ITEM(100000));
    minos_message *message;

    check(minos_value_dup(
        arena,
        MINOS_MAP(MINOS_KV("uuid", id), MINOS_KV("customer", "Ana Sofia Villanueva"),
                  MINOS_KV("placed", minos_value_datetime(INT64_C(1652121015123456))),
                  MINOS_KV("total", 1234.0625), MINOS_KV("units", units), MINOS_KV("tags", tags),
                  MINOS_KV("paid", true), MINOS_KV("note", note), MINOS_KV(field, 42)),
        &content));
    ((minos_value *)content)->flags |= MINOS_VALUE_RECORD;
    ((minos_value *)content)->as.named.name = "shop.orders.Order";
    check(minos_message_new(
        &(minos_message_options){.topic = "OrderPlaced",
                                 .identifier = &id,
                                 .reply_topic = "a1b2c3d4e5f64718a1b2c3d4e5f64718",
                                 .content = content},
        &message));
    return message;
}

static void put_sized(minos_buffer *out, minos_view bytes)
{
    uint8_t size[MN_VARINT_BYTES_MAX];
    mn_buffer_put(out, size, (size_t)(mn_varint_write(size, (int64_t)bytes.size) - size));
    mn_buffer_put(out, bytes.data, bytes.size);
}

/*
 * The message as the original would have sent it: a fresh UUID where we write x1, x2, x3. *ret_data
 * gets the bytes of the object alone.
 */
static minos_view foreign(minos_arena *arena, const minos_message *message, size_t *ret_data)
{
    static const char schema_key[] = "avro.schema";
    minos_buffer ours, schema, theirs;
    const uint8_t *value;
    const char *at, *end;
    int64_t size;
    minos_view copy;

    mn_buffer_init(&ours, SIZE_MAX);
    mn_buffer_init(&schema, SIZE_MAX);
    mn_buffer_init(&theirs, SIZE_MAX);
    check(mn_wire_encode(message, &ours));
    at = memmem(ours.data, ours.size, schema_key, sizeof schema_key - 1);
    at += sizeof schema_key - 1;
    mn_buffer_put(&theirs, ours.data, (size_t)(at - ours.data));
    value = (const uint8_t *)at;
    if (!mn_varint_read(&value, value + MN_VARINT_BYTES_MAX, &size))
        exit(1);
    at = (const char *)value;
    for (end = at + size; at != end; at++) {
        char uuid[MINOS_UUID_TEXT_BYTES + 1];
        if (!(at[0] == '.' && at[1] == 'x' && at[3] == '.')) {
            mn_buffer_put_byte(&schema, *at);
            continue;
        }
        minos_uuid_format(minos_uuid_new(), uuid);
        mn_buffer_put_byte(&schema, '.');
        mn_buffer_put(&schema, uuid, MINOS_UUID_TEXT_BYTES);
        at += 2;
    }
    put_sized(&theirs, minos_buffer_view(&schema));
    mn_buffer_put(&theirs, end, (size_t)(ours.data + ours.size - end));
    *ret_data = (size_t)(ours.data + ours.size - end) - 1 - 16 - 1 - 2 - 16;
    copy = minos_arena_dup(arena, minos_buffer_view(&theirs));
    mn_buffer_done(&ours);
    mn_buffer_done(&schema);
    mn_buffer_done(&theirs);
    return copy;
}

/* ---- measuring ---- */

typedef void action_fn(subject *it);

static void decode(minos_view bytes)
{
    minos_message *message;
    check(mn_wire_decode(bytes, &message));
    minos_message_unref(message);
}

static void decode_seen(subject *it)
{
    decode(it->seen[it->at++ % SEEN_COUNT]);
}

static void decode_unseen(subject *it)
{
    decode(it->unseen[it->at++ % UNSEEN_COUNT]);
}

static void encode(subject *it)
{
    minos_buffer_clear(&it->out);
    check(mn_wire_encode(it->message, &it->out));
}

static int64_t cpu_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return now.tv_sec * MINOS_S + now.tv_nsec;
}

/* The fastest of some rounds, in time of the processor, since others use this machine too. */
static void report(const char *name, action_fn *action, subject *it, bool tells_allocations)
{
    unsigned long before;
    double best = 0;
    char line[64];

    for (int round = 0; round < ROUNDS; round++) {
        int64_t begin = cpu_now(), taken;
        long count = 0;
        do {
            for (int i = 0; i < COUNT_STEP; i++)
                action(it);
            count += COUNT_STEP;
            taken = cpu_now() - begin;
        } while (taken < ROUND_NS);
        if ((double)count * 1e9 / (double)taken > best)
            best = (double)count * 1e9 / (double)taken;
    }
    printf("%-28s %12.0f /s\n", name, best);
    if (!tells_allocations)
        return;
    before = atomic_load(&allocation_count);
    for (int i = 0; i < 1000; i++)
        action(it);
    snprintf(line, sizeof line, "%s allocates", name);
    printf("%-28s %12lu allocations\n", line, atomic_load(&allocation_count) - before);
}

int main(int argc, char **argv)
{
    MINOS_AUTO(minos_arena) *arena = minos_arena_new(0);
    static subject it;
    size_t data = 0;

    mn_buffer_init(&it.out, SIZE_MAX);
    it.message = order(arena, 0);
    for (int i = 0; i < SEEN_COUNT; i++)
        it.seen[i] = foreign(arena, it.message, &data);
    for (int i = 0; i < UNSEEN_COUNT; i++) {
        minos_message *message = order(arena, i);
        it.unseen[i] = foreign(arena, message, &data);
        minos_message_unref(message);
    }
    printf("%-28s %12zu bytes\n", "data of a message", data);
    printf("%-28s %12zu bytes\n", "message", it.seen[0].size);
    if (argc > 1) {
        FILE *file = fopen(argv[1], "wb");
        if (file == NULL || fwrite(it.seen[0].data, 1, it.seen[0].size, file) != it.seen[0].size ||
            fclose(file) != 0) {
            fprintf(stderr, "avro_bench: cannot write %s\n", argv[1]);
            return 1;
        }
    }
    report("decode, seen schema", decode_seen, &it, true);
    report("decode, unseen schema", decode_unseen, &it, false);
    report("encode", encode, &it, true);
    minos_message_unref(it.message);
    mn_buffer_done(&it.out);
    return data == DATA_BYTES ? 0 : 1;
}
