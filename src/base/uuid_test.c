/*
 * UUIDs: the examples of RFC 9562 (appendix A), with the clock and the randomness that they assume.
 */
#include "support/support.h"

#include <string.h>

#include <minos/uuid.h>

#include "base/env.h"

static uint8_t random_bytes[16];
static minos_timestamp wall;

static void give_random(void *bytes, size_t size)
{
    assert_int_equal(size, sizeof random_bytes);
    memcpy(bytes, random_bytes, size);
}

static minos_timestamp give_wall(void)
{
    return wall;
}

static const mn_env_ops fixed_env = {.name = "fixed", .wall_us = give_wall, .random = give_random};

static void assert_spells(minos_uuid uuid, const char *expected)
{
    char text[MINOS_UUID_TEXT_BYTES + 1];
    minos_uuid_format(uuid, text);
    assert_string_equal(text, expected);
}

/* The bits that the version and the variant replace are set, so that they must be replaced. */
static void seed(const char *example)
{
    minos_uuid uuid;
    assert_ok(minos_uuid_parse(minos_view_of(example), &uuid));
    memcpy(random_bytes, uuid.bytes, sizeof random_bytes);
    random_bytes[6] |= 0xf0;
    random_bytes[8] |= 0xc0;
}

static void rfc_examples(void **state)
{
    minos_uuid dns;
    (void)state;

    mn_env = &fixed_env;
    seed("919108f7-52d1-4320-9bac-f847db4148a8"); /* A.3 */
    assert_spells(minos_uuid_new(), "919108f7-52d1-4320-9bac-f847db4148a8");
    seed("ffffffff-ffff-7cc3-98c4-dc0c0c07398f"); /* A.6 */
    wall = INT64_C(1645557742000) * 1000 + 999;
    assert_spells(minos_uuid_new_v7(), "017f22e2-79b0-7cc3-98c4-dc0c0c07398f");
    mn_env = &mn_env_real;
    assert_ok(minos_uuid_parse(MINOS_VIEW("6ba7b810-9dad-11d1-80b4-00c04fd430c8"), &dns)); /* A.4 */
    assert_spells(minos_uuid_new_v5(dns, MINOS_VIEW("www.example.com")),
                  "2ed6657d-e927-568b-95e1-2665a8aea6a2");
}

static void reads(void **state)
{
    static const struct {
        const char *text;
        const char *spelled; /* NULL: refused */
    } rows[] = {
        {"f81d4fae-7dec-11d0-a765-00a0c91e6bf6", "f81d4fae-7dec-11d0-a765-00a0c91e6bf6"},
        {"F81D4FAE-7DEC-11D0-A765-00A0C91E6BF6", "f81d4fae-7dec-11d0-a765-00a0c91e6bf6"},
        {"f81d4fae7dec11d0a76500a0c91e6bf6", "f81d4fae-7dec-11d0-a765-00a0c91e6bf6"},
        {"00000000-0000-0000-0000-000000000000", "00000000-0000-0000-0000-000000000000"},
        {"", NULL},
        {"f81d4fae-7dec-11d0-a765-00a0c91e6bf", NULL},
        {"f81d4fae-7dec-11d0-a765-00a0c91e6bf66", NULL},
        {"f81d4fae7dec-11d0-a765-00a0c91e6bf6-", NULL},
        {"f81d4fae-7dec-11d0-a765-00a0c91e6bfg", NULL},
        {"f81d4fae_7dec_11d0_a765_00a0c91e6bf6", NULL},
        {"{81d4fae-7dec-11d0-a765-00a0c91e6bf}", NULL},
        {"f81d4fae7dec11d0a76500a0c91e6b-6", NULL},
        {"f81d4fae-7dec-11d0-a765-00a0c91e6b 6", NULL},
    };
    (void)state;

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        minos_uuid uuid;
        minos_rc rc = minos_uuid_parse(minos_view_of(rows[i].text), &uuid);
        if (rc != (rows[i].spelled == NULL ? MINOS_EPARSE : MINOS_OK))
            fail_msg("%s", rows[i].text);
        if (rc == MINOS_OK)
            assert_spells(uuid, rows[i].spelled);
    }
}

static void fresh_ones_differ(void **state)
{
    minos_uuid a = minos_uuid_new(), b = minos_uuid_new();
    (void)state;
    assert_false(minos_uuid_equal(a, b));
    assert_true(minos_uuid_equal(a, a));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rfc_examples),
        cmocka_unit_test(reads),
        cmocka_unit_test(fresh_ones_differ),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
