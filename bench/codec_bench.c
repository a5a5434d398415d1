/*
 * How fast contents are read and written: JSON of 100 bytes and of a megabyte, into values and into
 * a sink that keeps nothing; forms. And how many allocations that takes once it is running.
 */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <minos/codec.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "codec/form.h"
#include "codec/json.h"

#define ROUND_NS    (100 * MINOS_MS)
#define ROUNDS      7
#define COUNT_STEP  16
#define LARGE_BYTES ((size_t)1000000)

/* A hundred bytes, as of an order. */
static const char small_json[] = "{\"id\":\"f81d4fae-7dec-11d0-a765-00a0c91e6bf6\",\"quantity\":3,"
                                 "\"price\":12.5,\"paid\":true,\"note\":\"ok\"}";
static const char small_form[] =
    "id=f81d4fae-7dec-11d0-a765-00a0c91e6bf6&quantity=3&note=two+words";

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

/* ---- what is measured ---- */

typedef struct subject {
    minos_view text;
    size_t readable_after;
    const minos_value *value;
    minos_arena *arena;
    minos_buffer *out;
} subject;

typedef minos_rc action_fn(subject *it);

static minos_rc drop_scalar(void *self, const minos_value *value)
{
    *(uint64_t *)self += value->type;
    return MINOS_OK;
}

static minos_rc drop_list(void *self, size_t count, bool is_set)
{
    *(uint64_t *)self += count + is_set;
    return MINOS_OK;
}

static minos_rc drop_map(void *self, size_t count, minos_view record)
{
    *(uint64_t *)self += count + record.size;
    return MINOS_OK;
}

static minos_rc drop_end(void *self)
{
    *(uint64_t *)self += 1;
    return MINOS_OK;
}

static minos_rc drop_key(void *self, minos_view key)
{
    *(uint64_t *)self += key.size;
    return MINOS_OK;
}

static const minos_sink_ops drop_ops = {
    .name = "drop",
    .scalar = drop_scalar,
    .list_begin = drop_list,
    .list_end = drop_end,
    .map_begin = drop_map,
    .key = drop_key,
    .map_end = drop_end,
};

static minos_rc decode_json(subject *it)
{
    minos_arena_reset(it->arena);
    return mn_json_decode_value(it->text, it->readable_after, it->arena, &it->value);
}

static minos_rc sink_json(subject *it)
{
    static uint64_t sum;
    return mn_json_decode(it->text, it->readable_after,
                          (minos_sink){.ops = &drop_ops, .self = &sum});
}

static minos_rc encode_json(subject *it)
{
    minos_buffer_clear(it->out);
    return mn_json_encode(it->value, it->out);
}

static minos_rc encode_json_arena(subject *it)
{
    minos_view text;
    minos_arena_reset(it->arena);
    return minos_json_encode(it->value, it->arena, &text);
}

static minos_rc decode_form(subject *it)
{
    minos_value *map;
    minos_rc rc;
    minos_arena_reset(it->arena);
    rc = mn_form_decode(it->text, it->arena, &map);
    it->value = map;
    return rc;
}

static minos_rc find_in_form(subject *it)
{
    minos_view value;
    bool found;
    minos_arena_reset(it->arena);
    return mn_form_find(it->text, MINOS_VIEW("note"), it->arena, &found, &value);
}

/* ---- measuring ---- */

/* Processor time of this program: others may use the machine too. */
static int64_t cpu_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (int64_t)now.tv_sec * MINOS_S + now.tv_nsec;
}

/* Nanoseconds of one action: the fastest of some rounds. */
static double measure(action_fn *action, subject *it)
{
    double best = 1e18;

    for (int round = 0; round < ROUNDS; round++) {
        int64_t begin = cpu_ns(), taken;
        long count = 0;
        do {
            for (int i = 0; i < COUNT_STEP; i++)
                if (action(it) != MINOS_OK)
                    abort();
            count += COUNT_STEP;
            taken = cpu_ns() - begin;
        } while (taken < ROUND_NS);
        if ((double)taken / (double)count < best)
            best = (double)taken / (double)count;
    }
    return best;
}

static void report(const char *name, action_fn *action, subject *it)
{
    double ns = measure(action, it);
    unsigned long before = atomic_load(&allocation_count);

    for (int i = 0; i < 1000 && it->text.size < LARGE_BYTES / 2; i++)
        if (action(it) != MINOS_OK)
            abort();
    printf("%-28s %10.0f ns %8.0f MB/s %6lu allocations\n", name, ns,
           (double)it->text.size * 1e3 / ns, atomic_load(&allocation_count) - before);
}

static void large_json(minos_buffer *out)
{
    char row[256];

    mn_buffer_put_byte(out, '[');
    for (int i = 0; out->size < LARGE_BYTES; i++) {
        int size =
            snprintf(row, sizeof row,
                     "%s{\"id\":%d,\"name\":\"article number %d\",\"price\":%d.%02d,"
                     "\"tags\":[\"new\",\"r\\u00e9duit\"],\"stock\":null,\"sold\":%s}",
                     i == 0 ? "" : ",", i, i * 7, i % 900, i % 100, i % 2 == 0 ? "true" : "false");
        mn_buffer_put(out, row, (size_t)size);
    }
    mn_buffer_put_byte(out, ']');
}

int main(void)
{
    static char padded[sizeof small_json + MN_SIMD_PADDING_BYTES];
    MINOS_AUTO(minos_arena) *arena = minos_arena_new(0);
    MINOS_AUTO(minos_arena) *kept = minos_arena_new(0);
    minos_buffer text, out;
    subject it = {.arena = arena, .out = &out};

    mn_buffer_init(&text, SIZE_MAX);
    mn_buffer_init(&out, SIZE_MAX);
    memcpy(padded, small_json, sizeof small_json);

    it.text = minos_view_make(small_json, sizeof small_json - 1);
    report("json decode 100 B", decode_json, &it);
    it.text.data = padded;
    it.readable_after = MN_SIMD_PADDING_BYTES;
    report("json decode 100 B in place", decode_json, &it);
    report("json decode 100 B to sink", sink_json, &it);
    if (minos_json_decode(it.text, kept, &it.value) != MINOS_OK)
        return 1;
    report("json encode 100 B", encode_json, &it);
    report("json encode 100 B in arena", encode_json_arena, &it);

    large_json(&text);
    it.text = minos_buffer_view(&text);
    it.readable_after = 0;
    report("json decode 1 MB", decode_json, &it);
    report("json decode 1 MB to sink", sink_json, &it);
    if (minos_json_decode(it.text, kept, &it.value) != MINOS_OK)
        return 1;
    report("json encode 1 MB", encode_json, &it);
    report("json encode 1 MB in arena", encode_json_arena, &it);

    it.text = minos_view_of(small_form);
    report("form decode 65 B", decode_form, &it);
    report("form find 65 B", find_in_form, &it);
    mn_buffer_done(&text);
    mn_buffer_done(&out);
    return 0;
}
