/*
 * Arenas: alignment, limits, reuse of the first block, and that memory never overlaps.
 */
#include "support/support.h"

#include <string.h>

#include "base/arena.h"

#define PIECES 400

/* Objects and text of changing sizes, each filled with its own byte and looked at in the end. */
static void pieces_do_not_overlap(void **state)
{
    MINOS_AUTO(minos_arena) *arena = minos_arena_new(0);
    const char *pieces[PIECES];
    char text[PIECES];
    (void)state;

    for (int round = 0; round < 3; round++) {
        for (size_t i = 0; i < PIECES; i++) {
            memset(text, (int)(i & 0xff), sizeof text);
            if (i % 3 == 0) {
                char *object = minos_arena_alloc(arena, i);
                assert_int_equal((uintptr_t)object % MN_ARENA_ALIGN, 0);
                memset(object, (int)(i & 0xff), i);
                pieces[i] = object;
            } else {
                pieces[i] = minos_arena_dup(arena, minos_view_make(text, i)).data;
                assert_int_equal(pieces[i][i], '\0');
            }
        }
        for (size_t i = 0; i < PIECES; i++)
            for (size_t j = 0; j < i; j++)
                assert_int_equal((unsigned char)pieces[i][j], i & 0xff);
        assert_true(minos_arena_used(arena) >= PIECES * (PIECES - 1) / 2);
        minos_arena_reset(arena);
        assert_int_equal(minos_arena_used(arena), 0);
    }
}

static void allocations_are_zeroed(void **state)
{
    MINOS_AUTO(minos_arena) *arena = minos_arena_new(0);
    (void)state;

    for (int round = 0; round < 2; round++) {
        unsigned char *bytes = minos_arena_alloc(arena, 500);
        for (int i = 0; i < 500; i++)
            assert_int_equal(bytes[i], 0);
        memset(bytes, 0xff, 500);
        minos_arena_reset(arena);
    }
    assert_non_null(minos_arena_alloc(arena, 0));
}

static void an_empty_allocation_of_a_fresh_arena(void **state)
{
    MINOS_AUTO(minos_arena) *arena = minos_arena_new(0);
    (void)state;
    assert_non_null(minos_arena_alloc(arena, 0));
    assert_string_equal(minos_arena_dup(arena, minos_view_make(NULL, 0)).data, "");
}

static void limits(void **state)
{
    MINOS_AUTO(minos_arena) *arena = minos_arena_new(10000);
    void *memory = NULL;
    size_t total = 0;
    (void)state;

    assert_fails(minos_arena_try_alloc(arena, 10001, &memory), MINOS_ETOOBIG, "10000");
    assert_fails(minos_arena_try_alloc(arena, SIZE_MAX, &memory), MINOS_ETOOBIG, "10000");
    assert_fails(minos_arena_try_alloc(arena, SIZE_MAX - 7, &memory), MINOS_ETOOBIG, "10000");
    assert_null(memory);
    assert_null(mn_arena_try_dup(arena, minos_view_make("", 20000)).data);
    while (mn_arena_try_raw(arena, 160) != NULL)
        total += 160;
    assert_in_range(total, 9000, 10000);
    assert_rc(minos_arena_try_alloc(arena, 160, &memory), MINOS_ETOOBIG);
    minos_arena_reset(arena);
    assert_ok(minos_arena_try_alloc(arena, 160, &memory));
}

/* A peer that fills an arena must not end the process through the few bytes we need besides. */
static void what_the_program_fixes_passes_the_limit(void **state)
{
    MINOS_AUTO(minos_arena) *arena = minos_arena_new(10000);
    size_t used;
    (void)state;

    while (mn_arena_try_raw(arena, 16) != NULL)
        ;
    for (int i = 0; i < 1000; i++) {
        memset(mn_arena_raw(arena, 100), 0xff, 100);
        assert_string_equal(minos_arena_dup_text(arena, "text"), "text");
        assert_null(mn_arena_try_raw(arena, 1)); /* nothing of it is left for a peer */
        assert_null(mn_arena_try_dup(arena, minos_view_make("", 0)).data);
    }
    used = minos_arena_used(arena);
    assert_in_range(used, 110000, 10000 + MN_ARENA_RESERVE_BYTES);
    minos_arena_reset(arena);
    assert_non_null(mn_arena_try_raw(arena, 16));
}

static void texts(void **state)
{
    MINOS_AUTO(minos_arena) *arena = minos_arena_new(0);
    (void)state;

    assert_string_equal(minos_arena_printf(arena, "%s-%d", "a", 7), "a-7");
    assert_string_equal(minos_arena_dup_text(arena, "text"), "text");
    assert_null(minos_arena_dup_text(arena, NULL));
    minos_arena_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pieces_do_not_overlap),
        cmocka_unit_test(allocations_are_zeroed),
        cmocka_unit_test(an_empty_allocation_of_a_fresh_arena),
        cmocka_unit_test(limits),
        cmocka_unit_test(what_the_program_fixes_passes_the_limit),
        cmocka_unit_test(texts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
