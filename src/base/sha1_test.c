/*
 * SHA-1: the examples of FIPS 180, whole and in pieces.
 */
#include "support/support.h"

#include <stdio.h>
#include <string.h>

#include "base/sha1.h"

static const struct {
    const char *text;
    int repeats;
    const char *digest;
} rows[] = {
    {"", 1, "da39a3ee5e6b4b0d3255bfef95601890afd80709"},
    {"abc", 1, "a9993e364706816aba3e25717850c26c9cd0d89d"},
    {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 1,
     "84983e441c3bd26ebaae4aa1f95129e5e54670f1"},
    {"abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqr"
     "lmnopqrsmnopqrstnopqrstu",
     1, "a49b2446a02c645bf419f995b67091253a04a259"},
    {"a", 1000000, "34aa973cd4c4daa4f61eeb2bdbad27316534016f"},
};

static void spell(const uint8_t digest[MN_SHA1_BYTES], char text[2 * MN_SHA1_BYTES + 1])
{
    for (size_t i = 0; i < MN_SHA1_BYTES; i++)
        snprintf(text + 2 * i, 3, "%02x", digest[i]);
}

static void known_answers(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint8_t digest[MN_SHA1_BYTES];
        char text[2 * MN_SHA1_BYTES + 1];
        mn_sha1 hash;
        mn_sha1_init(&hash);
        for (int j = 0; j < rows[i].repeats; j++)
            mn_sha1_add(&hash, rows[i].text, strlen(rows[i].text));
        mn_sha1_end(&hash, digest);
        spell(digest, text);
        assert_string_equal(text, rows[i].digest);
    }
}

static void pieces_do_not_matter(void **state)
{
    const char *text = rows[3].text;
    size_t size = strlen(text);
    (void)state;

    for (size_t cut = 0; cut <= size; cut++) {
        uint8_t digest[MN_SHA1_BYTES];
        char spelled[2 * MN_SHA1_BYTES + 1];
        mn_sha1 hash;
        mn_sha1_init(&hash);
        mn_sha1_add(&hash, text, cut);
        mn_sha1_add(&hash, text + cut, size - cut);
        mn_sha1_end(&hash, digest);
        spell(digest, spelled);
        assert_string_equal(spelled, rows[3].digest);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_answers),
        cmocka_unit_test(pieces_do_not_matter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
