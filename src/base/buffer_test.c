/*
 * Buffers: growth up to the maximum, refusal past it, on the heap and in an arena.
 */
#include "support/support.h"

#include <string.h>

#include "base/arena.h"
#include "base/buffer.h"

static void grows_to_its_maximum(void **state)
{
    MINOS_AUTO(minos_buffer) *buffer = NULL;
    (void)state;

    assert_rc(minos_buffer_new(0, &buffer), MINOS_EINVAL);
    assert_null(buffer);
    assert_ok(minos_buffer_new(1000, &buffer));
    for (int i = 0; i < 100; i++)
        assert_ok(minos_buffer_append(buffer, MINOS_VIEW("0123456789")));
    assert_int_equal(minos_buffer_view(buffer).size, 1000);
    assert_fails(minos_buffer_append(buffer, MINOS_VIEW("x")), MINOS_ETOOBIG, "1000 bytes");
    assert_int_equal(minos_buffer_view(buffer).size, 1000);
    assert_memory_equal(minos_buffer_view(buffer).data + 990, "0123456789", 10);
    minos_buffer_clear(buffer);
    assert_int_equal(minos_buffer_view(buffer).size, 0);
    assert_ok(minos_buffer_append(buffer, MINOS_VIEW("again")));
    assert_ok(minos_buffer_append(buffer, minos_view_make(NULL, 0)));
    assert_true(minos_view_is(minos_buffer_view(buffer), "again"));
}

/* The hot appends return nothing: a refused one is seen at the end, whatever follows it. */
static void stays_full(void **state)
{
    minos_buffer buffer;
    (void)state;

    mn_buffer_init(&buffer, 300);
    mn_buffer_put_text(&buffer, "abc");
    mn_buffer_put(&buffer, memset((char[400]){0}, 'x', 400), 400);
    mn_buffer_put_byte(&buffer, 'd');
    assert_rc(mn_buffer_check(&buffer), MINOS_ETOOBIG);
    mn_buffer_done(&buffer);
    mn_buffer_done(&buffer);
}

static void writes_into_an_arena(void **state)
{
    MINOS_AUTO(minos_arena) *arena = minos_arena_new(30000);
    minos_buffer buffer;
    minos_view bytes;
    char *after;
    (void)state;

    mn_buffer_open_arena(&buffer, arena, SIZE_MAX);
    for (int i = 0; i < 900; i++)
        mn_buffer_put_text(&buffer, "0123456789");
    assert_ok(mn_buffer_close_arena(&buffer, &bytes));
    after = minos_arena_alloc(arena, 100);
    memset(after, 'x', 100);
    assert_int_equal(bytes.size, 9000);
    assert_int_equal(strlen(bytes.data), 9000);
    assert_memory_equal(bytes.data + 8990, "0123456789", 10);

    mn_buffer_open_arena(&buffer, arena, SIZE_MAX);
    for (int i = 0; i < 3000; i++)
        mn_buffer_put_text(&buffer, "0123456789");
    assert_rc(mn_buffer_close_arena(&buffer, &bytes), MINOS_ETOOBIG);
    assert_int_equal(bytes.size, 9000);

    mn_buffer_open_arena(&buffer, arena, 5);
    mn_buffer_put_text(&buffer, "01234");
    assert_rc(mn_buffer_close_arena(&buffer, &bytes), MINOS_ETOOBIG); /* no room for the NUL */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(grows_to_its_maximum),
        cmocka_unit_test(stays_full),
        cmocka_unit_test(writes_into_an_arena),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
