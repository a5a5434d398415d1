/*
 * What a busy service does all day must not allocate: reading and writing contents in memory that
 * is there already. And several threads may do so at once.
 */
#include "support/support.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include <minos/codec.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "codec/codec.h"
#include "codec/form.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define MN_COUNTS 0 /* sanitizers have allocators of their own */
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define MN_COUNTS 0
#else
#define MN_COUNTS 1
#endif
#else
#define MN_COUNTS 1
#endif

static _Atomic unsigned long allocation_count;

#if MN_COUNTS
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *memory, size_t size);

void *malloc(size_t size)
{
    atomic_fetch_add(&allocation_count, 1);
    return __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    atomic_fetch_add(&allocation_count, 1);
    return __libc_calloc(count, size);
}

void *realloc(void *memory, size_t size)
{
    atomic_fetch_add(&allocation_count, 1);
    return __libc_realloc(memory, size);
}
#endif

static const struct {
    const char *type, *body;
} rows[] = {
    {"application/json", "{\"id\":\"f81d4fae-7dec-11d0-a765-00a0c91e6bf6\",\"quantity\":3,"
                         "\"price\":12.5,\"note\":\"two\\nlines\",\"tags\":[true,null,1e300]}"},
    {"application/json; charset=utf-8", "{\"a\":1,\"b\":2,\"c\":3,\"d\":4,\"e\":5,\"f\":6,\"g\":7,"
                                        "\"h\":8,\"i\":9,\"j\":1,\"k\":2,\"l\":3,\"m\":4,\"n\":5,"
                                        "\"o\":6,\"p\":7,\"q\":8,\"r\":9,\"s\":1,\"t\":[[[]]]}"},
    {"application/x-www-form-urlencoded", "id=7&note=two+words&id=%38"},
    {"text/plain; charset=iso-8859-1", "gr\xfc\xdf"},
    {"application/octet-stream", "\x01\x02"},
};

/* Decode, encode and look up once, as a request would. */
static void serve(minos_arena *arena, minos_buffer *out)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const minos_value *value;
        minos_view body, found_value;
        bool found;
        minos_arena_reset(arena);
        minos_buffer_clear(out);
        assert_ok(
            minos_decode(minos_view_of(rows[i].type), minos_view_of(rows[i].body), arena, &value));
        assert_ok(mn_encode(MINOS_VIEW("application/json"), value, out));
        assert_ok(minos_json_encode(value, arena, &body));
        assert_true(minos_view_equal(body, minos_buffer_view(out)));
        assert_ok(
            mn_form_find(MINOS_VIEW("a=1&b=%32"), MINOS_VIEW("b"), arena, &found, &found_value));
        assert_true(found && minos_view_is(found_value, "2"));
    }
}

static void a_steady_state_allocates_nothing(void **state)
{
    MINOS_AUTO(minos_arena) *arena = minos_arena_new(0);
    unsigned long before;
    minos_buffer out;
    (void)state;

    mn_buffer_init(&out, 10000);
    for (int i = 0; i < 3; i++)
        serve(arena, &out);
    before = atomic_load(&allocation_count);
    assert_true(!MN_COUNTS || before > 0);
    for (int i = 0; i < 1000; i++)
        serve(arena, &out);
    assert_int_equal(atomic_load(&allocation_count) - before, 0);
    mn_buffer_done(&out);
}

static void *serve_on_a_thread(void *argument)
{
    MINOS_AUTO(minos_arena) *arena = minos_arena_new(0);
    minos_buffer out;
    (void)argument;

    mn_buffer_init(&out, 10000);
    for (int i = 0; i < 300; i++)
        serve(arena, &out);
    mn_buffer_done(&out);
    return NULL;
}

static void threads_do_not_share(void **state)
{
    pthread_t threads[4];
    (void)state;

    for (size_t i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, serve_on_a_thread, NULL), 0);
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_steady_state_allocates_nothing),
        cmocka_unit_test(threads_do_not_share),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
