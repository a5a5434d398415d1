/*
 * The hash map, beside a plain table that does the same slowly.
 */
#include "support/support.h"

#include <stdio.h>
#include <string.h>

#include "base/map.h"

#define NAMES 300
#define STEPS 20000

static char names[NAMES][8];
static int values[NAMES];

static void behaves_as_a_plain_table(void **state)
{
    int *expected[NAMES] = {0};
    uint32_t random = 1;
    size_t count = 0, place = 0, seen = 0;
    mn_map map = {0};
    (void)state;

    assert_null(mn_map_get(&map, MINOS_VIEW("a")));
    assert_null(mn_map_remove(&map, MINOS_VIEW("a")));
    for (size_t i = 0; i < NAMES; i++)
        snprintf(names[i], sizeof names[i], "%zu", i);
    for (int step = 0; step < STEPS; step++) {
        size_t i;
        minos_view name;
        random = random * 1664525u + 1013904223u;
        i = (random >> 8) % NAMES;
        name = minos_view_of(names[i]);
        assert_ptr_equal(mn_map_get(&map, name), expected[i]);
        if ((random >> 30) != 0) {
            assert_ptr_equal(mn_map_set(&map, name, &values[i]), expected[i]);
            expected[i] = &values[i];
        } else {
            assert_ptr_equal(mn_map_remove(&map, name), expected[i]);
            expected[i] = NULL;
        }
    }
    for (size_t i = 0; i < NAMES; i++) {
        assert_ptr_equal(mn_map_get(&map, minos_view_of(names[i])), expected[i]);
        count += expected[i] != NULL;
    }
    assert_int_equal(map.count, count);
    for (mn_map_entry *entry; (entry = mn_map_next(&map, &place)) != NULL; seen++)
        assert_ptr_equal(mn_map_get(&map, entry->key), entry->value);
    assert_int_equal(seen, count);
    mn_map_done(&map);
    assert_null(mn_map_get(&map, minos_view_of(names[0])));
}

static void hashes_all_bytes(void **state)
{
    char text[24];
    (void)state;

    for (size_t size = 0; size <= sizeof text; size++) {
        uint64_t hash;
        memset(text, 'x', sizeof text);
        hash = mn_hash(minos_view_make(text, size));
        for (size_t i = 0; i < size; i++) {
            text[i] = 'y';
            assert_true(mn_hash(minos_view_make(text, size)) != hash);
            text[i] = 'x';
        }
    }
    assert_true(mn_hash(minos_view_make("\0\0", 1)) != mn_hash(minos_view_make("\0\0", 2)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(behaves_as_a_plain_table),
        cmocka_unit_test(hashes_all_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
